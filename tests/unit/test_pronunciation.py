from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.reports import PronunciationReport
from pipeline.stages import pronunciation as module
from pipeline.stages.pronunciation import BY_EAR, BY_EAR_UNLIKE, BY_WORDS, SHOWN
from pipeline.values import Dialogue, Recording, Turn
from tests.factories import DOUBTFUL, SURE, context, dialogue, recording
from tests.fakes.hearing import FakePronunciationJudge
from tests.fakes.voices import NamedMedia

CLEAR = "L: " + "banana " * 60
SILENT = replace(recording(), key="")
"""Its sound was removed from the store."""


def pronunciation(
    talk: Dialogue, sound: Recording | None = None, judge: FakePronunciationJudge | None = None
) -> PronunciationReport:
    return module.pronunciation(
        sound or recording(),
        talk,
        media=NamedMedia(),
        pronunciation_judge=judge or FakePronunciationJudge(),
        context=context(),
    )


LOST_SHARE = 0.75
"""Of a word of DOUBTFUL probability, .3: three quarters of the way from .9 down to .1."""


def value(report: PronunciationReport, name: str) -> float:
    metric = report.metric(name)
    assert metric is not None
    return metric.value


def test_mean_and_share_of_unclear_words() -> None:
    report = pronunciation(dialogue("P: mumble~ mumble~", CLEAR + "vegetable~"))
    assert report.insufficient is None
    assert value(report, "mean_word_probability") == pytest.approx(
        (60 * SURE + DOUBTFUL) / 61, abs=1e-4
    )
    assert value(report, "unclear_word_share") == pytest.approx(LOST_SHARE / 61, abs=1e-4)


def test_the_unclear_word_is_named_at_its_place() -> None:
    talk = dialogue(CLEAR + "vegetable~ banana")
    (seen,) = pronunciation(talk).observations
    assert "vegetable" in seen.message
    assert seen.place is not None
    assert talk.segments[0].text[seen.place.start : seen.place.end] == "vegetable"
    assert seen.weight == LOST_SHARE


@pytest.mark.parametrize(
    ("sure", "share", "named"),
    [(0.05, 1.0, 1), (0.1, 1.0, 1), (0.3, 0.75, 1), (0.5, 0.5, 0), (0.7, 0.25, 0), (0.9, 0.0, 0)],
)
def test_a_word_that_is_not_quite_clear_counts_in_part_and_is_not_named(
    sure: float, share: float, named: int
) -> None:
    talk = dialogue(CLEAR + "vegetable~ vegetable")
    (one,) = talk.segments
    last = replace(one.words[-1], probability=sure)
    talk = replace(talk, segments=(replace(one, words=(*one.words[:-1], last)),))
    report = pronunciation(talk)
    assert value(report, "unclear_word_share") == pytest.approx((LOST_SHARE + share) / 62, abs=1e-4)
    assert sum(seen.place is not None for seen in report.observations) == 1 + named
    weights = [seen.weight for seen in report.observations if seen.place is None]
    assert weights == ([] if named or not share else [pytest.approx(share)])
    assert sum(seen.weight for seen in report.observations) == pytest.approx(LOST_SHARE + share)


@pytest.mark.parametrize(("score", "named"), [(7.9, 1), (8.0, 0)])
def test_a_lost_word_is_named_where_the_sound_around_it_is_poor_too(
    score: float, named: int
) -> None:
    judge = FakePronunciationJudge(score=score)
    report = pronunciation(dialogue(CLEAR + "vegetable~"), judge=judge)
    assert sum(seen.place is not None for seen in report.observations) == named
    assert sum(seen.weight for seen in report.observations) == LOST_SHARE


def test_a_lost_word_with_too_little_sound_around_it_is_not_named() -> None:
    report = pronunciation(dialogue(CLEAR, "P: Well?", "L: vegetable~"))
    (seen,) = report.observations
    assert seen.place is None


def test_without_a_judge_by_ear_a_lost_word_is_named() -> None:
    (seen,) = pronunciation(dialogue(CLEAR + "vegetable~"), SILENT).observations
    assert seen.place is not None


