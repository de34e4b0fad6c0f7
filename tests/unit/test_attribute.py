from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from pipeline.stages.attribute import attribute
from pipeline.values import (
    Dialogue,
    Notice,
    Recording,
    SpeakerTurns,
    Transcript,
    Turn,
    Upload,
    Utterance,
    VoiceMatch,
    Word,
)
from tests import factories


def words(text: str, start: float = 0.0, probability: float = 0.9) -> tuple[Word, ...]:
    return tuple(
        Word(
            id=f"w{start}-{n}",
            text=one,
            start=start + n * 0.4,
            end=start + n * 0.4 + 0.35,
            probability=probability,
        )
        for n, one in enumerate(text.split())
    )


def talk(
    *lines: tuple[str, float], turns: Sequence[Turn], language: str = "en", **told: str
) -> Dialogue:
    utterances = []
    for text, start in lines:
        said = words(text, start)
        utterances.append(
            Utterance(
                start=said[0].start,
                end=said[-1].end,
                words=said,
                mean_log_probability=-0.3,
                no_speech_probability=0.1,
                compression_ratio=1.2,
            )
        )
    matches = tuple(
        VoiceMatch(label=label, similarity=float(value))
        for label, value in told.items()
        if label.startswith("S")
    )
    upload: Upload = factories.upload(learner_label=told.get("learner"))
    recording: Recording = factories.recording()
    return attribute(
        upload,
        recording,
        Transcript(
            language=language, language_probability=None, utterances=tuple(utterances), speech=()
        ),
        SpeakerTurns(turns=tuple(turns), how="voices", matches=matches),
    )


TWO = (Turn(label="S1", start=0, end=2), Turn(label="S2", start=2.1, end=5))
HELLO = (("Where do you live?", 0.1), ("In a small town.", 2.2))


def test_words_go_to_whoever_speaks_then() -> None:
    found = talk(*HELLO, turns=TWO, learner="S2")
    assert [(one.speaker, one.text) for one in found.segments] == [
        ("partner", "Where do you live?"),
        ("learner", "In a small town."),
    ]
    assert found.learner is not None
    assert (found.learner.how, found.learner.confidence) == ("given", 1.0)


def test_a_label_that_nobody_has_leaves_the_learner_unknown() -> None:
    found = talk(*HELLO, turns=TWO, learner="S7")
    assert found.learner is None
    assert {one.speaker for one in found.segments} == {"unknown"}
    assert "S7" in next(one.message for one in found.notices if one.code == "learner-unknown")


def test_who_named_no_learner_is_told_the_options_to_add() -> None:
    (told,) = (one.message for one in talk(*HELLO, turns=TWO).notices)
    assert "--learner S1 or --learner S2;" in told
    assert "--learner VOICE.wav" in told


def test_a_clear_voice_names_the_learner_and_a_doubtful_one_does_not() -> None:
    assert talk(*HELLO, turns=TWO, S1="0.1", S2="0.7").segments[1].speaker == "learner"
    assert talk(*HELLO, turns=TWO, S1="0.65", S2="0.7").learner is None
    assert talk(*HELLO, turns=TWO, S1="0.1", S2="0.3").learner is None


def test_the_only_speaker_is_the_learner() -> None:
    found = talk(HELLO[0], turns=TWO[:1])
    assert found.learner is not None
    assert found.learner.how == "only speaker"
    assert [one.code for one in found.notices] == ["one-speaker"]


def test_too_little_talk_is_no_ground_for_the_rule() -> None:
    assert talk(*HELLO, turns=TWO).learner is None


def test_three_speakers_need_a_name() -> None:
    third = Turn(label="S3", start=5.1, end=7)
    unnamed = talk(*HELLO, ("Me too.", 5.2), turns=(*TWO, third))
    assert unnamed.learner is None
    named = talk(*HELLO, ("Me too.", 5.2), turns=(*TWO, third), learner="S2")
    assert [one.speaker for one in named.segments] == ["partner", "learner", "partner-2"]


