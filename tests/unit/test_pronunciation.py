from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.reports import PronunciationReport
from pipeline.stages.pronunciation import SHOWN, pronunciation
from pipeline.values import Dialogue
from tests.factories import DOUBTFUL, SURE, dialogue

CLEAR = "L: " + "banana " * 60


def value(report: PronunciationReport, name: str) -> float:
    metric = report.metric(name)
    assert metric is not None
    return metric.value


def test_mean_and_share_of_unclear_words() -> None:
    report = pronunciation(dialogue("P: mumble~ mumble~", CLEAR + "vegetable~"))
    assert report.insufficient is None
    assert report.evidence_level == "recogniser probabilities"
    assert value(report, "mean_word_probability") == pytest.approx(
        (60 * SURE + DOUBTFUL) / 61, abs=1e-4
    )
    assert value(report, "unclear_word_share") == pytest.approx(1 / 61, abs=1e-4)


def test_the_unclear_word_is_named_at_its_place() -> None:
    talk = dialogue(CLEAR + "vegetable~ banana")
    (seen,) = pronunciation(talk).observations
    assert "vegetable" in seen.message
    assert seen.place is not None
    assert talk.segments[0].text[seen.place.start : seen.place.end] == "vegetable"
    assert seen.weight == pytest.approx(1 - DOUBTFUL)


def test_words_under_another_voice_are_not_judged() -> None:
    talk = dialogue(CLEAR, "L: vegetable~ vegetable~")
    last = replace(talk.segments[1], overlap=True)
    report = pronunciation(replace(talk, segments=(talk.segments[0], last)))
    assert value(report, "unclear_word_share") == 0


def test_fillers_are_not_judged() -> None:
    talk = dialogue(CLEAR + "(um)")
    (one,) = talk.segments
    um = replace(one.words[-1], probability=0.1)
    doubtful = replace(talk, segments=(replace(one, words=(*one.words[:-1], um)),))
    assert pronunciation(doubtful).observations == ()


def test_only_the_least_clear_words_are_shown() -> None:
    report = pronunciation(dialogue(CLEAR + "vegetable~ " * 30))
    assert len(report.observations) == SHOWN


@pytest.mark.parametrize("talk", [dialogue("L: banana banana"), dialogue("P: Hello"), dialogue()])
def test_too_little_gets_a_reason(talk: Dialogue) -> None:
    assert pronunciation(talk).insufficient
