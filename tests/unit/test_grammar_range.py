from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from pipeline.grammar_range import Turn, metrics
from pipeline.metrics import METRICS
from pipeline.reports import Metric, Severity
from pipeline.structures import DRAW, inventory, upper_share, variety


def said(
    *,
    words: int = 20,
    clauses: int = 4,
    uses: tuple[str, ...] = (),
    slips: tuple[Severity, ...] = (),
) -> Turn:
    return Turn(words=words, sentences=2, clauses=clauses, dependent=1, uses=uses, slips=slips)


def measured(*turns: Turn) -> dict[str, Metric]:
    return {one.name: one for one in metrics(turns)}


def test_variety_is_the_mean_of_draws() -> None:
    uses = ["past"] * 12 + ["can"] * 6 + ["passive"] * 3 + ["might"]
    draw = Random(1)  # noqa: S311 - a test
    drawn = [len(set(draw.sample(uses, DRAW))) for _ in range(4000)]
    assert variety(uses) == pytest.approx(sum(drawn) / len(drawn), abs=0.05)


def test_variety_does_not_grow_with_length_alone() -> None:
    uses = ["past", "can", "passive", "will"] * 10
    assert variety(uses * 10) == pytest.approx(variety(uses), abs=0.1)
    assert len(set(uses)) >= variety(uses) > variety(["past"] * 36 + ["can", "passive", "will"])


def test_of_few_uses_variety_is_how_many_there_are() -> None:
    assert variety([]) == 0
    assert variety(["past", "can", "past"]) == 2


def test_the_upper_share_counts_uses_from_b1_on() -> None:
    assert upper_share(["past", "might", "past", "as-as"]) == 0.5
    assert upper_share([]) == 0


def test_slips_are_counted_by_severity() -> None:
    found = measured(said(slips=("low", "high", "high")), said())
    rates = {one: found[f"{one}_errors_per_100_words"].value for one in ("low", "medium", "high")}
    assert rates == {"low": 2.5, "medium": 0.0, "high": 5.0}
    assert found["errors_per_100_words"].value == pytest.approx((0.5 + 1.5 + 1.5) / 40 * 100)


def test_every_measure_is_known_and_has_its_bounds_when_there_are_turns_enough() -> None:
    uses = ("past", "can", "might")
    found = measured(*[said(words=10 + n, uses=uses[: n % 4], slips=("low",)) for n in range(8)])
    assert found.keys() <= METRICS.keys()
    for one in found.values():
        assert one.low is not None, one.name
        assert one.high is not None
        assert one.low <= one.value <= one.high
    assert measured(said())["structure_variety"].low is None


def test_no_clause_no_division() -> None:
    assert measured(said(clauses=0))["dependent_clause_share"].value == 0


def test_the_inventory_is_spread_over_the_levels() -> None:
    levels = Counter(one.level for one in inventory().values())
    assert levels.keys() == {"A1", "A2", "B1", "B2"}
    assert min(levels.values()) >= 10
