"""CHAT, read by pylangacq: words as they were said, disfluencies left out as the judges leave them out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pipeline.errors import PermanentError
from pipeline.values import Line

REPLACEMENT = re.compile(r"\s*\[::?\s[^\]]*\]")
"""`goed [: went]`: what the word should have been; the reader would take it for what was said."""
DEPENDENT = re.compile(r"^%.*(?:\n[ \t].*)*\n?", re.MULTILINE)
"""Tiers of annotation below an utterance; one that does not fit it would cost the utterance its words."""
LEARNERS = frozenset({"Student", "Learner", "Target_Child", "Target_Adult"})
"""Roles that say who is studied."""
MARKS = frozenset({".", "?", "!", ","})
TRAILING = "…"
"""What CHAT's other terminators (`+...`, `+/.`) say: the sentence has no end."""


@dataclass(frozen=True, slots=True)
class ReadChat:
    """The lines, and what the headers tell of them."""

    lines: list[Line]
    language: str | None
    learner: str | None
    """The code of the only speaker whose role is one of LEARNERS."""


def read_chat(text: str) -> ReadChat:
    """PermanentError for what is no CHAT that can be read."""
    import langcodes
    import pylangacq

    plain = REPLACEMENT.sub("", DEPENDENT.sub("", text))
    try:
        read = pylangacq.CHAT.from_strs([plain], strict=False)
        utterances = read.utterances()
    except ValueError as error:
        raise PermanentError(
            "The file is no CHAT that can be read.",
            code="bad-transcript",
            advice="Check it with CLAN's CHECK, or at https://talkbank.org.",
        ) from error
    learners = [one.code for one in read.participants() if one.role in LEARNERS]
    languages = read.languages()
    lines = [
        _line(one.participant, [token.word for token in one.tokens or []], one.time_marks)
        for one in utterances
        if one.participant
    ]
    return ReadChat(
        lines=_joined(lines),
        language=langcodes.standardize_tag(languages[0]) if languages else None,
        learner=learners[0] if len(learners) == 1 else None,
    )


def _line(speaker: str, tokens: Sequence[str], marks: tuple[int, int] | None) -> Line:
    start, end = marks or (None, None)
    return Line(
        speaker=speaker,
        text=_text(tokens),
        start=None if start is None else start / 1000,
        end=None if end is None else end / 1000,
    )


def _text(tokens: Sequence[str]) -> str:
    """Marks at the word before them, compounds (`New_York`) in two."""
    words: list[str] = []
    for token in tokens:
        mark = TRAILING if token.startswith("+") else token
        if mark in MARKS or mark == TRAILING:
            if words and not words[-1].endswith(mark):
                words[-1] += mark
        elif any(map(str.isalnum, token)):
            words += token.split("_")
    return " ".join(filter(None, words))


def _joined(lines: Iterable[Line]) -> list[Line]:
    """Where only the last of a speaker's utterances in a row has times, they are those of all of them."""
    found: list[Line] = []
    for one in lines:
        last = found[-1] if found else None
        if last and last.speaker == one.speaker and last.start is None:
            found[-1] = replace(one, text=f"{last.text} {one.text}".strip())
        else:
            found.append(one)
    return found
