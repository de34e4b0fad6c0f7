from __future__ import annotations

from dataclasses import replace

from pipeline.feedback import MOST, feedback
from pipeline.reports import Dimension
from tests import factories, report_factories

TALK = factories.dialogue("P: Where does he live?", "L: He live in a small town, I am enormous~")


def test_strong_dimensions_are_praised_and_weak_ones_come_with_advice() -> None:
    card = report_factories.scorecard("5", "19", "10", "14", "13")
    said = feedback(card.dimensions, report_factories.reports(TALK))
    assert "pronunciation" in said.strengths[1]
    assert len(said.strengths) == 2
    assert [one.split(":")[0] for one in said.areas_for_improvement] == ["Grammar", "Fluency"]
    assert len(said.recommendations) == len(said.areas_for_improvement)


def test_no_more_is_asked_than_a_learner_can_work_on() -> None:
    card = report_factories.scorecard("1", "1", "1", "1", "1")
    said = feedback(card.dimensions, report_factories.reports(TALK))
    assert len(said.areas_for_improvement) == len(said.recommendations) == MOST
    assert not said.strengths


def test_the_learner_reads_their_own_words_and_better_ones() -> None:
    card = report_factories.scorecard("5", "19", "19", "14", "19")
    reports = [
        report_factories.grammar_report(TALK, ("live", "lives")),
        *report_factories.reports(TALK)[1:],
    ]
    (area,) = feedback(card.dimensions, reports).areas_for_improvement
    assert "“live”" in area
    assert "“lives”" in area


def test_a_slip_that_does_not_count_is_not_held_against_the_learner() -> None:
    card = report_factories.scorecard("5", "19", "19", "14", "19")
    free = report_factories.grammar_error(TALK, "live", "lives", counted=False)
    grammar = replace(report_factories.grammar_report(TALK), errors=(free,))
    said = feedback(card.dimensions, [grammar, *report_factories.reports(TALK)[1:]])
    assert "live" not in said.areas_for_improvement[0]


def test_nothing_is_said_of_what_could_not_be_judged() -> None:
    card = report_factories.scorecard("20", "15", "14", "11", "13")
    silent = [
        replace(one, state="insufficient", score=None, low=None, high=None)
        for one in card.dimensions
    ]
    said = feedback(silent, report_factories.reports(TALK))
    assert not said.strengths
    assert not said.areas_for_improvement
    assert not said.recommendations
    assert {one.dimension for one in silent} == set(Dimension)
