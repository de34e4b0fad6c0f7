"""Figures of agreement against hand-worked values, scikit-learn, scipy and known properties."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from review import agreement
from review.agreement import Scored, measures

PAIRS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=40)


def scored(
    before: Sequence[float],
    after: Sequence[float],
    levels: Sequence[tuple[int, int]] = (),
    learners: Sequence[str] = (),
) -> Scored:
    levels = levels or [(0, 0)] * len(before)
    return Scored(
        before=np.array(before, dtype=float),
        after=np.array(after, dtype=float),
        level_before=np.array([one for one, _ in levels], dtype=float),
        level_after=np.array([two for _, two in levels], dtype=float),
        learners=np.array(learners or [str(n) for n in range(len(before))]),
    )


def leveled(levels: Sequence[tuple[int, int]]) -> Scored:
    return scored([0.0] * len(levels), [0.0] * len(levels), levels)


def test_agreement_is_counted_in_percent() -> None:
    found = leveled([(0, 0), (1, 2), (3, 1), (5, 5)])
    assert agreement.exact_agreement(found) == 50
    assert agreement.adjacent_agreement(found) == 75


def test_quadratic_weighted_kappa_by_hand() -> None:
    """Squared distances 0 1 4 0 against those of every before with every after, 116 in 16."""
    levels = [(0, 0), (1, 2), (3, 1), (5, 5)]
    every = [(one - two) ** 2 for one, _ in levels for _, two in levels]
    assert sum(every) == 116
    assert agreement.qwk(leveled(levels)) == pytest.approx(1 - (5 / 4) / (116 / 16))


@given(PAIRS)
@settings(deadline=None)
def test_quadratic_weighted_kappa_is_that_of_rsmtools_formula(
    levels: list[tuple[int, int]],
) -> None:
    """1 - mean squared difference / (variances + squared difference of the means), for whole levels."""
    before, after = (np.array(one, dtype=float) for one in zip(*levels, strict=True))
    below = np.var(before) + np.var(after) + (np.mean(before) - np.mean(after)) ** 2
    found = agreement.qwk(leveled(levels))
    if below == 0:
        assert np.isnan(found)
        return
    assert found == pytest.approx(1 - np.mean((before - after) ** 2) / below)
    labels = range(6)  # else it takes levels that nobody has for none at all
    assert found == pytest.approx(
        cohen_kappa_score(before, after, weights="quadratic", labels=labels)
    )


def test_shift_smd_and_r_by_hand() -> None:
    """Before 10, 20, 30: standard deviation 10. After 12, 25, 29: mean 22, two more."""
    found = scored([10, 20, 30], [12, 25, 29])
    assert agreement.shift(found) == pytest.approx(2)
    assert agreement.smd(found) == pytest.approx(0.2)
    assert agreement.pearson(found) == pytest.approx(np.corrcoef([10, 20, 30], [12, 25, 29])[0, 1])


def test_dsm_by_hand() -> None:
    """Of all: means 20 and 40, standard deviations 10 and 20. The group's z rises from -1 to -0.5."""
    everybody = scored([10, 20, 30], [20, 40, 60])
    figure = agreement.dsm(everybody)
    assert figure(everybody) == pytest.approx(0)
    assert figure(scored([10, 10], [30, 30])) == pytest.approx(0.5)


@given(
    st.lists(st.floats(0, 100), min_size=3, max_size=20).filter(lambda v: max(v) - min(v) > 1),
    st.floats(0.1, 3),
    st.floats(-20, 20),
)
@settings(deadline=None)
def test_stretching_all_scores_alike_drifts_nobody(
    before: list[float], factor: float, more: float
) -> None:
    after = [factor * one + more for one in before]
    everybody = scored(before, after)
    figure = agreement.dsm(everybody)
    for n in range(len(before)):
        assert figure(everybody.of(np.array([n]))) == pytest.approx(0, abs=1e-6)
    assert agreement.pearson(everybody) == pytest.approx(1)


