from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.adapters.pyannote import PyannoteDiarizer
from pipeline.adapters.pyav import PyAv
from pipeline.errors import PermanentError
from pipeline.ports import DiarizedSpeech, Diarizer
from tests.fakes.voices import FakeDiarizer, voices

SHORT = Path(__file__).parents[1] / "fixtures" / "short.ogg"
RATE = 16_000


def quiet(_fraction: float) -> None:
    pass


@dataclass(frozen=True)
class Sounds:
    """`talk`: two people, 30 s; `one` and `again`: the same person of them alone; `other`: the other."""

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
def real() -> Diarizer:
    return PyannoteDiarizer()


@pytest.fixture(scope="module")
def heard(real: Diarizer, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DiarizedSpeech]:
    talk = PyAv(60).decode(SHORT, tmp_path_factory.mktemp("talk"), quiet).path
    return talk, real.diarize(talk, None, quiet)


@pytest.fixture(scope="module")
def sounds(heard: tuple[Path, DiarizedSpeech], tmp_path_factory: pytest.TempPathFactory) -> Sounds:
    talk, speech = heard
    samples, _ = soundfile.read(str(talk), dtype="float32")
    folder = tmp_path_factory.mktemp("sounds")

    def alone(label: str) -> list[np.ndarray[tuple[int], np.dtype[np.float32]]]:
        return [
            samples[round(turn.start * RATE) : round(turn.end * RATE)]
            for turn in speech.turns
            if turn.label == label and turn.end - turn.start > 1.0
        ]

    first, second = (alone(label) for label in sorted({turn.label for turn in speech.turns}))
    generator = np.random.default_rng(7)
    hiss = (0.05 * generator.standard_normal(10 * RATE)).astype(np.float32)
    return Sounds(
        talk=talk,
        one=wav(folder / "one.wav", np.concatenate(first[::2])),
        again=wav(folder / "again.wav", np.concatenate(first[1::2])),
        other=wav(folder / "other.wav", np.concatenate(second)),
        silence=wav(folder / "silence.wav", np.zeros(10 * RATE, np.float32)),
        noise=wav(folder / "noise.wav", hiss),
        blip=wav(folder / "blip.wav", samples[: RATE // 10]),
        two_seconds=wav(folder / "two.wav", samples[2 * RATE : 4 * RATE]),
    )


@pytest.fixture(scope="module", params=["fake", "real"])
def diarizer(request: pytest.FixtureRequest, real: Diarizer, sounds: Sounds) -> Diarizer:
    if request.param == "real":
        return real
    turns = (("A", 0.0, 8.0), ("B", 7.5, 16.0), ("A", 16.5, 29.0))
    return FakeDiarizer(
        {sounds.talk.name: voices(*turns, A=(1.0, 0.0), B=(0.0, 1.0))},
        {"one.wav": (1.0, 0.1), "again.wav": (1.0, 0.2), "other.wav": (0.1, 1.0)},
    )


def cosine(one: tuple[float, ...], two: tuple[float, ...]) -> float:
    product = sum(a * b for a, b in zip(one, two, strict=True))
    return product / (math.hypot(*one) * math.hypot(*two))


class TestDiarizer:
    def test_it_names_itself(self, diarizer: Diarizer) -> None:
        assert diarizer.engine

    def test_two_people_within_the_file(self, diarizer: Diarizer, sounds: Sounds) -> None:
        told: list[float] = []
        speech = diarizer.diarize(sounds.talk, None, told.append)
        assert len({turn.label for turn in speech.turns}) == 2
        assert set(speech.voices) == {turn.label for turn in speech.turns}
        length = soundfile.info(str(sounds.talk)).duration
        assert all(0 <= turn.start < turn.end <= length for turn in speech.turns)
        assert told == sorted(told)
        assert told[-1] == 1.0
        assert all(0 <= fraction <= 1 for fraction in told)

    def test_the_same_again(self, diarizer: Diarizer, sounds: Sounds) -> None:
        first = diarizer.diarize(sounds.talk, None, quiet)
        assert diarizer.diarize(sounds.talk, None, quiet) == first

    def test_a_voice_is_more_like_itself(self, diarizer: Diarizer, sounds: Sounds) -> None:
        one, again, other = (
            diarizer.voice(path) for path in (sounds.one, sounds.again, sounds.other)
        )
        assert cosine(one, again) > cosine(one, other) + 0.2

    def test_a_sample_finds_its_speaker(self, diarizer: Diarizer, sounds: Sounds) -> None:
        speech = diarizer.diarize(sounds.talk, None, quiet)
        likeness = [
            [cosine(diarizer.voice(path), vector) for _, vector in sorted(speech.voices.items())]
            for path in (sounds.one, sounds.other)
        ]
        assert likeness[0][0] > likeness[0][1]
        assert likeness[1][1] > likeness[1][0]

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

    @pytest.mark.parametrize("speakers", [1, 2, 3])
    def test_told_numbers_are_kept_to(self, real: Diarizer, sounds: Sounds, speakers: int) -> None:
        speech = real.diarize(sounds.talk, speakers, quiet)
        assert len({turn.label for turn in speech.turns}) == speakers

    def test_more_people_than_can_be_told_apart_is_no_error(
        self, real: Diarizer, sounds: Sounds
    ) -> None:
        assert real.diarize(sounds.two_seconds, 5, quiet).turns

    def test_a_voice_sample_may_be_compressed(self, real: Diarizer) -> None:
        assert math.hypot(*real.voice(SHORT)) > 0

    def test_too_short_a_voice_sample_is_refused(self, real: Diarizer, sounds: Sounds) -> None:
        with pytest.raises(PermanentError, match="half a second"):
            real.voice(sounds.blip)

    def test_text_is_no_voice_sample(self, real: Diarizer, tmp_path: Path) -> None:
        path = tmp_path / "voice.wav"
        path.write_text("not a sound")
        with pytest.raises(PermanentError):
            real.voice(path)

    def test_a_silent_voice_sample_is_refused(self, real: Diarizer, sounds: Sounds) -> None:
        with pytest.raises(PermanentError):
            real.voice(sounds.silence)
