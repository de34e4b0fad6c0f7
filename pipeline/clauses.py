"""Where clauses begin and end in what somebody said."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.ports import Token
from pipeline.spoken import clean
from pipeline.values import Segment

CLAUSE_HEADS = frozenset({"ccomp", "advcl", "relcl", "acl", "conj", "parataxis", "csubj", "ROOT"})
BORDER_MARKS = (",", ".", "?", "!", ";", ":")


def borders(segment: Segment, tokens: Sequence[Token]) -> frozenset[int]:
    """Words after which a clause begins or ends, and words that end in a punctuation mark."""
    text = clean(segment)
    found = {
        n
        for n, word in enumerate(segment.words)
        if word.text.endswith(BORDER_MARKS) and not _beside_filler(segment, n)
    }
    for number, head in enumerate(tokens):
        if head.dep not in CLAUSE_HEADS or head.pos not in {"VERB", "AUX"}:
            continue
        inside = [n for n in range(len(tokens)) if _governs(number, n, tokens)]
        first, last = tokens[inside[0]], tokens[inside[-1]]
        touched = text.touched(first.start, last.end)
        if touched is not None:
            found |= {touched[0] - 1, touched[1]}
        before = tokens[inside[0] - 1] if inside[0] else first
        joined = text.touched(before.start, before.end) if before.dep == "cc" else None
        if joined is not None:  # speakers pause before the "and" as well as after it
            found.add(joined[0] - 1)
    return frozenset(_before_disfluencies(segment, found))


def _beside_filler(segment: Segment, n: int) -> bool:
    """Recognisers set a filler between commas wherever it was said."""
    return segment.words[n].text.endswith(",") and any(
        one.filler for one in segment.words[n : n + 2]
    )


def _governs(head: int, token: int, tokens: Sequence[Token]) -> bool:
    while token != head and tokens[token].head != token:
        token = tokens[token].head
    return token == head


def _before_disfluencies(segment: Segment, borders: set[int]) -> set[int]:
    """A border before "um, because" lies before the "um" as well as after it."""
    found = set(borders)
    for n in range(len(segment.words) - 1, 0, -1):
        if n in found and (segment.words[n].filler or segment.words[n].repair):
            found.add(n - 1)
    return found
