"""The recogniser's spectrum over a steady floor, so that it does not hear how a recording was stored."""

from __future__ import annotations

from typing import Any

import numpy as np
from faster_whisper.feature_extractor import FeatureExtractor

from pipeline.adapters.levels import FLOOR_DB

HIGHEST = 7_000.0
"""Hz: codecs leave out what is above at will (LAME from 7.2 kHz on at 64 kbit/s), as if a voice had lost its s."""


class SteadyFeatures(FeatureExtractor):  # type: ignore[misc]  # untyped library
    """faster-whisper's own, over FLOOR_DB and up to HIGHEST."""

    def stft(self, input_array: Any, n_fft: int, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the library's own signature
        """Magnitudes: only their squares are used after it."""
        found = FeatureExtractor.stft(input_array, n_fft, *args, **kwargs)
        power = np.abs(found) ** 2
        power[round(HIGHEST * n_fft / self.sampling_rate) :] = 0
        return np.sqrt(power + _floor(kwargs["window"]))


def _floor(window: Any) -> float:  # noqa: ANN401 - samples of any precision
    """What white noise of FLOOR_DB has in each bin."""
    return float(10 ** (FLOOR_DB / 10) * np.sum(window**2))
