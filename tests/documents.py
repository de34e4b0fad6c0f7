"""Whole documents for tests, scored by the rubric that ships."""

from __future__ import annotations

from dataclasses import replace

from pipeline.analysis import Analysis
from pipeline.assemble import assemble
from pipeline.reports import Report
from pipeline.stages.score import score
from pipeline.values import Dialogue
from tests import factories, report_factories
from workers.toolbox import rubric


def document(talk: Dialogue, *reports: Report) -> Analysis:
    """The document of a talk with these reports."""
    values = [
        factories.upload(name="<talk> & more.wav"),
        factories.recording(duration=95),
        talk,
        *reports,
        score(factories.upload(), talk, *reports, rubric=rubric("2026.2")),
    ]
    return assemble({type(one).__name__: one for one in values}, {})


def scored() -> Analysis:
    """One with a score in every dimension."""
    talk = factories.dialogue("P: Where does he go?", "L: He goes to town very much", "P: Oh.")
    return document(talk, *report_factories.reports(talk))


def unscored() -> Analysis:
    """One in which nothing is judged."""
    good = scored()
    kinds = ("grammar", "vocabulary", "fluency", "pronunciation", "comprehension", "overall")
    reason = "Too few words."
    nothing = replace(good.scores.overall, score=None, state="insufficient", reason=reason)
    return replace(good, scores=replace(good.scores, **dict.fromkeys(kinds, nothing)))
