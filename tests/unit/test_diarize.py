from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from pipeline.artifacts import freeze
from pipeline.errors import PermanentError
from pipeline.heard import DiarizedSpeech
from pipeline.stage import Context
from pipeline.stages.diarize import diarize
from pipeline.values import Recording, Span, SpeakerTurns, Turn, Upload, VoiceMatch
from tests.factories import recording, upload
from tests.fakes.voices import FakeDiarizer, FakeVoiceActivity, NamedMedia, voices

SOUND = "interview.16k.flac"
SAMPLE = "voices/learner.m4a"


def run(
    speech: DiarizedSpeech | None = None,
    *,
    sent: Upload | None = None,
    heard: Recording | None = None,
    sample: tuple[float, ...] = (),
    channels: dict[str, tuple[float, ...]] | None = None,
    activity: dict[str, tuple[Span, ...]] | None = None,
    told: list[float] | None = None,
) -> tuple[SpeakerTurns, FakeDiarizer, NamedMedia]:
    engine = FakeDiarizer(
        {SOUND: speech} if speech else {}, {"learner.m4a": sample, **(channels or {})}
    )
    media = NamedMedia()
    turns = diarize(
        sent or upload(),
        heard or recording(),
        media=media,
        voice_activity=FakeVoiceActivity(activity or {}),
        diarizer=engine,
        context=Context(
            run_id=uuid4(),
            conversation_id=uuid4(),
            attempt=1,
            progress=(told if told is not None else []).append,
        ),
    )
    return turns, engine, media


def test_labels_follow_the_order_of_first_speech() -> None:
    turns, _, _ = run(voices(("B", 4.0, 6.0), ("A", 5.0, 9.0), ("C", 0.5, 3.0), ("B", 9.5, 11.0)))
    assert [(one.label, one.start) for one in turns.turns] == [
        ("S1", 0.5),
        ("S2", 4.0),
        ("S3", 5.0),
        ("S2", 9.5),
    ]
    assert turns.how == "voices"


def test_overlaps_are_kept() -> None:
    turns, _, _ = run(voices(("A", 0.0, 5.0), ("B", 3.0, 4.0)))
    assert turns.turns == (
        Turn(label="S1", start=0.0, end=5.0),
        Turn(label="S2", start=3.0, end=4.0),
    )


def test_the_announced_number_of_speakers_reaches_the_engine() -> None:
    _, engine, _ = run(voices(("A", 0.0, 1.0)), sent=upload(speakers=3))
    assert engine.asked == [(SOUND, 3)]


@pytest.mark.parametrize(("announced", "told"), [(None, 0), (2, 0), (3, 1), (1, 1)])
def test_another_number_than_announced_is_noted(announced: int | None, told: int) -> None:
    turns, _, _ = run(voices(("A", 0.0, 1.0), ("B", 1.0, 2.0)), sent=upload(speakers=announced))
    assert [one.code for one in turns.notices] == ["speaker-count"] * told


@pytest.mark.parametrize("number", [0, -1])
def test_fewer_than_one_speaker_is_refused_before_any_work(number: int) -> None:
    with pytest.raises(PermanentError, match="cannot have") as caught:
        run(voices(("A", 0.0, 1.0)), sent=upload(speakers=number))
    assert caught.value.code == "speakers"


def test_a_recording_without_speech_has_no_turns_but_a_notice() -> None:
    turns, engine, media = run(sent=upload(learner_voice=SAMPLE))
    assert turns.turns == ()
    assert turns.matches == ()
    assert [one.code for one in turns.notices] == ["no-speech"]
    assert SAMPLE not in media.fetched
    assert [name for name, _ in engine.asked] == [SOUND]


