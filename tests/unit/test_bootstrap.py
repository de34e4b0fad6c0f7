from __future__ import annotations

from collections.abc import Sequence
from statistics import mean

import numpy as np
import pytest

from pipeline.bootstrap import LEAST, bounds, centred, rare


def test_the_true_mean_lies_within_in_about_19_of_20() -> None:
    draw = np.random.default_rng(1)
    within = 0
    for _ in range(200):
        found = bounds(draw.normal(5.0, 2.0, 30).tolist(), mean)
        assert found is not None
        within += found[0] <= 5.0 <= found[1]
    assert 176 <= within <= 198


def test_more_turns_make_it_narrower() -> None:
    draw = np.random.default_rng(2)
    units = draw.random(100).tolist()
    few, many = bounds(units[:10], mean), bounds(units, mean)
    assert few is not None
    assert many is not None
    assert many[1] - many[0] < few[1] - few[0]


def test_the_same_again() -> None:
    units = [float(n % 7) for n in range(20)]
    assert bounds(units, mean) == bounds(units, mean)


def test_too_few_units_promise_nothing() -> None:
    assert bounds([1.0] * (LEAST - 1), mean) is None


def test_draws_without_anything_to_measure_are_left_out() -> None:
    def share(units: Sequence[int]) -> float | None:
        return sum(units) / len(units) if any(units) else None

    found = bounds([0, 0, 0, 0, 0, 0, 0, 0, 1, 1], share)
    assert found is not None
    assert found[0] > 0
    assert bounds([0] * 10, share) is None


def test_what_never_happened_may_have_been_missed() -> None:
    assert rare((0.0, 0.0), 60, 100.0) == (0.0, 5.0)
    assert rare((1.0, 9.0), 60, 100.0) == (1.0, 9.0)


def test_variety_may_be_more_than_what_was_seen() -> None:
    low, high = centred(6.0, (4.0, 5.5))
    assert low < 6.0 < high
    assert high / low == pytest.approx(5.5 / 4.0)
    assert centred(6.0, (0.0, 5.5)) == (0.0, 6.0)
