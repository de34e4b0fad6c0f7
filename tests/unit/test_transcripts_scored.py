"""Ready transcripts are scored: an export as what it was exported from, and never what needs sound."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.analysis import Analysis
from pipeline.enough import UNHEARD
from pipeline.stages.attribute import attribute
from pipeline.stages.comprehension import UNTIMED
from pipeline.values import Dialogue
from review.exports import FORMATS
from tests import factories
from tests.documents import document
from tests.judging import TALK, reported
from tests.texts import analysed
from tests.transcripts import said, transcript, written


def sure(talk: Dialogue) -> Dialogue:
    segments = tuple(
        replace(
            one,
            confidence=1.0,
            words=tuple(replace(word, probability=1.0) for word in one.words),
        )
        for one in talk.segments
    )
    return replace(talk, segments=segments)


def original(talk: Dialogue) -> Analysis:
    """The document of a recording in which this talk was heard, S2 being the learner."""
    heard = attribute(
        factories.upload(learner_label="S2"),
        factories.recording(),
        factories.transcript(talk),
        factories.speaker_turns(talk),
    )
    return document(heard, *reported(heard))


def text_scores(analysis: Analysis) -> object:
    """Grammar and vocabulary with all that they rest on, without what only the heard words can tell."""
    scores = (analysis.scores.grammar, analysis.scores.vocabulary)
    evidence = [
        (one.dimension, one.rule, one.points, one.explanation)
        for one in analysis.evidence
        if one.dimension in {"grammar", "vocabulary"}
    ]
    # CHAT gives every sentence an end.
    lemmas = [replace(one, context="") for one in analysis.vocabulary]
    slips = [(one.rule, one.text.rstrip("."), one.counted) for one in analysis.grammar_errors]
    return (
        [replace(one, evidence_level=None) for one in scores],
        evidence,
        slips,
        lemmas,
    )


def test_an_exported_document_scores_as_before(tmp_path: Path) -> None:
    before = original(TALK)
    assert before.scores.grammar.state == before.scores.vocabulary.state == "scored"
    assert any(not one.counted for one in before.grammar_errors) or before.grammar_errors
    after = analysed(tmp_path, FORMATS["json"](before))
    assert text_scores(after) == text_scores(before)
    assert after.scores.grammar.evidence_level == "text of the transcript"


@pytest.mark.parametrize("form", ["vtt", "chat", "json"])
def test_exports_score_as_what_they_were_exported_from(tmp_path: Path, form: str) -> None:
    before = original(sure(TALK))
    after = analysed(tmp_path, FORMATS[form](before))
    assert text_scores(after) == text_scores(before)
    assert after.scores.comprehension.state == before.scores.comprehension.state == "scored"


@pytest.mark.parametrize("form", ["vtt", "chat", "json"])
def test_what_needs_sound_is_never_guessed(tmp_path: Path, form: str) -> None:
    found = analysed(tmp_path, FORMATS[form](original(sure(TALK))))
    for one in (found.scores.fluency, found.scores.pronunciation):
        assert (one.score, one.state, one.reason) == (None, "insufficient", UNHEARD)
    assert UNHEARD in (found.scores.overall.reason or "")
    heard = {
        "articulation_rate",
        "pauses_per_minute",
        "pronunciation_accuracy",
        "mean_word_probability",
    }
    assert not heard & set(found.metrics)
    assert (found.media.duration, found.media.sample_rate, found.media.channels) == (None,) * 3
    timed = {word.start is not None for one in found.segments for word in one.words}
    assert timed == {form == "json"}
    assert all(one.start is not None for one in found.segments)
    places = {one.start_time is not None for one in found.evidence if one.segment is not None}
    assert places == {form == "json"}


def test_without_times_the_wait_before_replies_is_not_made_up(tmp_path: Path) -> None:
    lines = [said(one.speaker_label, one.text) for one in sure(TALK).segments]
    found = analysed(tmp_path, transcript(*lines, learner="S2"))
    assert text_scores(found) == text_scores(original(sure(TALK)))
    comprehension = found.scores.comprehension
    assert (comprehension.state, comprehension.reason) == ("insufficient", UNTIMED)
    assert "reply_fit" in found.metrics
    assert "reply_latency" not in found.metrics
    assert not found.turns
    assert all(one.start is None and one.end is None for one in found.segments)
    assert all(one.speech_seconds is None for one in found.speakers)


def test_times_that_are_there_for_some_turns_only_are_not_used(tmp_path: Path) -> None:
    found = analysed(
        tmp_path, transcript(said("A", "Hi there.", 0, 1), said("B", "Hello to you."), learner="B")
    )
    assert [one.code for one in found.warnings] == ["times-incomplete"]
    assert [one.text for one in found.segments] == ["Hi there.", "Hello to you."]
    assert found.segments[0].start is None


def test_turns_stay_whole_where_somebody_talks_over_them(tmp_path: Path) -> None:
    text = transcript(
        said("A", "I was on my way home when it began.", 0, 6),
        said("B", "Oh no that is bad.", 2, 4),
        learner="A",
    )
    found = analysed(tmp_path, text)
    assert [(one.speaker, one.text) for one in found.segments] == [
        ("learner", "I was on my way home when it began."),
        ("partner", "Oh no that is bad."),
    ]
    assert found.segments[0].overlap


def test_borders_of_one_speaker_that_stray_are_put_right(tmp_path: Path) -> None:
    text = transcript(
        said("A", "I was on my way home.", 0, 2.2), said("A", "Then it began.", 2, 4), learner="A"
    )
    [one] = analysed(tmp_path, text).segments
    assert (one.start, one.end) == (0.0, 4.0)


def test_a_document_whose_text_was_mended_is_read_by_its_text(tmp_path: Path) -> None:
    before = original(sure(TALK))
    mended = json.loads(FORMATS["json"](before))
    mended["segments"][1]["text"] = "yesterday he goes to the market"
    found = written(tmp_path, json.dumps(mended))
    assert (found.lines[1].text, found.lines[1].words) == ("yesterday he goes to the market", ())
    assert found.lines[0].words
