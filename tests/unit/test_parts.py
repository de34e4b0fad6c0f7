from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter

from pipeline.adapters.arrays import Arrays, kept_arrays
from pipeline.parts import UNKEPT, ToBeContinued, Under, kept
from pipeline.stages.diarize import diarize
from pipeline.stages.transcribe import listen
from pipeline.values import Span, SpeakerTurns, Transcript
from tests.factories import context, recording, upload
from tests.fakes.hearing import FakeTranscriber, said
from tests.fakes.keeping import KeptParts
from tests.fakes.voices import FakeDiarizer, FakeVoiceActivity, NamedMedia

NUMBERS = TypeAdapter(list[float])


def never() -> list[float]:
    raise AssertionError("it was kept")


def test_a_part_is_made_once_and_then_found_as_it_was() -> None:
    parts = KeptParts()
    assert kept(parts, "thirds", NUMBERS, lambda: [1 / 3, 2 / 3]) == [1 / 3, 2 / 3]
    assert kept(parts, "thirds", NUMBERS, never) == [1 / 3, 2 / 3]


def test_where_nothing_is_kept_it_is_made_each_time() -> None:
    made: list[int] = []

    def make() -> list[float]:
        made.append(1)
        return [0.5]

    assert kept(UNKEPT, "a", NUMBERS, make) == kept(UNKEPT, "a", NUMBERS, make)
    assert len(made) == 2


def test_steps_have_names_of_their_own() -> None:
    parts = KeptParts()
    Under(parts, "first").save("0-8", b"1")
    Under(parts, "second").save("0-8", b"2")
    assert parts.bodies == {"first/0-8": b"1", "second/0-8": b"2"}
    assert Under(parts, "first").load("0-8") == b"1"


def test_arrays_are_kept_bit_for_bit() -> None:
    parts = KeptParts()
    made: Arrays = {
        "vectors": np.array([[1 / 3, np.nan], [-0.0, 1e-45]], np.float32),
        "activity": np.array([[True, False]]),
    }
    kept_arrays(parts, "0-2", lambda: made)
    found = kept_arrays(parts, "0-2", dict)
    assert set(found) == set(made)
    for name, array in made.items():
        assert found[name].dtype == array.dtype
        assert found[name].tobytes() == array.tobytes()


def hear(parts: KeptParts, speech: tuple[Span, ...]) -> Transcript:
    return listen(
        Path("talk.flac"),
        12.0,
        "en",
        voice_activity=FakeVoiceActivity({"talk.flac": speech}),
        transcriber=FakeTranscriber([(said("good morning", 1.0),)]),
        progress=lambda _part: None,
        parts=parts,
    )


def test_the_speech_of_a_recording_is_looked_for_once() -> None:
    parts, speech = KeptParts(most=1), (Span(start=0.0, end=10.0),)
    with pytest.raises(ToBeContinued):
        hear(parts, speech)
    # The engine would hear nobody this time: what was kept counts.
    found = hear(KeptParts(parts.bodies), ())
    assert found.speech == speech
    assert found == hear(KeptParts(), speech)


def channels(parts: KeptParts, speech: dict[str, tuple[Span, ...]]) -> SpeakerTurns:
    return diarize(
        upload(),
        replace(recording(), channel_keys=("a/ch0.flac", "a/ch1.flac")),
        media=NamedMedia(),
        voice_activity=FakeVoiceActivity(speech),
        diarizer=FakeDiarizer(),
        context=replace(context(), parts=parts),
    )


def test_each_channel_is_listened_to_once() -> None:
    speech: dict[str, tuple[Span, ...]] = {
        "ch0.flac": (Span(start=0.0, end=4.0),),
        "ch1.flac": (Span(start=5.0, end=9.0),),
    }
    parts = KeptParts(most=1)
    with pytest.raises(ToBeContinued):
        channels(parts, speech)
    found = channels(KeptParts(parts.bodies), {"ch1.flac": speech["ch1.flac"]})
    assert found == channels(KeptParts(), speech)
    assert [(one.start, one.end) for one in found.turns] == [(0.0, 4.0), (5.0, 9.0)]
