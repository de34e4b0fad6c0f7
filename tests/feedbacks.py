"""What a learner is told upon reports that are made up."""

from __future__ import annotations

from dataclasses import replace

from pipeline.reports import Dimension, Report
from pipeline.scores import Feedback, Remark, Scorecard
from pipeline.stages.score import score
from pipeline.values import Dialogue
from tests import factories, report_factories
from workers.toolbox import rubric

RUBRIC = rubric("2026.2")
TALK = factories.dialogue(
    "P: Where does he live?",
    "L: He live in a small town (um) near the sea. We like it.",
    "P: And what does he do there?",
    "L: He work in a bank and he have two childs at home.",
)


def card(*reports: Report, talk: Dialogue = TALK, language: str = "en") -> Scorecard:
    """Scored with these reports in place of the usual ones."""
    given = {one.dimension: one for one in (*report_factories.reports(talk), *reports)}
    return score(factories.upload(feedback_language=language), talk, *given.values(), rubric=RUBRIC)


def told(*reports: Report, talk: Dialogue = TALK, language: str = "en") -> Feedback:
    return card(*reports, talk=talk, language=language).feedback


def measured(report: Report, **values: float) -> Report:
    """With other values of some metrics."""
    metrics = tuple(replace(one, value=values.get(one.name, one.value)) for one in report.metrics)
    return replace(report, metrics=metrics)


def areas(said: Feedback, dimension: Dimension = Dimension.GRAMMAR) -> list[Remark]:
    return [one for one in said.detailed if (one.kind, one.dimension) == ("area", dimension)]