def test_overlapping_talk_is_marked() -> None:
    both = (Turn(label="S1", start=0, end=3), Turn(label="S2", start=1, end=5))
    found = talk(("Where do you live?", 0.1), ("In a small town.", 3.1), turns=both, learner="S2")
    assert found.segments[0].overlap
    assert not found.segments[1].overlap


def test_no_words_and_no_turns_make_an_empty_dialogue() -> None:
    found = talk(turns=())
    assert (found.segments, found.speakers, found.learner) == ((), (), None)


@pytest.mark.parametrize(
    ("language", "supported"),
    [("en", True), ("en-GB", True), ("fr", False), ("de", False), ("und", False)],
)
def test_only_the_language_that_it_was_uploaded_as_is_judged(
    language: str,
    supported: bool,  # noqa: FBT001 - a table's column
) -> None:
    assert talk(*HELLO, turns=TWO, language=language).language_supported is supported


def test_words_without_any_turn_belong_to_one_speaker() -> None:
    found = talk(HELLO[0], turns=())
    assert [one.speaker_label for one in found.segments] == ["S1"]


def test_a_reply_between_two_sentences_stays_between_them() -> None:
    turns = (
        Turn(label="S1", start=0, end=1.15),
        Turn(label="S2", start=1.2, end=1.6),
        Turn(label="S1", start=1.65, end=4),
    )
    asked = (("Do you agree?", 0.0), ("Yes.", 1.2), ("Good.", 1.65))
    assert [one.text for one in talk(*asked, turns=turns, learner="S2").segments] == [
        "Do you agree?",
        "Yes.",
        "Good.",
    ]
    broken = (("I went to", 0.0), ("mhm", 1.2), ("the shop.", 1.65))
    assert [one.text for one in talk(*broken, turns=turns, learner="S1").segments] == [
        "I went to the shop.",
        "mhm",
    ]


def test_a_long_silence_begins_a_new_segment() -> None:
    turns = (Turn(label="S1", start=0, end=9),)
    near = talk(("I went", 0.0), ("to the shop.", 2.2), turns=turns)
    far = talk(("I went", 0.0), ("to the shop.", 2.3), turns=turns)
    assert [len(near.segments), len(far.segments)] == [1, 2]


def test_a_stray_word_goes_back_to_the_one_who_talks() -> None:
    turns = (Turn(label="S1", start=0, end=3), Turn(label="S2", start=0.75, end=1.2))
    found = talk(("I like the old town.", 0.0), turns=turns, learner="S1")
    assert [one.text for one in found.segments] == ["I like the old town."]


def test_a_word_outside_all_turns_goes_to_the_nearest() -> None:
    turns = (Turn(label="S1", start=0, end=1), Turn(label="S2", start=3, end=4))
    found = talk(("One two", 0.1), ("late", 2.5), turns=turns, learner="S1")
    assert [(one.speaker_label, one.text) for one in found.segments] == [
        ("S1", "One two"),
        ("S2", "late"),
    ]


def test_notices_are_carried_on() -> None:
    said = Notice(code="truncated", message="The file broke off.")
    dialogue = attribute(
        factories.upload(),
        replace(factories.recording(), notices=(said,)),
        Transcript(
            language="en", language_probability=None, utterances=(), speech=(), notices=(said,)
        ),
        SpeakerTurns(turns=(), how="voices", notices=(said,)),
    )
    assert dialogue.notices == (said, said, said)


def test_every_word_is_in_exactly_one_segment_in_order_of_time() -> None:
    found = talk(*HELLO, ("Me too.", 5.2), turns=TWO, learner="S2")
    said = [word for one in found.segments for word in one.words]
    assert len({word.id for word in said}) == len(said) == 10
    assert [one.number for one in found.segments] == list(range(len(found.segments)))
    assert [one.start for one in found.segments] == sorted(one.start for one in found.segments)
    for one in found.segments:
        assert [one.text[a:b] for a, b in one.word_spans()] == [word.text for word in one.words]
