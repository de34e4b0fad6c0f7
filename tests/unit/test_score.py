from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import PermanentError
from pipeline.points import apportioned, share
from pipeline.reports import Dimension, Metric, Observation, Place, Report
from pipeline.rubric import Rubric, parse
from pipeline.scores import DimensionScore
from pipeline.stages.score import score
from tests import factories, report_factories
from tests.scorecards import assert_exact, assert_placed
from tests.shipped import FOLDER, RUBRICS
from tests.strategies import places

TEXT = FOLDER.joinpath("2026.2.toml").read_text("utf-8")
RUBRIC = RUBRICS["2026.2"]
UPLOAD = factories.upload()
TALK = factories.dialogue("P: Where do you live?", "L: I live in a small town near here.")


Noticed = tuple[float, Place | None]


def report(
    rubric: Rubric, dimension: Dimension, values: list[float], noticed: list[Noticed]
) -> Report:
    criteria = rubric.criteria[dimension]
    metrics = [
        Metric(name=one.metric, value=value, n=50)
        for one, value in zip(criteria, values, strict=False)
    ]
    observations = [
        Observation(
            metric=criteria[n % len(criteria)].metric,
            rule="RULE",
            message="It shows.",
            weight=weight,
            place=place,
        )
        for n, (weight, place) in enumerate(noticed)
    ]
    return Report(
        dimension=dimension,
        metrics=tuple(metrics),
        observations=tuple(observations),
        evidence_level="text",
    )


VALUES = st.lists(st.floats(min_value=-10, max_value=200, allow_nan=False), min_size=6, max_size=6)
NOTICED = st.lists(
    st.tuples(st.floats(min_value=0.001, max_value=50, allow_nan=False), st.none() | places(TALK)),
    max_size=30,
)


@pytest.mark.parametrize("rubric", RUBRICS.values(), ids=RUBRICS)
@given(found=st.lists(st.tuples(VALUES, NOTICED), min_size=5, max_size=5))
def test_rows_sum_exactly_to_each_score_and_the_scores_to_the_overall(
    rubric: Rubric, found: list[tuple[list[float], list[Noticed]]]
) -> None:
    reports = [report(rubric, one, *values) for one, values in zip(Dimension, found, strict=True)]
    card = score(UPLOAD, TALK, *reports, rubric=rubric)
    assert [one.reason for one in card.dimensions] == [None] * len(Dimension)
    assert_exact(card)
    assert_placed(card, TALK)
    for one in reports:
        noticed = {observation.place for observation in one.observations} | {None}
        assert {row.place for row in card.evidence if row.dimension == one.dimension} <= noticed


def test_one_dimension_without_evidence_leaves_no_overall_score_and_says_why() -> None:
    reports = [
        report_factories.grammar_report(TALK, insufficient="Too few words."),
        *[one for one in report_factories.reports(TALK) if one.dimension != Dimension.GRAMMAR],
    ]
    card = score(UPLOAD, TALK, *reports, rubric=RUBRIC)
    assert card.of(Dimension.GRAMMAR).score is None
    assert card.of(Dimension.GRAMMAR).reason == "Too few words."
    assert card.overall.score is None
    assert "grammar" in str(card.overall.reason)
    assert card.level.cefr is None
    assert not [one for one in card.evidence if one.dimension == Dimension.GRAMMAR]


def test_the_same_reports_give_the_same_card() -> None:
    reports = report_factories.reports(TALK)
    assert score(UPLOAD, TALK, *reports, rubric=RUBRIC) == score(
        UPLOAD, TALK, *reports, rubric=RUBRIC
    )


@given(
    st.integers(min_value=-5000, max_value=5000),
    st.lists(st.floats(min_value=0.001, max_value=1e6), min_size=1, max_size=50),
)
def test_parts_sum_to_the_whole(cents: int, weights: list[float]) -> None:
    total = Decimal(cents) / 100
    parts = apportioned(total, weights)
    assert sum(parts) == total
    assert all(part * total >= 0 for part in parts)


def test_anchors_are_joined_by_straight_lines() -> None:
    anchors = [(1.0, 0.0), (3.0, 1.0)]
    assert [share(anchors, value) for value in (0, 1, 2, 3, 9)] == [0, 0, 0.5, 1, 1]


def test_levels_begin_at_their_points() -> None:
    found = [RUBRIC.level(Decimal(one), {}).cefr for one in ("0", "59.99", "60", "100")]
    assert found == ["A1", "B1", "B2", "C2"]


def test_a_level_asks_for_words_of_its_own() -> None:
    poor = RUBRIC.level(Decimal(80), {"independent_words": 0.4})
    assert poor.cefr == "B1"
    assert "80 points give C1. B2 asks for words of level B1" in poor.reason
    assert RUBRIC.level(Decimal(80), {"independent_words": 0.7}).cefr == "B2"
    assert RUBRIC.level(Decimal(80), {"independent_words": 1.5}).cefr == "C1"


