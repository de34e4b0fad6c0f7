from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.achievements import Criteria, Criterion, weeks_in_a_row, worth

MONDAY = date(2026, 3, 2)


def week(number: int, day: int = 0) -> date:
    return MONDAY + timedelta(weeks=number, days=day)


def test_weeks_run_from_monday_to_sunday() -> None:
    assert weeks_in_a_row([]) == 0
    assert weeks_in_a_row([week(0), week(0, 6)]) == 1
    assert weeks_in_a_row([week(0, 6), week(1)]) == 2


def test_the_longest_run_counts_also_when_it_is_over() -> None:
    assert weeks_in_a_row([week(0), week(1), week(2), week(5), week(6)]) == 3


@given(st.sets(st.integers(0, 60)), st.randoms())
def test_neither_order_nor_a_second_talk_in_a_week_changes_the_run(
    weeks: set[int], dice: object
) -> None:
    days = [week(one, day) for one in weeks for day in (0, 3)]
    shuffled = sorted(days, key=lambda _: dice.random())  # type: ignore[attr-defined]
    longest = max((sum(1 for _ in _run(weeks, one)) for one in weeks), default=0)
    assert weeks_in_a_row(shuffled) == longest


def _run(weeks: set[int], start: int) -> list[int]:
    run = []
    while start in weeks:
        run.append(start)
        start += 1
    return run


def test_levels_count_from_a1() -> None:
    assert (worth("A1"), worth("B2"), worth(3)) == (1, 4, 3)
    with pytest.raises(ValueError, match="not in tuple"):
        worth("B7")


def test_all_criteria_of_several_must_be_met() -> None:
    both = Criteria(
        all=(
            Criterion(measure="level", at_least="B1"),
            Criterion(measure="conversations", at_least=10),
        )
    )
    assert [one.met({"level": 3, "conversations": 9}) for one in both.all] == [True, False]
