"""Reading the stored recordings: 16 kHz mono FLAC, by blocks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

RATE = 16_000
"""Hz; `decode` stores nothing else."""

Samples = npt.NDArray[np.float32]


def seconds_of(audio: Path) -> float:
    """Length in seconds."""
    import soundfile

    return float(soundfile.info(str(audio)).duration)


def read(audio: Path, start: float = 0.0, end: float | None = None) -> Samples:
    """Samples from `start` to `end` seconds, shape (n,), -1 to 1; cut at the file's end."""
    import soundfile

    stop = None if end is None else round(end * RATE)
    samples, _ = soundfile.read(str(audio), start=round(start * RATE), stop=stop, dtype="float32")
    return np.asarray(samples, dtype=np.float32)


def windows(audio: Path, length: float, step: float) -> Iterator[tuple[float, Samples]]:
    """Windows of `length` seconds every `step`, the last padded with zeros, with their start."""
    import soundfile

    size, hop = round(length * RATE), round(step * RATE)
    with soundfile.SoundFile(str(audio)) as file:
        kept = file.read(size, dtype="float32")
        start = 0
        while True:
            yield start / RATE, np.pad(kept, (0, size - len(kept))).astype(np.float32)
            if len(kept) < size:
                return
            more = file.read(hop, dtype="float32")
            if not len(more):
                return
            kept = np.concatenate([kept[hop:], more])
            start += hop