def test_the_bounds_of_a_metric_are_the_bounds_of_its_points() -> None:
    def with_bounds(low: float | None, high: float | None) -> DimensionScore:
        reports = [
            replace(
                one,
                metrics=tuple(
                    replace(metric, low=low, high=high) if metric.name == "mattr" else metric
                    for metric in one.metrics
                ),
            )
            for one in report_factories.reports(TALK)
        ]
        return score(UPLOAD, TALK, *reports, rubric=RUBRIC).of(Dimension.VOCABULARY)

    narrow, wide = with_bounds(0.62, 0.64), with_bounds(0.5, 0.75)
    assert narrow.score == wide.score
    assert wide.low is not None
    assert narrow.low is not None
    assert wide.low < narrow.low


def test_what_the_recogniser_doubted_widens_the_interval() -> None:
    reports = report_factories.reports(TALK)
    unsure = replace(
        TALK,
        segments=tuple(
            replace(one, words=tuple(replace(word, probability=0.5) for word in one.words))
            for one in TALK.segments
        ),
    )
    sure, doubted = (
        score(UPLOAD, talk, *reports, rubric=RUBRIC).overall for talk in (TALK, unsure)
    )
    assert sure.score == doubted.score
    assert sure.low is not None
    assert doubted.low is not None
    assert doubted.low < sure.low


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("points = 17", "points = 16", "sum to 24"),
        ("cap = 25", "cap = 30", "must be 25"),
        ('metric = "mattr"', 'metric = "charm"', "no such metric"),
        ("[[0.0, 1.0], [0.5, 0.8]", "[[0.6, 1.0], [0.5, 0.8]", "rising values"),
        ("[[0.0, 1.0], [0.5, 0.8]", "[[0.0, 1.5], [0.5, 0.8]", "between 0 and 1"),
        ("[[0.0, 1.0], [0.5, 0.8]", "[[0.0, 0.5], [0.5, 0.8]", "only rise or only fall"),
        ('17\nkind = "losses"', '17\nkind = "luck"', "gain or losses"),
        ("B1 = 45", "B1 = 70", "must rise"),
        ("[levels]", "[heights]", "no such rule as 'heights'"),
        ('level = "B2"', 'level = "B3"', "names the level B3"),
        ('metric = "independent_words"\nleast', 'metric = "wit"\nleast', "no such metric"),
        ('name = "fluency"', 'name = "grammar"', "25"),
        ("points = 17", 'points = "many"', "points must be numbers"),
        ("points = 17", "points = nan", "points must be numbers"),
        ("B1 = 45", "B1 = nan", "points must be numbers"),
        ("[[0.0, 1.0], [0.5, 0.8]", "[[nan, 1.0], [0.5, 0.8]", "nan is no value"),
        ('metric = "mattr"\n', "", "'metric' is missing"),
    ],
)
def test_a_rubric_that_does_not_hold_together_is_refused(old: str, new: str, told: str) -> None:
    assert old in TEXT
    with pytest.raises(PermanentError, match=told):
        parse(TEXT.replace(old, new, 1))


def test_a_rubric_is_known_by_its_content() -> None:
    other: Rubric = parse(TEXT + "\n# a remark\n")
    assert other.engine != RUBRIC.engine


FRENCH = factories.dialogue("P: Tu habites où ?", "L: J'habite à Lyon", language="fr")


def of_french(*names: str, rubric: Rubric = RUBRIC) -> DimensionScore:
    """The grammar score of French talk of which these metrics are known."""
    metrics = tuple(Metric(name=one, value=1.0, n=50) for one in names)
    grammar = replace(report(rubric, Dimension.GRAMMAR, [], []), metrics=metrics)
    others = [report(rubric, one, [], []) for one in Dimension if one != Dimension.GRAMMAR]
    card = score(UPLOAD, FRENCH, grammar, *others, rubric=rubric)
    assert card.feedback.detailed == ()
    return card.of(Dimension.GRAMMAR)


def test_what_the_rubric_asks_for_and_the_language_lacks_is_named() -> None:
    found = of_french("errors_per_100_words")
    assert found.score is None
    assert found.reason == (
        "The rubric asks for “Variety of structures” and “Structures of B1 and above”, which cannot be measured "
        "in French: what was found stands without points."
    )


def test_a_rubric_that_asks_for_nothing_else_scores_french() -> None:
    begin, end = TEXT.index('metric = "structure_variety"'), TEXT.index('name = "vocabulary"')
    own = (
        TEXT[:begin].rpartition("[[dimension.criterion]]")[0].replace("points = 17", "points = 25")
    )
    rubric = parse(own + "[[dimension]]\n" + TEXT[end:])
    found = of_french("errors_per_100_words", rubric=rubric)
    assert found.score == Decimal("16.25"), "one slip in a hundred words leaves .65 of 25 points"
