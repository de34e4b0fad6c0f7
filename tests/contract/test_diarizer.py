from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.adapters import second_look
from pipeline.adapters.audio import read
from pipeline.adapters.pyannote import PyannoteDiarizer
from pipeline.adapters.pyav import PyAv
from pipeline.errors import PermanentError
from pipeline.heard import DiarizedSpeech
from pipeline.ports import Diarizer
from pipeline.values import Span, Turn
from tests.fakes.voices import FakeDiarizer, voices

RATE = 16_000
ONE, AGAIN, OTHER = (0.2, 7.1), (10.7, 21.1), (35.4, 43.3)
"""Seconds of `unclear.ogg` in which the first person talks, again, and in which the other does."""
FIRST = (ONE, AGAIN, (26.5, 33.8), (44.7, 60.8), (66.7, 69.2), (74.4, 82.9))
"""Where the first person talks: 29 s of speech, no sentence twice."""


def quiet(_fraction: float) -> None:
    pass


@dataclass(frozen=True)
class Sounds:
    """`talk`: two people; `one` and `again`: the same one of them alone; `other`: the other."""

    talk: Path
    one: Path
    again: Path
    other: Path
    silence: Path
    noise: Path
    blip: Path
    two_seconds: Path


def wav(path: Path, samples: np.ndarray[tuple[int], np.dtype[np.float32]]) -> Path:
    soundfile.write(str(path), samples, RATE)
    return path


@pytest.fixture(scope="module")
def real() -> PyannoteDiarizer:
    return PyannoteDiarizer()


