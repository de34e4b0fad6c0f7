"""What the evidence leaves open: points below and above a score, as a 95 % interval."""

from __future__ import annotations

import math
from collections.abc import Iterable

from pipeline.points import share
from pipeline.reports import Metric
from pipeline.rubric import Criterion
from pipeline.values import Dialogue

WIDTH = 1.96
"""Of a 95 % interval, in standard errors."""
SPREAD = 0.5
"""Standard deviation of a share over the things it is measured on: the largest that a share can have, so the
interval is rather too wide than too narrow. With 100 words it is ± 10 % of the points."""

Margin = tuple[float, float]
"""Points below and above, both 0 or more."""


def margin(criterion: Criterion, metric: Metric) -> Margin:
    """Of one criterion: by the metric's own bounds, else by how many things it was measured on."""
    points = float(criterion.points)
    if metric.low is None or metric.high is None:
        either = WIDTH * SPREAD * points / math.sqrt(max(1, metric.n))
        return either, either
    gained, *ends = (
        points * share(criterion.anchors, one) for one in (metric.value, metric.low, metric.high)
    )
    return max(0.0, gained - min(ends)), max(0.0, max(ends) - gained)


def summed(margins: Iterable[Margin]) -> Margin:
    """Of criteria that rest on the same turns: what is against one of them may be against all."""
    found = list(margins)
    return sum(one[0] for one in found), sum(one[1] for one in found)


def independent(margins: Iterable[Margin]) -> Margin:
    """Of the dimensions: they rest on the same words, but on different signs of them."""
    found = list(margins)
    return math.hypot(*(one[0] for one in found)), math.hypot(*(one[1] for one in found))


def doubt(dialogue: Dialogue) -> float:
    """By how much the recogniser's doubt widens a margin: 1 for none.

    Of n words that were heard with the mean probability p, n p are the learner's: the standard error
    of whatever is measured on them grows by 1 / sqrt(p).
    """
    heard = [word.probability for one in dialogue.learner_segments for word in one.words]
    mean = sum(heard) / len(heard) if heard else 1.0
    return 1 / math.sqrt(max(mean, 0.01))