def test_the_enrolled_voice_is_compared_with_each_speaker() -> None:
    speech = voices(("X", 0.0, 1.0), ("Y", 1.0, 2.0), X=(0.0, 2.0), Y=(3.0, 0.0))
    turns, _, media = run(speech, sent=upload(learner_voice=SAMPLE), sample=(3.0, 4.0))
    assert turns.matches == (
        VoiceMatch(label="S1", similarity=0.8),
        VoiceMatch(label="S2", similarity=0.6),
    )
    assert media.fetched[-1] == SAMPLE


def test_a_speaker_without_a_voice_vector_has_no_match() -> None:
    speech = voices(("X", 0.0, 1.0), ("Y", 1.0, 2.0), Y=(1.0, 0.0), Z=(0.0, 1.0))
    turns, _, _ = run(speech, sent=upload(learner_voice=SAMPLE), sample=(1.0, 0.0))
    assert turns.matches == (VoiceMatch(label="S2", similarity=1.0),)


def test_voice_vectors_do_not_leave_the_stage() -> None:
    vector = (0.123456789, 0.987654321)
    speech = voices(("X", 0.0, 1.0), X=vector)
    turns, _, _ = run(speech, sent=upload(learner_voice=SAMPLE), sample=vector)
    kept = freeze(turns).body
    assert not any(str(one) in kept for one in vector)


def test_a_channel_a_speaker_needs_no_clustering() -> None:
    heard = replace(recording(), channel_keys=("a/ch0.flac", "a/ch1.flac"))
    activity = {
        "ch0.flac": (Span(start=2.0, end=3.0), Span(start=6.0, end=7.0)),
        "ch1.flac": (Span(start=0.5, end=2.5),),
    }
    told: list[float] = []
    turns, engine, media = run(heard=heard, activity=activity, told=told)
    assert turns.how == "channels"
    assert turns.turns == (
        Turn(label="S1", start=0.5, end=2.5),
        Turn(label="S2", start=2.0, end=3.0),
        Turn(label="S2", start=6.0, end=7.0),
    )
    assert engine.asked == []
    assert media.fetched == list(heard.channel_keys)
    assert told == [0.5, 1.0]


def test_silent_channels_are_a_notice_too() -> None:
    turns, _, _ = run(heard=replace(recording(), channel_keys=("a/ch0.flac", "a/ch1.flac")))
    assert turns.turns == ()
    assert [one.code for one in turns.notices] == ["no-speech"]


TWO = ("a/ch0.flac", "a/ch1.flac")
BOTH: dict[str, tuple[Span, ...]] = {
    "ch0.flac": (Span(start=2.0, end=3.0),),
    "ch1.flac": (Span(start=0.5, end=1.5),),
}


def test_the_enrolled_voice_is_compared_with_each_channel() -> None:
    turns, _, _ = run(
        heard=replace(recording(), channel_keys=TWO),
        activity=BOTH,
        sent=upload(learner_voice=SAMPLE),
        sample=(3.0, 4.0),
        channels={"ch0.flac": (0.0, 2.0), "ch1.flac": (3.0, 0.0)},
    )
    assert turns.how == "channels"
    assert turns.matches == (
        VoiceMatch(label="S2", similarity=0.8),
        VoiceMatch(label="S1", similarity=0.6),
    )


def test_a_channel_with_too_little_speech_has_no_match() -> None:
    turns, _, _ = run(
        heard=replace(recording(), channel_keys=TWO),
        activity=BOTH,
        sent=upload(learner_voice=SAMPLE),
        sample=(1.0, 0.0),
        channels={"ch0.flac": (1.0, 0.0)},
    )
    assert turns.matches == (VoiceMatch(label="S2", similarity=1.0),)


@pytest.mark.parametrize(("announced", "told"), [(None, 0), (2, 0), (3, 1)])
def test_another_number_of_channels_than_announced_is_noted(
    announced: int | None, told: int
) -> None:
    turns, _, _ = run(
        heard=replace(recording(), channel_keys=TWO),
        activity=BOTH,
        sent=upload(speakers=announced),
    )
    assert [one.code for one in turns.notices] == ["speaker-count"] * told
