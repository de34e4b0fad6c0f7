"""Many texts in one request to a checker that counts in UTF-16 units, and the way back to each text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

BETWEEN = "\n\n"
"""Ends a sentence and a paragraph, whatever stands before it."""
SENTENCE = re.compile(r"[.!?…]\s+")
WORD = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A text, or a part of one, in a batch."""

    text: int
    """Which of the texts."""
    begin: int
    """Where the part begins in it, in code points."""
    said: str
    at: int
    """Where it stands in the batch, in UTF-16 units."""

    @property
    def end(self) -> int:
        """Where it ends in the batch."""
        return self.at + units(self.said)


@dataclass(frozen=True, slots=True)
class Batch:
    """What goes in one request."""

    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """All pieces, each a paragraph."""
        return BETWEEN.join(one.said for one in self.pieces)

    def place(self, offset: int, length: int) -> tuple[int, int, int] | None:
        """Of a span in UTF-16 units the text, and start and end there in code points; None across a border."""
        for one in self.pieces:
            if one.at <= offset and offset + length <= one.end:
                start = len(head(one.said, offset - one.at))
                end = len(head(one.said, offset - one.at + length))
                return one.text, one.begin + start, one.begin + end
        return None


def units(text: str) -> int:
    """Its length in UTF-16 units: two for a code point that Java keeps as two."""
    return len(text.encode("utf-16-le")) // 2


def head(text: str, count: int) -> str:
    """What stands in the first so many UTF-16 units; half a code point is left out."""
    return text.encode("utf-16-le")[: 2 * count].decode("utf-16-le", errors="ignore")


def batches(texts: Sequence[str], *, fill: int, most: int) -> Iterator[Batch]:
    """All texts that are not blank, in order; sizes in UTF-16 units.

    A batch ends before the text with which it would be longer than `fill`. A text that is longer goes
    alone and whole; only one that is longer than `most`, which the server does not take, is parted.
    """
    filled: list[Piece] = []
    for number, text in enumerate(texts):
        for begin, said in parts(text, most):
            at = filled[-1].end + len(BETWEEN) if filled else 0
            if filled and at + units(said) > min(fill, most):
                yield Batch(tuple(filled))
                filled, at = [], 0
            filled.append(Piece(text=number, begin=begin, said=said, at=at))
    if filled:
        yield Batch(tuple(filled))


def parts(text: str, most: int) -> Iterator[tuple[int, str]]:
    """Parts of at most so many UTF-16 units and where each begins; none that is blank.

    Cut behind the last sentence that fits, else behind the last word, else where it must be.
    """
    begin = 0
    while units(rest := text[begin:]) > most:
        fits = head(rest, most)
        ends = [one.end() for one in SENTENCE.finditer(fits)] or [
            one.end() for one in WORD.finditer(fits)
        ]
        cut = ends[-1] if ends else max(1, len(fits))
        if rest[:cut].strip():
            yield begin, rest[:cut]
        begin += cut
    if rest.strip():
        yield begin, rest
