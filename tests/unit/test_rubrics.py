"""Rubrics are data: each file in the folder is one, and a setting chooses it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from config.settings import Settings, StageSettings
from pipeline.errors import PermanentError
from pipeline.points import share
from pipeline.rubric import LEVELS, Criterion, Rubric
from tests.fakes.voices import NamedMedia
from tests.judging import TALK, judged
from tests.shipped import RUBRICS, VERSIONS
from workers.toolbox import Toolbox, rubric

USUAL, BEGINNERS = RUBRICS["2026.2"], RUBRICS["2026.2-beginners"]


def test_there_is_more_than_one() -> None:
    assert len(VERSIONS) > 1


@pytest.mark.parametrize("version", VERSIONS)
def test_a_rubric_has_the_name_of_its_file(version: str) -> None:
    assert RUBRICS[version].version == version


@pytest.mark.parametrize("version", VERSIONS)
def test_the_setting_chooses_the_rubric(version: str) -> None:
    chosen = Settings(stages=StageSettings(rubric=version))
    assert Toolbox(chosen, media=NamedMedia())["rubric"] == RUBRICS[version]


def test_a_rubric_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(PermanentError) as told:
        rubric("1999.1")
    assert ", ".join(VERSIONS) in told.value.sentence


@pytest.mark.parametrize("version", VERSIONS)
def test_every_criterion_says_in_words_what_it_is_about(version: str) -> None:
    card = judged(TALK, RUBRICS[version])
    for criteria in RUBRICS[version].criteria.values():
        for one in criteria:
            (row,) = (row for row in card.evidence if row.rule == one.metric)
            assert row.explanation.startswith(f"{one.title}: ")


def value(criterion: Criterion, part: float) -> float:
    """Where the criterion gives that share of its points, by halving."""
    low, high = criterion.anchors[0][0], criterion.anchors[-1][0]
    rises = criterion.anchors[0][1] < criterion.anchors[-1][1]
    for _ in range(50):
        middle = (low + high) / 2
        if (share(criterion.anchors, middle) < part) == rises:
            low = middle
        else:
            high = middle
    return low


def points(of: Rubric, values: dict[str, float]) -> Decimal:
    return sum(
        (
            one.points * Decimal(share(one.anchors, values[one.metric]))
            for criteria in of.criteria.values()
            for one in criteria
        ),
        Decimal(0),
    )


@pytest.mark.parametrize("level", LEVELS)
def test_an_even_talk_has_the_same_level_by_the_beginners_rubric(level: str) -> None:
    """At three places within the level, a point from where the next begins."""
    begins = [*USUAL.levels.values(), Decimal(100)]
    low, high = begins[LEVELS.index(level)] + 1, begins[LEVELS.index(level) + 1] - 1
    for at in (low, (low + high) / 2, high):
        values = {
            one.metric: value(one, float(at) / 100)
            for criteria in USUAL.criteria.values()
            for one in criteria
        }
        found = {one.level(points(one, values), {}).cefr for one in (USUAL, BEGINNERS)}
        assert found == {level}


def test_beginners_have_more_points_for_the_same_talk_and_lie_further_apart() -> None:
    def both(part: float) -> list[Decimal]:
        values = {
            one.metric: value(one, part) for criteria in USUAL.criteria.values() for one in criteria
        }
        return [points(one, values) for one in (USUAL, BEGINNERS)]

    (poor, poor_beginner), (fair, fair_beginner) = both(0.15), both(0.45)
    assert poor_beginner > poor
    assert fair_beginner - poor_beginner > fair - poor
