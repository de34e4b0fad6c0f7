"""From a score to the words and the second: what `colloquy show` prints."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from cli.screen import QUOTED, clock, out, show_scorecard
from pipeline.analysis import Analysis, to_json
from pipeline.reports import Dimension
from tests import factories, report_factories
from tests.documents import document, scored
from tests.judging import TALK, reported


def shown(analysis: Analysis) -> str:
    """The whole output, in one line so that no wrapping parts a sentence."""
    with out.capture() as caught:
        show_scorecard(analysis, every=True)
    return " ".join(caught.get().split())


def test_every_score_is_shown_with_its_interval_state_and_evidence_level() -> None:
    analysis = scored()
    text = shown(analysis)
    for name in (*Dimension, "overall"):
        one = getattr(analysis.scores, name)
        told = f"{name} {one.score:.2f} {one.cap} {one.low:.2f} to {one.high:.2f} {one.state}"
        assert f"{told} {one.evidence_level or ''}".strip() in text
    level = analysis.level
    assert f"level {level.cefr} ({level.low} to {level.high})" in text


def test_every_row_of_evidence_leads_to_the_words_and_the_second() -> None:
    analysis = document(TALK, *reported(TALK))
    text = shown(analysis)
    texts = {one.number: one.text for one in analysis.segments}
    placed = [one for one in analysis.evidence if one.segment is not None]
    # What is noticed is no fault where it costs nothing, and so has no place: here repairs, repeated words and an unclear one.
    assert {one.dimension for one in placed} == {Dimension.GRAMMAR, Dimension.COMPREHENSION}
    for one in analysis.evidence:
        assert f"{one.dimension} {one.points:.2f} {one.explanation}" in text
    for one in placed:
        assert one.start_time is not None
        said = texts[one.segment or 0][one.start : one.end]
        quoted = said if len(said) <= QUOTED else f"{said[:QUOTED]}…"
        assert f'{one.explanation} "{quoted}" at {clock(one.start_time)}' in text


def test_what_cannot_be_judged_is_shown_with_its_reason() -> None:
    talk = factories.dialogue("P: Where does he go?", "L: He goes to town very much")
    grammar = report_factories.grammar_report(talk, insufficient="Too few words.")
    text = shown(document(talk, grammar, *report_factories.reports(talk)[1:]))
    assert "grammar - 25 insufficient not enough evidence: Too few words." in text
    assert "overall - 100 insufficient not enough evidence: " in text
    assert "level: not enough evidence" in text


def test_the_points_of_the_document_sum_exactly_to_its_scores() -> None:
    found = json.loads(to_json(document(TALK, *reported(TALK))))
    for name in Dimension:
        rows = [one for one in found["evidence"] if one["dimension"] == name]
        total = sum(Decimal(str(one["points"])) for one in rows)
        assert total == Decimal(str(found["scores"][name]["score"]))
    scores = (Decimal(str(found["scores"][name]["score"])) for name in Dimension)
    assert sum(scores) == Decimal(str(found["scores"]["overall"]["score"]))


@pytest.mark.parametrize("seconds", [0.0, 7.4, 59.97, 187.4, 3600.0])
def test_the_clock_is_read_back(seconds: float) -> None:
    minutes, rest = clock(seconds).split(":")
    assert float(rest) < 60
    assert int(minutes) * 60 + float(rest) == pytest.approx(seconds, abs=0.05)
