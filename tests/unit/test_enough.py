from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.enough import (
    FOREIGN,
    GUESSED,
    GUESSWORK,
    HEARD,
    MUMBLED,
    NOBODY,
    PLAIN,
    SPARSE,
    SURE,
    TOLD,
    UNCLEAR,
    WORDLESS,
    switched,
    unjudgeable,
    unread,
    variety,
    worded,
)
from pipeline.languages import ENGLISH
from pipeline.values import Dialogue, Notice, Span
from tests.factories import dialogue, word

TALK = dialogue("P: where do you live?", "L: " + "banana " * 40, "P: I see", "L: " + "the " * 40)


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


@pytest.mark.parametrize(
    ("probability", "reason"), [(PLAIN + 0.01, None), (PLAIN - 0.01, worded(FOREIGN))]
)
def test_hardly_any_common_english_words_are_another_language_unless_they_are_plain(
    probability: float, reason: str | None
) -> None:
    assert unjudgeable(heard(probability)) == reason


def test_too_short_a_talk_is_unclear_rather_than_another_language() -> None:
    assert unjudgeable(heard(UNCLEAR - 0.01, seconds=TOLD)) == worded(FOREIGN)
    assert unjudgeable(heard(UNCLEAR - 0.01, seconds=TOLD - 0.1)) == worded(MUMBLED)
    assert unjudgeable(heard(UNCLEAR - 0.01, seconds=HEARD - 0.1)) is None


def test_a_learner_whose_words_are_guessed_but_english_is_not_told_to_speak_another_language() -> (
    None
):
    said = "L: I want to go to the " + "banana " * 40
    some = dialogue("P: where do you live?", said)
    guessed = heard(UNCLEAR - 0.05, talk=some, seconds=TOLD)
    first = guessed.segments[1]
    sure = tuple(replace(one, probability=SURE) for one in first.words[:6])
    clear = replace(first, words=(*sure, *first.words[6:]))
    assert unjudgeable(guessed) == worded(FOREIGN)
    assert unjudgeable(replace(guessed, segments=(guessed.segments[0], clear))) == worded(MUMBLED)


def test_few_words_in_much_speech_were_not_made_out() -> None:
    assert unjudgeable(heard(0.9, seconds=80 / SPARSE)) is None
    assert unjudgeable(heard(0.9, seconds=81 / SPARSE)) == worded(MUMBLED)


def test_words_that_were_guessed_are_not_read_though_the_voice_is_judged() -> None:
    talk = heard(GUESSED - 0.01)
    assert unjudgeable(talk) is None
    assert unread(talk) == GUESSWORK
    assert unread(heard(GUESSED + 0.01)) is None
    assert unread(heard(GUESSED - 0.01, seconds=HEARD - 0.1)) is None, "too little to tell"
    assert unread(replace(talk, words_by="transcript")) is None, "nobody guessed"
    assert unread(heard(UNCLEAR - 0.01, seconds=HEARD)) == worded(MUMBLED), "the wider reason"


def test_a_common_word_counts_once_in_half_a_minute_and_only_when_it_is_sure() -> None:
    words = [word("The"), word("the,"), word("to", probability=SURE - 0.01), word("zebra")]
    assert variety(words, 30.0) == pytest.approx(1 / 30)
    assert variety(words * 2, 60.0) == pytest.approx(1 / 30)
    assert variety([], 0.0) == 0


def test_what_the_partner_mumbles_is_no_matter() -> None:
    words = TALK.segments[0].words
    mumbled = replace(TALK.segments[0], words=tuple(replace(one, probability=0.1) for one in words))
    assert unjudgeable(replace(TALK, segments=(mumbled, *TALK.segments[1:]))) is None


@pytest.mark.parametrize(("seconds", "reason"), [(HEARD, worded(WORDLESS)), (1.0, NOBODY)])
def test_speech_without_any_words_is_told_from_silence(seconds: float, reason: str) -> None:
    talk = replace(TALK, segments=(), speech=(Span(start=0.0, end=seconds),))
    assert unjudgeable(talk) == reason


def test_who_is_not_known_to_be_the_learner_is_told_as_it_was_found_out() -> None:
    unknown = tuple(replace(one, role="unknown") for one in TALK.speakers)
    told = Notice(code="learner-unknown", message="Three talk. Name the learner.")
    assert "name the learner" in str(unjudgeable(replace(TALK, speakers=unknown)))
    assert unjudgeable(replace(TALK, speakers=unknown, notices=(told,))) == told.message


def test_an_hour_in_one_turn_is_still_english() -> None:
    # There are a hundred common words only: of all 4,000 different ones they are less than the least share.
    common = sorted(ENGLISH.common)[:60]
    piece = [*common, *[""] * 140]
    said = [one or f"word{n}" for n, one in enumerate(piece * 20)]
    assert ENGLISH.common_share(sorted(set(said))) < ENGLISH.least
    assert not switched(said)
    assert switched([f"mot{n}" for n in range(4000)])
