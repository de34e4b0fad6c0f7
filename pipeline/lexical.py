"""Lexical diversity and range that do not depend on the length of the text."""

from __future__ import annotations

import math
from collections.abc import Sequence

WINDOW = 50
"""Tokens in MATTR's window; Covington & McFall's own choice for short texts."""
FACTOR = 0.72
"""Type-token ratio at which MTLD's factor ends (McCarthy & Jarvis 2010)."""


def mattr(tokens: Sequence[str], window: int = WINDOW) -> float:
    """Mean type-token ratio of all windows (Covington & McFall 2010); of the whole when shorter, 0 for none."""
    if len(tokens) <= window:
        return len(set(tokens)) / len(tokens) if tokens else 0.0
    counts: dict[str, int] = {}
    total = 0.0
    for n, token in enumerate(tokens):
        counts[token] = counts.get(token, 0) + 1
        if n >= window:
            old = tokens[n - window]
            counts[old] -= 1
            if not counts[old]:
                del counts[old]
        if n >= window - 1:
            total += len(counts) / window
    return total / (len(tokens) - window + 1)


def repetition(tokens: Sequence[str], window: int = WINDOW) -> list[int]:
    """For each token, in how many windows it repeats itself: the window less the distance to its last time.

    Summed over the tokens of a long text, and divided by the window and their number, it is 1 - MATTR.
    """
    last: dict[str, int] = {}
    found = []
    for n, token in enumerate(tokens):
        found.append(max(0, window - n + last.get(token, n - window)))
        last[token] = n
    return found


def mtld(tokens: Sequence[str], factor: float = FACTOR) -> float:
    """Mean length of stretches that keep the type-token ratio above the factor, forwards and backwards.

    McCarthy & Jarvis (2010), "MTLD, vocd-D, and HD-D", Behavior Research Methods 42(2). A text that never
    falls to the factor has less than one factor; one without any repetition gives its own length. A stretch
    that stands at exactly the factor goes on ("falls below"); some packages end it there.
    """
    if not tokens:
        return 0.0
    return (_one_way(tokens, factor) + _one_way(tokens[::-1], factor)) / 2


def _one_way(tokens: Sequence[str], factor: float) -> float:
    factors, types, length = 0.0, set[str](), 0
    ratio = 1.0
    for token in tokens:
        length += 1
        types.add(token)
        ratio = len(types) / length
        if ratio < factor:
            factors, types, length, ratio = factors + 1, set(), 0, 1.0
    if length:
        factors += (1 - ratio) / (1 - factor)
    return len(tokens) / factors if factors else float(len(tokens))


def presence(count: int, words: int, sample: int) -> float:
    """The chance that something said `count` times in `words` is among `sample` of them drawn at random.

    Summed over different words it is how many of them to expect in a sample of that size (rarefaction,
    Hurlbert 1971; with 42 words it is HD-D, McCarthy & Jarvis 2007): long talk and short talk then count alike.
    """
    if words - count < sample:
        return 1.0
    return 1 - math.exp(
        math.lgamma(words - count + 1)
        - math.lgamma(words - count - sample + 1)
        - math.lgamma(words + 1)
        + math.lgamma(words - sample + 1)
    )
