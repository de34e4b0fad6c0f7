"""What tells “uh” by its sound: pitch and timbre that stand still, and the fake."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.adapters.steady_voice import SteadyVoice
from pipeline.ports import FilledPauses
from pipeline.values import Span
from tests import sounds
from tests.fakes.hearing import FakeFilledPauses

RATE = 16_000
SECONDS = 0.6
WHOLE = (Span(start=0.0, end=SECONDS),)
UH, AH = (520.0, 1200.0), (750.0, 1100.0)
"""First two formants in Hz."""
EE = (300.0, 2300.0)
WORDS = (
    Span(start=15.06, end=15.4),
    Span(start=15.4, end=15.74),
    Span(start=15.74, end=16.16),
    Span(start=16.16, end=16.5),
)
"""Stretches of running speech in `short.ogg`."""


def voice(
    first: tuple[float, float], last: tuple[float, float], *, low: float = 110, high: float = 110
) -> sounds.Samples:
    """Glottal pulses through two resonances that glide from the first to the last."""
    count = round(SECONDS * RATE)
    share = np.linspace(0, 1, count)
    phase = np.cumsum(low + (high - low) * share) / RATE
    sound = np.diff(np.floor(phase), prepend=0.0)
    for a, b in zip(first, last, strict=True):
        angle = 2 * np.pi * (a + (b - a) * share) / RATE
        radius = np.exp(-np.pi * 90 / RATE)  # a bandwidth of 90 Hz
        out = np.zeros(count + 2)
        for n in range(count):
            out[n + 2] = sound[n] + 2 * radius * np.cos(angle[n]) * out[n + 1] - radius**2 * out[n]
        sound = out[2:]
    found: sounds.Samples = 0.1 * sound / np.abs(sound).max()
    return found


class TestFilledPauses:
    """What the stage relies on."""

    @pytest.fixture(params=["fake", "steady voice"])
    def finder(self, request: pytest.FixtureRequest) -> FilledPauses:
        return FakeFilledPauses() if request.param == "fake" else SteadyVoice()

    def test_a_drawn_out_vowel_is_found_within_its_gap(
        self, finder: FilledPauses, tmp_path: Path
    ) -> None:
        path = sounds.wav(tmp_path / "uh.wav", voice(UH, UH))
        (found,) = finder.find(path, WHOLE)
        assert 0 <= found.start < found.end <= SECONDS
        assert found.seconds >= SECONDS / 2
        assert finder.find(path, WHOLE) == (found,)

    def test_a_short_gap_and_no_gap_hold_none(self, finder: FilledPauses, tmp_path: Path) -> None:
        path = sounds.wav(tmp_path / "uh.wav", voice(UH, UH))
        assert finder.find(path, ()) == ()
        assert finder.find(path, (Span(start=0.1, end=0.25),)) == ()

    def test_results_are_told_apart_by_the_engine(self, finder: FilledPauses) -> None:
        assert finder.engine


@pytest.mark.parametrize(
    "sound",
    [
        voice(EE, AH),
        voice(UH, UH, low=90, high=220),
        sounds.noise(SECONDS),
        np.zeros(round(SECONDS * RATE)),
    ],
    ids=["another vowel", "another pitch", "noise", "silence"],
)
def test_what_does_not_stand_still_is_none(sound: sounds.Samples, tmp_path: Path) -> None:
    assert SteadyVoice().find(sounds.wav(tmp_path / "sound.wav", sound), WHOLE) == ()


@pytest.mark.parametrize("loud", [0.01, 1.0])
def test_the_level_changes_nothing(loud: float, tmp_path: Path) -> None:
    sound = sounds.wav(tmp_path / "loud.wav", voice(UH, UH) * loud)
    usual = sounds.wav(tmp_path / "usual.wav", voice(UH, UH))
    assert len(SteadyVoice().find(sound, WHOLE)) == len(SteadyVoice().find(usual, WHOLE)) == 1


def test_running_speech_holds_none(fixtures: Path) -> None:
    assert SteadyVoice().find(fixtures / "short.ogg", WORDS) == ()
