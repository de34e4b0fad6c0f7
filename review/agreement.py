"""Agreement between two scorings of the same talks, by the names and formulas of RSMTool 7 and later.

Exact and adjacent agreement are in percent of conversations, adjacent counting the exact ones too. QWK is Cohen's kappa with
quadratic weights over the six levels. SMD is (mean after - mean before) / standard deviation before. DSM of a subgroup is the mean
of z after - z before, each standardised by mean and standard deviation of all. Standard deviations divide by n - 1.
https://rsmtool.readthedocs.io/en/main/evaluation.html

Intervals are 95 %, by the percentiles of a bootstrap over learners: conversations of one learner are not independent. Where no
level moved every resample says so, and the bootstrap would be sure of what few learners cannot show: then agreement has the exact
binomial bound (Clopper & Pearson 1934) over learners, and kappa none.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, pearsonr
from sklearn.metrics import cohen_kappa_score

from pipeline.rollout import Measure
from pipeline.rubric import LEVELS

RESAMPLES = 1000
"""Bounds then stray by some hundredths of an interval's width from one seed to another."""
SEED = 20260131
"""The same archive gives the same intervals."""
ENDS = (2.5, 97.5)
COMPUTED = 0.95
"""Share of the resamples that must give a figure, for an interval of it to be told."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """Two scorings, an entry a conversation; levels count from 0 for A1."""

    before: Numbers
    after: Numbers
    level_before: Numbers
    level_after: Numbers
    learners: NDArray[Any]
    """Whoever has the same entry is the same person."""

    def of(self, rows: NDArray[Any]) -> Scored:
        """Those conversations."""
        return Scored(
            before=self.before[rows],
            after=self.after[rows],
            level_before=self.level_before[rows],
            level_after=self.level_after[rows],
            learners=self.learners[rows],
        )


Figure = Callable[[Scored], float]
"""NaN where it cannot be computed."""


def exact_agreement(scored: Scored) -> float:
    """Percent of conversations at the same level."""
    return _within(scored, 0)


def adjacent_agreement(scored: Scored) -> float:
    """Percent at most one level apart."""
    return _within(scored, 1)


def _within(scored: Scored, levels: int) -> float:
    return float(100 * np.mean(np.abs(scored.level_before - scored.level_after) <= levels))


SHARES = (exact_agreement, adjacent_agreement)


def qwk(scored: Scored) -> float:
    """NaN where all are at one level on both sides."""
    if len(np.unique(np.concatenate([scored.level_before, scored.level_after]))) == 1:
        return float("nan")
    found = cohen_kappa_score(
        scored.level_before, scored.level_after, weights="quadratic", labels=np.arange(len(LEVELS))
    )
    return float(found)


def pearson(scored: Scored) -> float:
    """NaN where one side has no variance."""
    if not _varies(scored.before) or not _varies(scored.after):
        return float("nan")
    return float(pearsonr(scored.before, scored.after).statistic)


def shift(scored: Scored) -> float:
    """Points."""
    return float(np.mean(scored.after) - np.mean(scored.before))


def smd(scored: Scored) -> float:
    """NaN where there is no variance before."""
    if not _varies(scored.before):
        return float("nan")
    return shift(scored) / float(np.std(scored.before, ddof=1))


def dsm(everybody: Scored) -> Figure:
    """Of a subgroup of everybody; NaN where one side has no variance."""
    if not _varies(everybody.before) or not _varies(everybody.after):
        return lambda _: float("nan")
    means = [float(np.mean(one)) for one in (everybody.before, everybody.after)]
    deviations = [float(np.std(one, ddof=1)) for one in (everybody.before, everybody.after)]

    def figure(group: Scored) -> float:
        before = (group.before - means[0]) / deviations[0]
        after = (group.after - means[1]) / deviations[1]
        return float(np.mean(after - before))

    return figure


def _varies(values: Numbers) -> bool:
    return len(values) > 1 and bool(np.ptp(values) > 0)


def measures(scored: Scored, figures: Sequence[tuple[str, Figure, str]]) -> tuple[Measure, ...]:
    """Each figure by name with its interval, or with why it cannot be computed."""
    values = [figure(scored) for _, figure, _ in figures]
    bounds = _bounds(scored, [figure for _, figure, _ in figures])
    return tuple(
        _unmoved(figure, name, value, scored)
        or _measure(name, value, reason, bounds[:, n] if bounds is not None else None)
        for n, ((name, figure, reason), value) in enumerate(zip(figures, values, strict=True))
    )


def _unmoved(figure: Figure, name: str, value: float, scored: Scored) -> Measure | None:
    """Of levels that all agree; None for anything else, and of one learner alone."""
    people = len(np.unique(scored.learners))
    if people < 2:  # noqa: PLR2004 - as below
        return None
    if figure is qwk and value == 1:
        why = "No interval: all levels agree."
        return Measure(name=name, value=value, low=None, high=None, reason=why)
    if figure not in SHARES or value < 100:  # noqa: PLR2004 - percent
        return None
    low = 100 * binomtest(people, people).proportion_ci().low
    return Measure(name=name, value=value, low=float(low), high=100.0, reason=None)


def _measure(name: str, value: float, reason: str, bounds: Numbers | None) -> Measure:
    if np.isnan(value):
        return Measure(name=name, value=None, low=None, high=None, reason=reason)
    if bounds is None or np.isnan(bounds).any():
        few = "No interval: there are too few learners."
        return Measure(name=name, value=value, low=None, high=None, reason=few)
    return Measure(name=name, value=value, low=float(bounds[0]), high=float(bounds[1]), reason=None)


def _bounds(scored: Scored, figures: Sequence[Figure]) -> Numbers | None:
    """Lower and upper bound a figure (two rows); None with one learner alone."""
    people = np.unique(scored.learners)
    if len(people) < 2:  # noqa: PLR2004 - of one, every resample is the same
        return None
    rows = [np.flatnonzero(scored.learners == one) for one in people]
    generator = np.random.default_rng(SEED)
    drawn = np.empty((RESAMPLES, len(figures)))
    for n in range(RESAMPLES):
        chosen = generator.integers(0, len(people), len(people))
        sample = scored.of(np.concatenate([rows[one] for one in chosen]))
        drawn[n] = [figure(sample) for figure in figures]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN slice", RuntimeWarning)
        found = np.nanpercentile(drawn, ENDS, axis=0)
    found[:, np.mean(~np.isnan(drawn), axis=0) < COMPUTED] = np.nan
    return np.asarray(found, dtype=np.float64)