def test_where_no_word_is_lost_the_unclear_ones_are_told_without_a_name() -> None:
    talk = dialogue(CLEAR)
    (one,) = talk.segments
    last = replace(one.words[-1], probability=0.5)
    talk = replace(talk, segments=(replace(one, words=(*one.words[:-1], last)),))
    (seen,) = pronunciation(talk).observations
    assert (seen.place, seen.message) == (None, "Some words were not quite clear.")
    # Advice on "these words" would be about none.
    assert seen.rule == "unclear-words"


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
    named = [seen for seen in report.observations if seen.place is not None]
    assert [seen.weight for seen in named] == [LOST_SHARE] * SHOWN
    (rest,) = (seen for seen in report.observations if seen.place is None)
    assert (rest.rule, rest.weight) == ("unclear-word", LOST_SHARE * (30 - SHOWN))


@pytest.mark.parametrize("talk", [dialogue("L: banana banana"), dialogue("P: Hello"), dialogue()])
def test_too_little_gets_a_reason(talk: Dialogue) -> None:
    assert pronunciation(talk).insufficient


def test_the_score_is_what_the_judge_heard_with_its_error() -> None:
    report = pronunciation(dialogue(CLEAR), judge=FakePronunciationJudge(score=9.6, error=0.5))
    (metric,) = (one for one in report.metrics if one.name == "pronunciation_accuracy")
    assert (metric.value, metric.low, metric.high) == (9.6, 8.62, 10.0)
    assert report.evidence_level == BY_EAR


def test_sound_unlike_the_training_speech_is_named() -> None:
    assert pronunciation(
        dialogue(CLEAR), judge=FakePronunciationJudge(stretch=2.0)
    ).evidence_level == (BY_EAR_UNLIKE)


def test_without_sound_the_words_probabilities_count_and_say_less() -> None:
    judge = FakePronunciationJudge()
    clear = pronunciation(dialogue(CLEAR), SILENT, judge)
    unclear = pronunciation(dialogue(CLEAR + "banana~ " * 20), SILENT, judge)
    assert judge.asked == []
    assert clear.evidence_level == unclear.evidence_level == BY_WORDS
    assert value(clear, "pronunciation_accuracy") > value(unclear, "pronunciation_accuracy")
    (by_words,) = (one for one in unclear.metrics if one.name == "pronunciation_accuracy")
    (by_ear,) = (one for one in pronunciation(dialogue(CLEAR)).metrics if one.name == by_words.name)
    assert by_words.low is not None
    assert by_ear.low is not None
    assert by_words.value - by_words.low > by_ear.value - by_ear.low


def test_too_little_sound_leaves_the_words_probabilities() -> None:
    brief = "L: " + "a " * 45
    assert pronunciation(dialogue(brief)).evidence_level == BY_WORDS


def test_the_judge_hears_the_learner_alone_and_no_long_pauses() -> None:
    judge = FakePronunciationJudge()
    pronunciation(
        dialogue("P: Hello there my friend", CLEAR, "P: Oh", "L: one two <2.0> three"), judge=judge
    )
    ((first, before, after),) = judge.asked
    assert first.seconds == pytest.approx(60 * 0.42 + 59 * 0.05, abs=0.01)
    assert after.start - before.end == pytest.approx(2.05, abs=0.01)


def test_the_judge_hears_nothing_under_another_voice() -> None:
    talk = dialogue(CLEAR, "P: Oh", "L: one two three")
    last = talk.segments[2]
    other = Turn(label="S2", start=last.start, end=last.end)
    judge = FakePronunciationJudge()
    pronunciation(replace(talk, turns=(*talk.turns, other)), judge=judge)
    ((only,),) = judge.asked
    assert only.end < last.start


def test_bounds_come_from_the_turns() -> None:
    report = pronunciation(dialogue(*["L: banana banana vegetable~ banana banana"] * 10))
    metric = report.metric("mean_word_probability")
    assert metric is not None
    assert metric.low == metric.high == metric.value
