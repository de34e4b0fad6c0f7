"""Growth or noise: what a learner's values over time can show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import hypot
from statistics import NormalDist
from typing import Literal

from pipeline.metrics import METRICS

Verdict = Literal["growth", "decline", "rises", "falls", "noise", "too few"]
"""`rises` and `falls` of a metric of which neither more nor less is better."""

CONFIDENCE = 0.95
LEAST = 5
"""Values for a trend: with four, even an unbroken rise happens by chance in one of twelve (Kendall's
exact distribution), so that no trend could be told at 95 %."""
MONTH = 30.0
"""Days that a slope is given for."""
DAY = 86_400.0
NORMAL = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One value; `low` and `high` are its own 95 % interval where it has one."""

    at: datetime
    value: float
    low: float | None = None
    high: float | None = None

    @property
    def error(self) -> float | None:
        """Standard error of measurement, by the width of the interval."""
        if self.low is None or self.high is None:
            return None
        return (self.high - self.low) / (2 * NORMAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def sign(self) -> int:
        """1 or -1 where the whole interval is above or below nought, else 0."""
        return int(self.low > 0) - int(self.high < 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Of one metric, oldest value first."""

    metric: str
    unit: str
    n: int
    first: float
    latest: float
    change: Interval | None
    """Latest less first; None where the values have no intervals."""
    a_month: Interval | None
    """Slope; None below `LEAST` values, or where all are of one moment."""
    verdict: Verdict


def trend(metric: str, points: Sequence[Point]) -> Trend:
    """ValueError without a point.

    The slope is Theil's and Sen's (Sen 1968, J. Am. Stat. Assoc. 63), which a few outlying
    conversations do not move; where there are too few values for it, the change from first to
    latest is held against the error of both (reliable change, Jacobson & Truax 1991).
    """
    ordered = sorted(points, key=lambda one: one.at)
    if not ordered:
        raise ValueError("no value")
    change, a_month = _change(ordered), _slope(ordered)
    definition = METRICS[metric]
    return Trend(
        metric=metric,
        unit=definition.unit,
        n=len(ordered),
        first=ordered[0].value,
        latest=ordered[-1].value,
        change=change,
        a_month=a_month,
        verdict=_verdict(a_month or change, definition.better),
    )


def _verdict(shown: Interval | None, better: Literal["more", "less"] | None) -> Verdict:
    if shown is None:
        return "too few"
    if shown.sign == 0:
        return "noise"
    if better is None:
        return "rises" if shown.sign > 0 else "falls"
    return "growth" if (shown.sign > 0) == (better == "more") else "decline"


def _change(points: Sequence[Point]) -> Interval | None:
    first, latest = points[0].error, points[-1].error
    if len(points) == 1 or first is None or latest is None:
        return None
    value = points[-1].value - points[0].value
    margin = NORMAL * hypot(first, latest)
    return Interval(value=value, low=value - margin, high=value + margin)


def _slope(points: Sequence[Point]) -> Interval | None:
    days = [one.at.timestamp() / DAY for one in points]
    if len(points) < LEAST or days[0] == days[-1]:
        return None
    from scipy.stats import theilslopes  # noqa: PLC0415 - it takes a second to import

    found = theilslopes([one.value for one in points], days, CONFIDENCE)
    return Interval(
        value=MONTH * float(found.slope),
        low=MONTH * float(found.low_slope),
        high=MONTH * float(found.high_slope),
    )
