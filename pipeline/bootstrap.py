"""How far a measured value would move had the learner taken other turns: percentile bootstrap (Efron 1979)."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import TypeVar

U = TypeVar("U")

RESAMPLES = 200
"""Draws: the two bounds are then the fifth value from either end, and more draws move them by less than what a
score is shown with."""
LEAST = 5
"""Units; of fewer, the draws are so much alike that the bounds promise more than is known."""
TAIL = 0.025
"""Share of the draws on either side of a 95 % interval."""
RULE_OF_THREE = 3.0
"""Events that may be expected at most (95 %) where none was seen."""
SEED = 2026
"""The same input gives the same interval, always."""


def bounds(
    units: Sequence[U], measure: Callable[[Sequence[U]], float | None]
) -> tuple[float, float] | None:
    """The 95 % bounds of `measure` over units (turns, replies) drawn again with replacement.

    None for fewer than LEAST units. Draws that `measure` gives None for (nothing to measure) are left
    out; None where fewer than half are left.
    """
    return percentiles(drawn(units, measure))


def drawn(units: Sequence[U], measure: Callable[[Sequence[U]], float | None]) -> list[float | None]:
    """The measure over each draw, none for fewer than LEAST units; draws depend on the number of units alone."""
    if len(units) < LEAST:
        return []
    draw = random.Random(SEED)  # noqa: S311 - statistics, no secret
    return [measure(draw.choices(units, k=len(units))) for _ in range(RESAMPLES)]


def percentiles(values: Sequence[float | None]) -> tuple[float, float] | None:
    """The bounds that TAIL of the draws lie beyond, on either side; None where under half of them measured anything."""
    found = sorted(one for one in values if one is not None)
    if len(found) < RESAMPLES / 2:
        return None
    cut = round(TAIL * len(found))
    return found[cut], found[-1 - cut]


def centred(value: float, found: tuple[float, float]) -> tuple[float, float]:
    """Bounds about a measure of variety: a draw has some turns twice and so repeats itself more than the talk did.

    Only the draws' width is taken, as a ratio.
    """
    low, high = found
    if low <= 0:
        return min(low, value), max(high, value)
    half = math.sqrt(high / low)
    return value / half, value * half


def rare(found: tuple[float, float], n: int, per: float = 1.0) -> tuple[float, float]:
    """Bounds of a rate `per` so many of n things: no draw of turns without any slip has one.

    Where there was none, up to three may be expected in as many things (95 %, Hanley & Lippman-Hand 1983).
    """
    return found[0], max(found[1], RULE_OF_THREE * per / max(1, n))
