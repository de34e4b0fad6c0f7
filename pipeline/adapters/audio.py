"""Reading the stored recordings: 16 kHz mono FLAC, by blocks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.values import Span

RATE = 16_000
"""Hz; `decode` stores nothing else."""
SOUND = 10 ** (-50 / 20)
"""A sample from which on a stored recording is not silent: 30 dB below the level that speech is brought to."""
TELEPHONE = 3_400.0
"""Hz: what every telephone, codec and microphone lets through (ITU-T G.711 and G.712) ends there."""
TAPS = 255
"""Of the filter that ends there: 60 dB within 230 Hz."""
BLOCK = 60 * RATE
"""Samples looked through at once for the first and the last sound."""

Samples = npt.NDArray[np.float32]


def read(audio: Path, start: float = 0.0, end: float | None = None) -> Samples:
    """Samples from `start` to `end` seconds, shape (n,), -1 to 1; cut at the file's end."""
    import soundfile

    stop = None if end is None else round(end * RATE)
    samples, _ = soundfile.read(str(audio), start=round(start * RATE), stop=stop, dtype="float32")
    return np.asarray(samples, dtype=np.float32)


def telephone_band(samples: Samples) -> Samples:
    """The same samples without what lies above TELEPHONE, in their place in time."""
    from scipy.signal import oaconvolve

    low: Samples = oaconvolve(samples, _low_pass(), mode="same").astype(np.float32)
    return low


@cache
def _low_pass() -> Samples:
    from scipy.signal import firwin

    # A Kaiser window of 6: the side lobes lie 63 dB below.
    return np.asarray(firwin(TAPS, TELEPHONE, fs=RATE, window=("kaiser", 6.0)), np.float32)


def sounding(audio: Path) -> Span:
    """From the first sound to the last: what the engines hear, whatever silence lies around it; empty where none is."""
    import soundfile

    with soundfile.SoundFile(str(audio)) as file:
        starts = range(0, file.frames, BLOCK)
        first = next((at for one in starts if (at := _loud(file, one, 0)) is not None), 0)
        last = next((at for one in starts[::-1] if (at := _loud(file, one, -1)) is not None), None)
    return Span(start=first / RATE, end=first / RATE if last is None else (last + 1) / RATE)


def _loud(file: Any, start: int, which: int) -> int | None:  # noqa: ANN401 - soundfile ships no types
    """Number of the first (0) or last (-1) sample in a block that is not silent."""
    file.seek(start)
    loud = np.flatnonzero(np.abs(file.read(BLOCK, dtype="float32")) >= SOUND)
    return start + int(loud[which]) if len(loud) else None


def windows(
    audio: Path, length: float, step: float, within: Span
) -> Iterator[tuple[float, Samples]]:
    """Windows of `length` seconds every `step`, the last padded with zeros, with their start in `within`."""
    import soundfile

    size, hop = round(length * RATE), round(step * RATE)
    start, end = round(within.start * RATE), round(within.end * RATE)
    with soundfile.SoundFile(str(audio)) as file:
        file.seek(start)
        left = end - start
        kept = file.read(min(size, left), dtype="float32")
        left -= len(kept)
        at = 0
        while True:
            yield at / RATE, np.pad(kept, (0, size - len(kept))).astype(np.float32)
            more = file.read(min(hop, left), dtype="float32")
            left -= len(more)
            if len(kept) < size or not len(more):
                return
            kept = np.concatenate([kept[hop:], more])
            at += hop
