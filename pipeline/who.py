"""Whose turns lie at a moment: turns may overlap, and ten hours have twenty thousand."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from pipeline.values import Span, Turn


class TurnsInTime:
    """Turns that are looked up by time; the same answers as by looking at each of them."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        """In any order."""
        self._turns = sorted(turns, key=lambda one: (one.start, one.end, one.label))
        self._starts = [one.start for one in self._turns]
        self._latest: list[int] = []
        """Which of the turns up to each one ends last."""
        for number, one in enumerate(self._turns):
            before = self._latest[-1] if self._latest else number
            self._latest.append(number if one.end > self._turns[before].end else before)
        self._ends = [self._turns[number].end for number in self._latest]

    def over(self, span: Span) -> list[Turn]:
        """Those that share some time with the span, in order."""
        first = bisect_right(self._ends, span.start)
        last = bisect_left(self._starts, span.end)
        return [one for one in self._turns[first:last] if span.overlap(one.span) > 0]

    def nearest(self, span: Span) -> Turn | None:
        """The one closest to a span that none shares time with; the earlier of two; None without turns."""
        following = bisect_left(self._starts, span.end)
        around = [
            *([self._turns[self._latest[following - 1]]] if following else []),
            *self._turns[following : following + 1],
        ]
        return min(around, key=lambda one: distance(span, one.span), default=None)


def distance(one: Span, other: Span) -> float:
    """Seconds between them; 0 where they touch."""
    return max(0.0, other.start - one.end, one.start - other.end)
