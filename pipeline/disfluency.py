"""Fillers, repetitions and self-corrections: spoken, but not part of what is meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.values import Word

FILLERS = frozenset(
    {"um", "uh", "er", "erm", "ehm", "em", "eh", "ah", "hm", "hmm", "mm", "mmm", "uhm"}
)
"""Filled pauses as recognisers write them. Words such as "like" and "you know" are not among them: they also mean."""
LONGEST_REPEAT = 3
"""Words; longer repetitions are emphasis or quotation more often than disfluency."""
MEANT_TWICE = frozenset(
    {"very", "no", "yes", "yeah", "bye", "ha", "really", "so", "that", "had", "far"}
)
"""Words that are said twice in a row on purpose or by grammar ("that that", "had had")."""
CORRECTION = ("i mean", "sorry", "no wait", "or rather")
"""What stands between a slip and its correction (Levelt 1983, editing terms)."""


def bare(text: str) -> str:
    """A word without case and without punctuation at its ends."""
    return re.sub(r"^[^\w]+|[^\w]+$", "", text.casefold())


def marked(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words of one speaker's segment with `filler` and `repair` set.

    Repair is the reparandum: the first saying of a repetition, a word broken off ("wh-"), the part that
    an editing term takes back word for word.
    """
    forms = [bare(one.text) for one in words]
    fillers = {n for n, form in enumerate(forms) if form in FILLERS}
    meant = [n for n in range(len(words)) if n not in fillers]
    repairs = {n for n in meant if _broken_off(words[n].text)}
    at = 0
    while at < len(meant):
        length = _repeated(words, forms, meant, at)
        repairs.update(meant[at : at + length])
        at += max(1, length)
    return tuple(
        replace(one, filler=n in fillers, repair=n in repairs) for n, one in enumerate(words)
    )


def _broken_off(text: str) -> bool:
    # A recogniser writes "wh-" for a word cut short; a lone dash is punctuation.
    return len(text) > 1 and text.endswith("-") and text[0].isalpha()


def _repeated(words: Sequence[Word], forms: Sequence[str], meant: Sequence[int], at: int) -> int:
    """How many words from `at` on are said again right after, an editing term between them or not."""
    for length in range(LONGEST_REPEAT, 0, -1):
        first = [forms[n] for n in meant[at : at + length]]
        if len(first) < length or (length == 1 and (first[0] in MEANT_TWICE or first[0].isdigit())):
            continue
        # A full stop or comma before the second saying is a list or a new sentence.
        if words[meant[at + length - 1]].text.endswith((".", "?", "!")):
            continue
        rest = [forms[n] for n in meant[at + length :]]
        if rest[:length] == first:
            return length
        for term in CORRECTION:
            parts = term.split()
            if rest[: len(parts)] == parts and rest[len(parts) : len(parts) + 1] == first[:1]:
                return length + len(parts)
    return 0
