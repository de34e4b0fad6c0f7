"""Exact points: shares of a hundredth are never lost."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

HUNDREDTH = Decimal("0.01")


def rounded(value: float | Decimal) -> Decimal:
    """To two places, ties to even."""
    return Decimal(repr(value) if isinstance(value, float) else value).quantize(
        HUNDREDTH, ROUND_HALF_EVEN
    )


def apportioned(total: Decimal, weights: Sequence[float]) -> list[Decimal]:
    """`total` (two places) in parts of two places by weight, which sum to it exactly: largest remainder.

    Weights that are all 0 count alike.
    """
    if not weights:
        return []
    if not any(weights):
        weights = [1.0] * len(weights)
    whole = sum(map(Decimal, map(repr, weights)))
    cents = int(abs(total) / HUNDREDTH)
    exact = [Decimal(repr(one)) * cents / whole for one in weights]
    parts = [int(one) for one in exact]
    order = sorted(range(len(exact)), key=lambda n: (parts[n] - exact[n], n))
    for n in order[: cents - sum(parts)]:
        parts[n] += 1
    sign = -1 if total < 0 else 1
    return [sign * part * HUNDREDTH for part in parts]


def share(anchors: Sequence[tuple[float, float]], value: float) -> float:
    """The share at `value` on the straight lines between anchors (value, share), flat outside them."""
    first, last = anchors[0], anchors[-1]
    if value <= first[0]:
        return first[1]
    for (left, low), (right, high) in itertools.pairwise(anchors):
        if value <= right:
            return low + (high - low) * (value - left) / (right - left)
    return last[1]
