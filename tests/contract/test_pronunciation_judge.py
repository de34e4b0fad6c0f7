"""What scores pronunciation by ear: the head over the recogniser's encoder, and the fake."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from pipeline.adapters.faster_whisper import FasterWhisper
from pipeline.adapters.pyav import PyAv
from pipeline.adapters.whisper_head import WhisperHead
from pipeline.heard import Pronounced
from pipeline.ports import PronunciationJudge
from pipeline.values import Span
from tests import sounds
from tests.fakes.hearing import FakePronunciationJudge

TALK = (Span(start=0.0, end=14.0), Span(start=16.0, end=28.0))
"""Most of the 30 seconds of the recording."""


def silent(_fraction: float) -> None:
    pass


@pytest.fixture(scope="module")
def recogniser() -> FasterWhisper:
    return FasterWhisper(None)


@pytest.fixture(scope="module")
def short(fixtures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return PyAv(3600).decode(fixtures / "short.ogg", tmp_path_factory.mktemp("short"), silent).path


class TestPronunciationJudge:
    """What the stage relies on."""

    @pytest.fixture(params=["fake", "head"])
    def judge(
        self, request: pytest.FixtureRequest, recogniser: FasterWhisper
    ) -> PronunciationJudge:
        return FakePronunciationJudge() if request.param == "fake" else WhisperHead(recogniser)

    def test_speech_has_a_score_with_its_error(
        self, judge: PronunciationJudge, short: Path
    ) -> None:
        told: list[float] = []
        found = judge.judge(short, TALK, told.append)
        assert found is not None
        assert 0 <= found.score <= 10
        assert found.error > 0.3
        assert found.stretch >= 1
        assert found.pieces > 0
        assert 10 <= found.seconds <= 26
        assert told == sorted(told)
        assert told[-1] == 1.0
        assert judge.judge(short, TALK, silent) == found
        assert judge.engine

    def test_each_span_has_a_score_unless_it_is_too_short(
        self, judge: PronunciationJudge, short: Path
    ) -> None:
        found = judge.judge(short, (Span(start=2.0, end=2.5), *TALK), silent)
        assert found is not None
        first, *others = found.by_span
        assert first is None
        assert len(others) == len(TALK)
        scores = [one for one in others if one is not None]
        assert scores
        assert min(scores) <= found.score <= max(scores)
        assert all(0 <= one <= 10 for one in scores)

    def test_less_than_ten_seconds_have_none(self, judge: PronunciationJudge, short: Path) -> None:
        assert judge.judge(short, (Span(start=2.0, end=9.0),), silent) is None
        assert judge.judge(short, (), silent) is None


def scored(recogniser: FasterWhisper, audio: Path) -> Pronounced:
    found = WhisperHead(recogniser).judge(audio, TALK, silent)
    assert found is not None
    return found


@pytest.mark.parametrize("decibels", [-20, 6])
def test_gain_does_not_count(
    recogniser: FasterWhisper, short: Path, tmp_path: Path, decibels: float
) -> None:
    # The sound is made quieter first, so that nothing is cut off at +6 dB.
    samples = sounds.samples_of(short) / 4
    same = scored(recogniser, sounds.wav(tmp_path / "same.wav", samples))
    other = scored(recogniser, sounds.wav(tmp_path / "other.wav", samples * 10 ** (decibels / 20)))
    assert other.score == pytest.approx(same.score, abs=0.05)


def test_another_voice_around_the_learners_speech_changes_nothing(
    recogniser: FasterWhisper, short: Path, tmp_path: Path
) -> None:
    samples = sounds.samples_of(short)
    other = sounds.laughter(len(samples) / 16_000)[: len(samples)]
    for span in TALK:
        own = slice(round(span.start * 16_000), round(span.end * 16_000))
        other[own] = samples[own]
    same = sounds.wav(tmp_path / "same.wav", samples)
    changed = sounds.wav(tmp_path / "changed.wav", other)
    assert not np.array_equal(sounds.samples_of(same), sounds.samples_of(changed))
    assert scored(recogniser, changed) == scored(recogniser, same)


def test_silence_has_no_score(recogniser: FasterWhisper, tmp_path: Path) -> None:
    audio = sounds.wav(tmp_path / "silence.wav", np.zeros(30 * 16_000))
    assert WhisperHead(recogniser).judge(audio, TALK, silent) is None


def test_what_is_no_learner_widens_the_error(
    recogniser: FasterWhisper, short: Path, tmp_path: Path
) -> None:
    noise = scored(recogniser, sounds.wav(tmp_path / "noise.wav", sounds.noise(30)))
    assert noise.stretch > 1.5 > scored(recogniser, short).stretch
    assert noise.error > scored(recogniser, short).error * 1.5


def test_length_of_the_speech_is_not_what_is_measured(
    recogniser: FasterWhisper, fixtures: Path, tmp_path: Path
) -> None:
    audio = PyAv(3600).decode(fixtures / "unclear.ogg", tmp_path, silent).path
    judge = WhisperHead(recogniser)
    whole = judge.judge(audio, [Span(start=0.0, end=60.0)], silent)
    cut = judge.judge(audio, [Span(start=n * 2.0, end=n * 2.0 + 2.0) for n in range(30)], silent)
    assert whole is not None
    assert cut is not None
    assert cut.score == pytest.approx(whole.score, abs=0.5)


def test_two_threads_load_one_model_and_hear_the_same(short: Path) -> None:
    shared = FasterWhisper(None)
    alone = scored(shared, short)
    fresh = FasterWhisper(None)
    models: list[int] = []
    found: list[Pronounced] = []

    def listen() -> None:
        models.append(id(fresh._model))
        found.append(scored(fresh, short))

    threads = [threading.Thread(target=listen) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(set(models)) == 1
    assert found == [alone, alone]
