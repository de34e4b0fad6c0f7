"""Fillers, repetitions and self-corrections: spoken, but not part of what is meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.languages import ENGLISH, Language
from pipeline.values import Word

LONGEST_REPEAT = 3
"""Words; longer repetitions are emphasis or quotation more often than disfluency."""
SORRY_AFTER = frozenset(
    {"am", "i'm", "is", "are", "was", "were", "be", "feel", "so", "very", "really", "say", "said"}
)
"""After these "sorry" means itself: "I'm sorry I'm late" takes nothing back."""
SENTENCE_END = (".", "?", "!", "…")


def bare(text: str) -> str:
    """A word without case and without punctuation at its ends."""
    return re.sub(r"^[^\w]+|[^\w]+$", "", text.casefold())


def marked(words: Sequence[Word], language: Language = ENGLISH) -> tuple[Word, ...]:
    """The words of one speaker's segment with `filler` and `repair` set.

    Repair is the reparandum: the first saying of a repetition, a word broken off ("wh-"), the part that
    an editing term takes back word for word, with the term.
    """
    forms = [bare(one.text) for one in words]
    fillers = {n for n, form in enumerate(forms) if form in language.fillers}
    broken = {n for n, one in enumerate(words) if n not in fillers and _broken_off(one.text)}
    meant = [n for n in range(len(words)) if n not in fillers and n not in broken and forms[n]]
    repairs = set(broken)
    at = 0
    while at < len(meant):
        length = _taken_back(words, forms, meant[at:], language)
        repairs.update(meant[at : at + length])
        at += max(1, length)
    return tuple(
        replace(one, filler=n in fillers, repair=n in repairs) for n, one in enumerate(words)
    )


def _broken_off(text: str) -> bool:
    # A recogniser writes "wh-" for a word cut short; a lone dash is punctuation.
    return len(text) > 1 and text.endswith("-") and text[0].isalpha()


def _taken_back(
    words: Sequence[Word], forms: Sequence[str], meant: Sequence[int], language: Language
) -> int:
    """How many of the words, from the first on, are said again right after, an editing term counted in."""
    for length in range(min(LONGEST_REPEAT, len(meant) - 1), 0, -1):
        first = [forms[n] for n in meant[:length]]
        if all(one in language.twice or one.isdigit() for one in first):
            continue
        # What stands in two sentences is said twice on purpose.
        if any(words[n].text.endswith(SENTENCE_END) for n in meant[:length]):
            continue
        rest = [forms[n] for n in meant[length : 2 * length + 3]]
        if rest[:length] == first:
            return length
        for term in language.corrections:
            parts = term.split()
            apology = term == "sorry" and first[-1] in SORRY_AFTER
            again = rest[len(parts) : len(parts) + 1] == first[:1]
            if rest[: len(parts)] == parts and again and not apology:
                return length + len(parts)
    return 0
