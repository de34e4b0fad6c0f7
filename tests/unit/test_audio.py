from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.adapters import audio
from pipeline.adapters.audio import RATE, read, sounding, windows
from pipeline.values import Span
from tests import sounds

SOUND = np.full(7 * RATE, 0.5)


@pytest.mark.parametrize("block", [60 * RATE, RATE, 1000])
def test_the_sound_goes_from_the_first_to_the_last_sample_that_is_not_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(audio, "BLOCK", block)
    hardly = np.full(2 * RATE, 0.9 * audio.SOUND)
    file = sounds.wav(tmp_path / "a.wav", np.concatenate([hardly, SOUND, hardly]))
    assert sounding(file) == Span(start=2.0, end=9.0)


def test_in_silence_there_is_no_sound(tmp_path: Path) -> None:
    assert sounding(sounds.wav(tmp_path / "a.wav", np.zeros(RATE))).seconds == 0
    assert sounding(sounds.wav(tmp_path / "b.wav", np.zeros(0))).seconds == 0


def test_windows_begin_with_the_sound_and_end_with_it(tmp_path: Path) -> None:
    file = sounds.wav(tmp_path / "a.wav", np.concatenate([np.ones(RATE), SOUND, np.ones(RATE)]))
    found = list(windows(file, 4.0, 2.0, Span(start=1.0, end=8.0)))
    assert [start for start, _ in found] == [0.0, 2.0, 4.0]
    assert [len(samples) for _, samples in found] == [4 * RATE] * 3
    assert np.abs(np.concatenate([samples for _, samples in found])).max() < 0.6
    last = found[-1][1]
    assert last[: 3 * RATE].min() > 0.4
    assert not last[3 * RATE :].any(), "what lies after the sound is not seen"


def test_what_is_read_is_cut_at_the_end(tmp_path: Path) -> None:
    assert len(read(sounds.wav(tmp_path / "a.wav", SOUND), 6.5, 9.0)) == RATE // 2
