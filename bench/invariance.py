"""How far scores move when only the sound's form does: `python -m bench.invariance [--learner S1] RECORDING…`.

Each recording is analysed as it is and in forms that say the same: 20 dB softer, 6 dB louder, 3 s of silence at both
ends, as MP3 at 64 kbit/s, and in telephone band (8 kHz). Shifts are shares of a score's cap.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import soundfile

from config.settings import settings
from pipeline.adapters.audio import RATE
from pipeline.adapters.pyav import PyAv
from pipeline.analysis import Analysis, ScorePart
from pipeline.reports import Dimension
from workers.local import Analyst

Samples = npt.NDArray[np.float32]

LIMITS = {"again": 0.0, "softer": 0.02, "louder": 0.02, "silence": 0.02, "mp3": 0.05}
"""Shares of the cap that a score may move by; the telephone band must stay inside the score's own interval."""


def wav(path: Path, samples: npt.NDArray[Any], rate: int = RATE) -> Path:
    """A 16-bit WAV file, clipped to full scale."""
    soundfile.write(str(path), np.clip(samples, -1, 1), rate, subtype="PCM_16")
    return path


def mp3(path: Path, samples: Samples) -> Path:
    """An MP3 file at 64 kbit/s."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mp3", rate=RATE, layout="mono")
        stream.bit_rate = 64_000
        frame = av.AudioFrame.from_ndarray(samples[np.newaxis], format="fltp", layout="mono")
        frame.sample_rate = RATE
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def telephone(samples: Samples) -> Samples:
    """At 8 kHz: everything above 3.6 kHz taken out first."""
    spectrum = np.fft.rfft(samples)
    spectrum[np.fft.rfftfreq(len(samples), 1 / RATE) > 3600] = 0  # noqa: PLR2004 - a telephone's band ends there
    low: Samples = np.fft.irfft(spectrum, len(samples))[::2].astype(np.float32)
    return low


FORMS: dict[str, Callable[[Path, Samples], Path]] = {
    "again": lambda folder, samples: wav(folder / "again.wav", samples),
    "softer": lambda folder, samples: wav(folder / "softer.wav", samples / 10),
    "louder": lambda folder, samples: wav(folder / "louder.wav", samples * 2),
    "silence": lambda folder, samples: wav(
        folder / "silence.wav", np.pad(samples, 3 * RATE).astype(np.float32)
    ),
    "mp3": lambda folder, samples: mp3(folder / "mp3.mp3", samples),
    "telephone": lambda folder, samples: wav(folder / "telephone.wav", telephone(samples), 8000),
}


def parts(analysis: Analysis) -> dict[Dimension, ScorePart]:
    """The five scores by dimension."""
    return {one: getattr(analysis.scores, one.value) for one in Dimension}


def shift(before: ScorePart, after: ScorePart) -> float | None:
    """Share of the cap; None where one of the two has no score and the other has."""
    if before.score is None or after.score is None:
        return 0.0 if before.score is after.score else None
    return float(abs(after.score - before.score) / before.cap)


def within(name: str, before: ScorePart, after: ScorePart) -> bool:
    """Whether the score moved by no more than it may."""
    moved = shift(before, after)
    if moved is None:
        return False
    if name in LIMITS:
        return moved <= LIMITS[name]
    if before.score is None or after.score is None or before.low is None or before.high is None:
        return True
    return before.low <= after.score <= before.high


def compare(
    analyst: Analyst, recording: Path, learner: str
) -> Iterator[tuple[str, Dimension, ScorePart, ScorePart]]:
    """Each form and dimension with its score before and after."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sound = PyAv(36_000).decode(recording, folder, lambda _: None)
        # Half of full scale, so that 6 dB more clip nothing: the decoder's level is its own anyway.
        samples, _ = soundfile.read(str(sound.path), dtype="float32")
        samples *= np.float32(0.49 / max(float(np.abs(samples).max()), 1e-6))
        first = parts(analyst.analyze(wav(folder / "base.wav", samples), learner=learner))
        for form, make in FORMS.items():
            after = parts(analyst.analyze(make(folder, samples), learner=learner))
            for dimension in Dimension:
                yield form, dimension, first[dimension], after[dimension]


def main() -> int:
    """Print the shifts; exit status 1 when a score moved by more than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learner", default="S1")
    parser.add_argument("recordings", type=Path, nargs="+")
    options = parser.parse_args()
    analyst, far = Analyst(settings()), 0
    for recording in options.recordings:
        for form, dimension, before, after in compare(analyst, recording, options.learner):
            moved, good = shift(before, after), within(form, before, after)
            far += not good
            told = "   -  " if moved is None else f"{moved:6.3f}"
            print(
                f"{recording.name:24}{form:12}{dimension:16}{told}  {before.score} → {after.score}"
                f"{'' if good else '  TOO FAR'}",
                flush=True,
            )
    return 1 if far else 0


if __name__ == "__main__":
    sys.exit(main())
