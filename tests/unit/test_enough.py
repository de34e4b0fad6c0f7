from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.enough import DOUBTFUL, HEARD, SPARSE, UNCLEAR, unjudgeable
from pipeline.values import Dialogue, Span
from tests.factories import dialogue

TALK = dialogue("P: where do you live?", "L: " + "banana " * 40, "P: I see", "L: " + "apple " * 40)


def heard(probability: float, *, seconds: float = 30.0, talk: Dialogue = TALK) -> Dialogue:
    """The talk with all the learner's words of one probability, in so many seconds of the learner's speech."""
    segments = tuple(
        replace(one, words=tuple(replace(word, probability=probability) for word in one.words))
        if one.speaker == "learner"
        else one
        for one in talk.segments
    )
    speakers = tuple(
        replace(one, speech_seconds=seconds) if one.role == "learner" else one
        for one in talk.speakers
    )
    return replace(talk, segments=segments, speakers=speakers)


@pytest.mark.parametrize(("probability", "reason"), [(UNCLEAR, None), (UNCLEAR - 0.01, DOUBTFUL)])
def test_a_text_that_the_recogniser_guessed_is_not_the_learners(
    probability: float, reason: str | None
) -> None:
    assert unjudgeable(heard(probability)) == reason


def test_few_words_in_much_speech_are_no_english() -> None:
    assert unjudgeable(heard(0.9, seconds=80 / SPARSE)) is None
    assert unjudgeable(heard(0.9, seconds=81 / SPARSE)) == DOUBTFUL


def test_a_short_talk_is_not_called_another_language() -> None:
    assert unjudgeable(heard(0.3, seconds=HEARD - 0.1)) is None


def test_what_the_partner_mumbles_is_no_matter() -> None:
    words = TALK.segments[0].words
    mumbled = replace(TALK.segments[0], words=tuple(replace(one, probability=0.1) for one in words))
    assert unjudgeable(replace(TALK, segments=(mumbled, *TALK.segments[1:]))) is None


@pytest.mark.parametrize(("seconds", "reason"), [(HEARD, DOUBTFUL), (1.0, "No words were heard")])
def test_speech_without_any_words_is_told_from_silence(seconds: float, reason: str) -> None:
    talk = replace(TALK, segments=(), speech=(Span(start=0.0, end=seconds),))
    assert str(unjudgeable(talk)).startswith(reason)
