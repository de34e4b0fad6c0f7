from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.metrics import METRICS
from review.trend import LEAST, Point, trend

START = datetime(2026, 3, 2, tzinfo=UTC)


def points(*values: float, days: float = 7, margin: float | None = None) -> list[Point]:
    return [
        Point(
            at=START + timedelta(days=days * n),
            value=value,
            low=None if margin is None else value - margin,
            high=None if margin is None else value + margin,
        )
        for n, value in enumerate(values)
    ]


def test_a_steady_rise_is_growth_and_its_slope_is_given_for_a_month() -> None:
    found = trend("overall_score", points(50, 52, 54, 56, 58, 60, days=10))
    assert (found.n, found.first, found.latest, found.verdict) == (6, 50, 60, "growth")
    assert found.a_month is not None
    assert found.a_month.value == pytest.approx(6.0)


def test_fewer_errors_are_growth_too() -> None:
    falling = points(9, 8, 7, 6, 5)
    assert trend("errors_per_100_words", falling).verdict == "growth"
    assert trend("mtld", falling).verdict == "decline"


def test_a_metric_of_which_neither_is_better_only_rises_or_falls() -> None:
    assert METRICS["words"].better is None
    assert trend("words", points(5, 4, 3, 2, 1)).verdict == "falls"
    assert trend("words", points(1, 2, 3, 4, 5)).verdict == "rises"


def test_up_and_down_is_noise() -> None:
    assert trend("overall_score", points(50, 61, 48, 60, 52, 57)).verdict == "noise"


def test_one_outlying_conversation_does_not_turn_the_slope() -> None:
    found = trend("overall_score", points(50, 52, 54, 20, 58, 60, 62, 64))
    assert found.a_month is not None
    assert found.a_month.value == pytest.approx(60 / 7, rel=0.05)
    assert found.verdict == "growth"


def test_four_values_are_too_few_for_a_trend() -> None:
    assert LEAST == 5
    found = trend("mtld", points(1, 2, 3, 4))
    assert (found.a_month, found.change, found.verdict) == (None, None, "too few")


@pytest.mark.parametrize(("latest", "verdict"), [(54, "noise"), (60, "growth"), (40, "decline")])
def test_two_values_are_held_against_the_error_of_both(latest: float, verdict: str) -> None:
    # Each is known to 4 points, so that their difference is to 4 times the root of two, 5.66.
    found = trend("overall_score", points(50, latest, margin=4))
    assert found.change is not None
    assert found.change.high - found.change.value == pytest.approx(5.657, abs=0.001)
    assert found.verdict == verdict


def test_one_value_and_values_of_one_moment_show_nothing() -> None:
    assert trend("overall_score", points(50, margin=4)).verdict == "too few"
    assert trend("mtld", points(1, 2, 3, 4, 5, days=0)).verdict == "too few"


def test_without_a_value_there_is_no_trend() -> None:
    with pytest.raises(ValueError, match="no value"):
        trend("mtld", [])


def test_the_order_in_which_values_come_does_not_matter() -> None:
    values = points(50, 52, 51, 56, 58)
    assert trend("overall_score", values[::-1]) == trend("overall_score", values)
