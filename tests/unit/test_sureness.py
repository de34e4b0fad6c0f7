"""How surely a word was heard tells how much it moves what is measured."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.reports import VocabularyReport
from pipeline.stages.comprehension import comprehension
from pipeline.stages.vocabulary import ENOUGH, vocabulary
from pipeline.values import Dialogue
from tests.factories import dialogue, upload
from tests.fakes.text import (
    FakeLevelList,
    FakeSentenceVectors,
    FakeTextAnalyzer,
    FakeWordFrequencies,
)

USUAL = "alpha beta gamma delta epsilon zeta eta theta " * 7
FITTING = ("P: Do you like green tea today?", "L: I do like green tea")


def judge(talk: Dialogue) -> VocabularyReport:
    return vocabulary(
        upload(),
        talk,
        text_analyzer=FakeTextAnalyzer(),
        word_frequencies=FakeWordFrequencies(),
        level_list=FakeLevelList(),
    )


def independent(talk: Dialogue) -> float:
    metric = judge(talk).metric("independent_words")
    assert metric is not None
    return metric.value


@pytest.mark.parametrize(
    ("sure", "share"), [(0.49, 0), (0.55, 1 / 3), (0.65, 2 / 3), (0.7, 1.0), (0.95, 1.0)]
)
def test_a_word_that_was_heard_less_surely_shows_less_range(sure: float, share: float) -> None:
    talk = dialogue(f"L: {USUAL} purchase")
    (one,) = talk.segments
    last = replace(one.words[-1], probability=sure)
    unsure = replace(talk, segments=(replace(one, words=(*one.words[:-1], last)),))
    none, whole = (independent(each) for each in (dialogue(f"L: {USUAL}"), talk))
    assert whole > none
    found = independent(unsure)
    assert found == pytest.approx(none + share * (whole - none), abs=1e-3)


def test_too_few_sure_words_are_no_reading_of_their_own() -> None:
    talk = dialogue(
        "L: " + " ".join(f"word{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(ENOUGH))
    )
    (one,) = talk.segments
    unsure = (*one.words[:-1], replace(one.words[-1], probability=0.55))
    found = judge(replace(talk, segments=(replace(one, words=unsure),)))
    assert found.insufficient is None
    assert found.metrics == judge(talk).metrics


def test_a_word_that_was_heard_less_surely_moves_the_fit_less() -> None:
    talk = dialogue(*FITTING, "P: Where were we going yesterday?", "L: we were going to tea")
    *before, last = talk.segments

    def fitting(sure: float) -> float:
        words = (*last.words[:-1], replace(last.words[-1], probability=sure))
        changed = replace(talk, segments=(*before, replace(last, words=words)))
        found = comprehension(changed, sentence_vectors=FakeSentenceVectors()).exchanges[1].fit
        assert found is not None
        return found

    unsurely, better, surely = (fitting(one) for one in (0.55, 0.65, 0.7))
    assert unsurely != surely
    assert better == pytest.approx((unsurely + surely) / 2, abs=1e-3)
    assert surely == fitting(0.95)