@pytest.mark.parametrize(
    ("before", "after"), [([5.0], [6.0]), ([5.0, 5.0], [6.0, 7.0]), ([5.0, 6.0], [7.0, 7.0])]
)
def test_what_has_no_variance_has_no_r(before: list[float], after: list[float]) -> None:
    found = scored(before, after)
    assert np.isnan(agreement.pearson(found))
    assert np.isnan(agreement.dsm(found)(found))


def test_of_one_conversation_it_is_told_what_cannot_be_computed() -> None:
    figures = [
        ("exact agreement", agreement.exact_agreement, ""),
        ("QWK", agreement.qwk, "All alike."),
        ("r", agreement.pearson, "No variance."),
    ]
    exact, kappa, r = measures(scored([50], [60]), figures)
    assert (exact.value, exact.low, exact.high) == (100, None, None)
    assert "too few learners" in str(exact.reason)
    assert (kappa.value, kappa.reason) == (None, "All alike.")
    assert (r.value, r.reason) == (None, "No variance.")


def test_where_no_level_moved_few_learners_do_not_show_that_none_ever_does() -> None:
    """Ten of ten: the rule of Clopper and Pearson has .025 ** (1 / 10); the talks of one learner count once."""
    figures = [
        ("exact agreement", agreement.exact_agreement, ""),
        ("exact + adjacent agreement", agreement.adjacent_agreement, ""),
        ("QWK", agreement.qwk, ""),
    ]
    levels = [(n % 3, n % 3) for n in range(20)]
    learners = [str(n // 2) for n in range(20)]
    exact, adjacent, kappa = measures(scored([0] * 20, [0] * 20, levels, learners), figures)
    assert exact.low == pytest.approx(100 * 0.025 ** (1 / 10))
    assert (exact.high, adjacent.low) == (100, exact.low)
    assert (kappa.value, kappa.low, kappa.reason) == (1, None, "No interval: all levels agree.")
    levels[0] = (0, 1)
    exact, adjacent, kappa = measures(scored([0] * 20, [0] * 20, levels, learners), figures)
    assert (exact.value, adjacent.value) == (95, 100)
    assert exact.low is not None
    assert exact.low > 80, "by the bootstrap again"
    assert kappa.low is not None


def test_the_interval_is_that_of_the_normal_theory_for_a_mean() -> None:
    generator = np.random.default_rng(1)
    before = generator.normal(50, 10, 400)
    after = before + generator.normal(2, 4, 400)
    (found,) = measures(scored(list(before), list(after)), [("mean shift", agreement.shift, "")])
    difference = after - before
    half = 1.96 * float(np.std(difference, ddof=1)) / 20
    assert found.low is not None
    assert found.high is not None
    assert found.low == pytest.approx(float(np.mean(difference)) - half, abs=half / 5)
    assert found.high == pytest.approx(float(np.mean(difference)) + half, abs=half / 5)


def test_conversations_of_one_learner_are_no_independent_evidence() -> None:
    """Ten talks each of four learners: the interval is wider than as if forty people had talked."""
    generator = np.random.default_rng(2)
    own = np.repeat(generator.normal(0, 4, 4), 10)
    before = generator.normal(50, 10, 40)
    after = before + own
    learners = [str(n // 10) for n in range(40)]
    figures = [("mean shift", agreement.shift, "")]
    (together,) = measures(scored(list(before), list(after), learners=learners), figures)
    (apart,) = measures(scored(list(before), list(after)), figures)
    widths = [float(one.high or 0) - float(one.low or 0) for one in (together, apart)]
    assert widths[0] > 2 * widths[1]


def test_the_same_archive_gives_the_same_interval() -> None:
    found = scored([50, 60, 70, 55], [52, 61, 75, 50])
    figures = [("SMD", agreement.smd, "")]
    assert measures(found, figures) == measures(found, figures)