@pytest.fixture(scope="module")
def whole(fixtures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("t")
    return PyAv(200).decode(fixtures / "unclear.ogg", folder, quiet).path


@pytest.fixture(scope="module")
def talk(whole: Path) -> Path:
    """The first 44 s of the longer recording: short enough for the fine step, long enough for several turns of each."""
    samples, _ = soundfile.read(str(whole), dtype="float32", stop=44 * RATE)
    return wav(whole.with_name("talk.wav"), samples)


@pytest.fixture(scope="module")
def sounds(talk: Path, tmp_path_factory: pytest.TempPathFactory) -> Sounds:
    samples, _ = soundfile.read(str(talk), dtype="float32")
    folder = tmp_path_factory.mktemp("sounds")

    def piece(name: str, start: float, end: float) -> Path:
        return wav(folder / name, samples[round(start * RATE) : round(end * RATE)])

    hiss = 0.05 * np.random.default_rng(7).standard_normal(10 * RATE)
    return Sounds(
        talk=talk,
        one=piece("one.wav", *ONE),
        again=piece("again.wav", *AGAIN),
        other=piece("other.wav", *OTHER),
        silence=wav(folder / "silence.wav", np.zeros(10 * RATE, np.float32)),
        noise=wav(folder / "noise.wav", hiss.astype(np.float32)),
        blip=piece("blip.wav", 1.0, 1.1),
        two_seconds=piece("two.wav", 1.0, 3.0),
    )


@pytest.fixture(scope="module", params=["fake", "real"])
def diarizer(request: pytest.FixtureRequest, real: Diarizer) -> Diarizer:
    if request.param == "real":
        return real
    turns = (("A", 0.2, 20.0), ("B", 19.5, 26.0), ("A", 26.5, 34.0), ("B", 35.0, 44.0))
    return FakeDiarizer(
        {"talk.wav": voices(*turns, A=(1.0, 0.0), B=(0.0, 1.0))},
        {"one.wav": (1.0, 0.1), "again.wav": (1.0, 0.2), "other.wav": (0.1, 1.0)},
    )


def sound_of(path: Path, span: Span) -> second_look.Samples:
    return read(path, span.start, span.end)


def seconds(speech: DiarizedSpeech) -> list[float]:
    """How long each label speaks, in order of first speech."""
    held: dict[str, float] = {}
    for turn in sorted(speech.turns, key=lambda one: one.start):
        held[turn.label] = held.get(turn.label, 0.0) + turn.end - turn.start
    return list(held.values())


def cosine(one: tuple[float, ...], two: tuple[float, ...]) -> float:
    product = sum(a * b for a, b in zip(one, two, strict=True))
    return product / (math.hypot(*one) * math.hypot(*two))


@pytest.fixture(scope="module")
def heard(diarizer: Diarizer, sounds: Sounds) -> tuple[DiarizedSpeech, list[float]]:
    """What the engine made of the talk, and the progress it told."""
    told: list[float] = []
    return diarizer.diarize(sounds.talk, None, told.append), told


def start_of(turn: Turn) -> float:
    return turn.start


class TestDiarizer:
    def test_it_names_itself(self, diarizer: Diarizer) -> None:
        assert diarizer.engine

    def test_two_people_within_the_file(
        self, heard: tuple[DiarizedSpeech, list[float]], sounds: Sounds
    ) -> None:
        speech, told = heard
        # Two labels alone prove nothing: one of them may stand on a blip.
        assert len(seconds(speech)) == 2
        assert min(seconds(speech)) > 5
        assert set(speech.voices) == {turn.label for turn in speech.turns}
        length = soundfile.info(str(sounds.talk)).duration
        assert all(0 <= turn.start < turn.end <= length for turn in speech.turns)
        assert told == sorted(told)
        assert told[-1] == 1.0
        assert all(0 <= fraction <= 1 for fraction in told)

    def test_the_same_again(
        self, diarizer: Diarizer, heard: tuple[DiarizedSpeech, list[float]], sounds: Sounds
    ) -> None:
        assert diarizer.diarize(sounds.talk, None, quiet) == heard[0]

    def test_a_voice_is_more_like_itself(self, diarizer: Diarizer, sounds: Sounds) -> None:
        one, again, other = (
            diarizer.voice(path) for path in (sounds.one, sounds.again, sounds.other)
        )
        assert cosine(one, again) > cosine(one, other) + 0.2

    def test_a_sample_finds_its_speaker(
        self, diarizer: Diarizer, heard: tuple[DiarizedSpeech, list[float]], sounds: Sounds
    ) -> None:
        speech, _ = heard
        first, second = dict.fromkeys(one.label for one in sorted(speech.turns, key=start_of))
        for path, own, foreign in ((sounds.one, first, second), (sounds.other, second, first)):
            sample = diarizer.voice(path)
            assert cosine(sample, speech.voices[own]) > cosine(sample, speech.voices[foreign]) + 0.2

    def test_a_voice_is_heard_in_spans_of_a_file(self, diarizer: Diarizer, sounds: Sounds) -> None:
        whole = Span(start=0.0, end=ONE[1] - ONE[0])
        found = diarizer.voice_in(sounds.one, (whole,))
        assert found is not None
        assert cosine(found, diarizer.voice(sounds.one)) > 0.9
        assert diarizer.voice_in(sounds.one, ()) is None

    @pytest.mark.parametrize("name", ["silence", "noise", "blip"])
    def test_where_nobody_speaks_there_are_no_turns(
        self, diarizer: Diarizer, sounds: Sounds, name: str
    ) -> None:
        speech = diarizer.diarize(getattr(sounds, name), None, quiet)
        assert speech == DiarizedSpeech(turns=(), voices={})


class TestPyannoteDiarizer:
    def test_two_seconds_are_enough(self, real: Diarizer, sounds: Sounds) -> None:
        speech = real.diarize(sounds.two_seconds, None, quiet)
        assert speech.turns
        assert all(turn.end <= 2.0 for turn in speech.turns)

    def test_one_announced_speaker_is_one(self, real: Diarizer, sounds: Sounds) -> None:
        assert len(seconds(real.diarize(sounds.two_seconds, 1, quiet))) == 1

    @pytest.mark.parametrize("announced", [None, 2])
    def test_two_alike_voices_are_told_apart(
        self, real: Diarizer, fixtures: Path, tmp_path: Path, announced: int | None
    ) -> None:
        # segmentation-3.0 takes these two for one within its windows: it gives the other half a second.
        talk = PyAv(60).decode(fixtures / "short.ogg", tmp_path, quiet).path
        found = real.diarize(talk, announced, quiet)
        assert len(seconds(found)) == 2
        assert min(seconds(found)) > 4
        assert set(found.voices) == {turn.label for turn in found.turns}

    def test_one_person_alone_is_not_parted(
        self, real: PyannoteDiarizer, whole: Path, tmp_path: Path
    ) -> None:
        samples, _ = soundfile.read(str(whole), dtype="float32")
        parts = [samples[round(start * RATE) : round(end * RATE)] for start, end in FIRST]
        alone = wav(tmp_path / "alone.wav", np.concatenate(parts))
        turns = real.diarize(alone, None, quiet).turns
        assert len({turn.label for turn in turns}) == 1
        # Only the distance of the two groups kept them one: the second look was due and had enough to go by.
        assert second_look.wanted(turns, None)
        sound = partial(sound_of, alone)
        assert second_look.parted(sound, turns, real.vector, certain=True) is not None

    def test_more_people_than_can_be_told_apart_is_no_error(
        self, real: Diarizer, sounds: Sounds, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert real.diarize(sounds.two_seconds, 5, quiet).turns
        # pyannote would print its advice, into the JSON of whoever runs this.
        assert capsys.readouterr().out == ""

    def test_a_voice_sample_may_be_compressed(self, real: Diarizer, fixtures: Path) -> None:
        assert math.hypot(*real.voice(fixtures / "short.ogg")) > 0

    def test_too_short_a_voice_sample_is_refused(self, real: Diarizer, sounds: Sounds) -> None:
        with pytest.raises(PermanentError, match="half a second"):
            real.voice(sounds.blip)

    def test_text_is_no_voice_sample(self, real: Diarizer, tmp_path: Path) -> None:
        path = tmp_path / "voice.wav"
        path.write_text("not a sound")
        with pytest.raises(PermanentError):
            real.voice(path)

    @pytest.mark.parametrize("name", ["silence", "noise"])
    def test_a_sample_without_speech_is_refused(
        self, real: Diarizer, sounds: Sounds, name: str
    ) -> None:
        with pytest.raises(PermanentError, match="half a second"):
            real.voice(getattr(sounds, name))
