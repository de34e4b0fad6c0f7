"""What is searched, and what is found."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

BEGIN, END = "\ue000", "\ue001"
"""By what an engine marks the words it found: of Unicode's private use, where no transcript has anything."""
LONGEST = 300
"""Characters of a query that are looked at, some fifty words: a turn's longest sentence. What is longer was pasted by
mistake, and each word costs time; Elasticsearch need not take more than 1,024 of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordTime:
    """Where a word stands in its segment's text, in code points, end exclusive, and when it was said."""

    start: int
    end: int
    start_ms: int
    end_ms: int

    @property
    def row(self) -> list[int]:
        """As it is kept in an index."""
        return [self.start, self.end, self.start_ms, self.end_ms]

    @classmethod
    def of(cls, row: Sequence[int]) -> WordTime:
        """From what was kept."""
        start, end, start_ms, end_ms = row
        return cls(start=start, end=end, start_ms=start_ms, end_ms=end_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchDocument:
    """One segment as it is searched."""

    conversation_id: UUID
    number: int
    speaker: str
    text: str
    start: float
    end: float
    language: str
    class_id: UUID | None = None
    created_on: str | None = None
    """ISO date of the conversation."""
    words: tuple[WordTime, ...] = ()
    """Empty where no word's time is known, as in a transcript that tells none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchFilters:
    """What a search is narrowed to; None means any."""

    class_id: UUID | None = None
    speaker: str | None = None
    since: str | None = None
    """ISO date of the conversation, inclusive."""
    limit: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundWord:
    """A word that the query found, and when it was said: where a player jumps to."""

    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """One found segment; `highlight` marks the found words with « and »."""

    conversation_id: UUID
    number: int
    speaker: str
    text: str
    highlight: str
    start: float
    end: float
    score: float
    words: tuple[FoundWord, ...] = ()
    """Empty where their times are not known: then the segment's start is what there is."""


def plain(query: str) -> str:
    """The query's words alone, one space between: what an engine could take for syntax is gone."""
    text = unicodedata.normalize("NFC", query[:LONGEST]).replace("’", "'")  # noqa: RUF001 - as phones type it
    kept = "".join(one if _of_a_word(one) else " " for one in text)
    return " ".join(one for one in kept.split() if any(map(str.isalnum, one)))


def _of_a_word(character: str) -> bool:
    """Marks go with the letter before them: many scripts write vowels so."""
    return (
        character.isalnum() or character == "'" or unicodedata.category(character).startswith("M")
    )


def highlighted(marked: str) -> str:
    """The marked text for people."""
    return marked.replace(BEGIN, "«").replace(END, "»")


def found_words(text: str, words: Sequence[WordTime], marked: str) -> tuple[FoundWord, ...]:
    """The words that an engine marked; none where the marked text is not the text."""
    if marked.replace(BEGIN, "").replace(END, "") != text:
        return ()
    spans = tuple(_spans(marked))
    return tuple(
        FoundWord(text=text[one.start : one.end], start_ms=one.start_ms, end_ms=one.end_ms)
        for one in words
        if any(one.start < end and start < one.end for start, end in spans)
    )


def _spans(marked: str) -> Iterator[tuple[int, int]]:
    before, *pieces = marked.split(BEGIN)
    at = len(before)
    for piece in pieces:
        inside, _, after = piece.partition(END)
        yield at, at + len(inside)
        at += len(inside) + len(after)
