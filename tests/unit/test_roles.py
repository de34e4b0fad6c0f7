from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from pipeline.roles import ENOUGH, Told, learner
from pipeline.values import VoiceMatch, Word
from tests import factories


def spoken(
    seconds: float, probability: float, *, asks: bool = False, n: int = 40
) -> tuple[Word, ...]:
    """Words of one length; every eighth ends a sentence."""
    mark = "?" if asks else "."
    return tuple(
        factories.word(
            f"word{mark}" if at % 8 == 7 else "word",
            start=float(at),
            end=at + seconds,
            probability=probability,
        )
        for at in range(n)
    )


SLOW, QUICK = spoken(0.7, 0.5), spoken(0.28, 0.88)


def told(
    words: Mapping[str, Sequence[Word]],
    *matches: tuple[str, float],
    label: str | None = None,
    voice: str | None = None,
) -> Told:
    upload = factories.upload(learner_label=label, learner_voice=voice)
    voices = [VoiceMatch(label=one, similarity=value) for one, value in matches]
    return learner(upload, voices, words)


def test_a_given_label_beats_everything() -> None:
    found = told({"S1": SLOW, "S2": QUICK}, ("S1", 0.9), label="S2")
    assert (found.label, found.how, found.confidence) == ("S2", "given", 1.0)


def test_a_label_that_was_not_heard_names_those_that_were() -> None:
    found = told({"S1": SLOW, "S2": QUICK}, label="S3")
    assert (found.label, found.how) == (None, "unknown")
    assert "S3" in str(found.reason)
    assert "S1, S2" in str(found.reason)


def test_a_voice_beats_the_rule() -> None:
    found = told({"S1": SLOW, "S2": QUICK}, ("S1", 0.2), ("S2", 0.7))
    assert (found.label, found.how) == ("S2", "voice")
    assert found.confidence is not None
    assert 0.5 < found.confidence <= 1


@pytest.mark.parametrize(
    ("one", "other"),
    [(0.3, 0.1), (0.6, 0.55)],
    ids=["like nobody", "like both"],
)
def test_a_doubtful_voice_is_not_replaced_by_a_guess(one: float, other: float) -> None:
    found = told({"S1": SLOW, "S2": QUICK}, ("S1", one), ("S2", other))
    assert (found.label, found.how) == (None, "unknown")


@pytest.mark.parametrize("words", [{"S1": SLOW, "S2": QUICK}, {"S1": QUICK}], ids=["two", "one"])
def test_a_sample_that_nobody_could_be_compared_with_is_not_replaced_by_a_guess(
    words: Mapping[str, Sequence[Word]],
) -> None:
    found = told(words, voice="voices/learner.m4a")
    assert (found.label, found.how, found.confidence) == (None, "unknown", None)
    assert "sample" in str(found.reason)


def test_who_is_alone_is_the_learner_unless_the_voice_is_anothers() -> None:
    assert told({"S1": QUICK}).how == "only speaker"
    assert told({"S1": QUICK}, ("S1", 0.1)).label is None


def test_slow_words_that_are_hard_to_recognise_are_the_learners() -> None:
    for words, expected in (
        ({"S1": SLOW, "S2": QUICK}, "S1"),
        ({"S1": QUICK, "S2": SLOW}, "S2"),
    ):
        found = told(words)
        assert (found.label, found.how) == (expected, "rule")
        assert found.confidence is not None
        assert 0.5 < found.confidence <= 0.9


def test_who_asks_is_the_partner_when_another_sign_says_so_too() -> None:
    asking, answering = spoken(0.35, 0.84, asks=True), spoken(0.42, 0.7)
    assert told({"S1": asking, "S2": answering}).label == "S2"
    assert told({"S1": spoken(0.35, 0.84), "S2": answering}).label is None


def test_no_sign_decides_alone() -> None:
    for other in (spoken(0.3, 0.85, asks=True), spoken(0.3, 0.4), spoken(1.2, 0.85)):
        assert told({"S1": spoken(0.3, 0.85), "S2": other}).label is None


def test_two_who_talk_alike_are_not_told_apart() -> None:
    found = told({"S1": QUICK, "S2": spoken(0.29, 0.86)})
    assert found.label is None
    assert "too much alike" in str(found.reason)


def test_a_few_words_are_no_ground() -> None:
    assert told({"S1": SLOW[: ENOUGH - 1], "S2": QUICK}).label is None
    assert told({"S1": SLOW[:ENOUGH], "S2": QUICK}).label == "S1"


def test_three_speakers_and_none_are_not_guessed() -> None:
    assert told({"S1": SLOW, "S2": QUICK, "S3": QUICK}).label is None
