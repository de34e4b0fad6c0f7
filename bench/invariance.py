"""How far scores move when only the sound's form does: `python -m bench.invariance [--learner S1] RECORDING…`.

Each recording, or each in a folder, is analysed as it is and in forms that say the same: 20 dB softer, 6 dB louder,
3 s of silence at both ends, as MP3 at 64 kbit/s, and in telephone band (8 kHz). Shifts are shares of a score's cap.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import soundfile

from config.settings import settings
from pipeline.adapters.audio import RATE
from pipeline.adapters.pyav import PyAv
from pipeline.analysis import ScorePart
from pipeline.reports import Dimension
from workers.local import Analyst

Samples = npt.NDArray[np.float32]

LIMITS = {"again": 0.0, "softer": 0.02, "louder": 0.02, "silence": 0.02, "mp3": 0.05}
"""Shares of the cap that a score may move by; the telephone band must stay inside the score's own interval."""

RECORDINGS = {".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a", ".mp4", ".webm"}
"""What is taken for a recording in a folder, where other things lie too."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One score of one recording, as it is and in another form."""

    recording: str
    form: str
    dimension: Dimension
    before: ScorePart
    after: ScorePart

    @property
    def scored(self) -> bool:
        """Whether there is a score in at least one of the two."""
        return self.before.score is not None or self.after.score is not None

    @property
    def moved(self) -> float:
        """Share of the cap; all of it where one of the two has no score and the other has."""
        if self.before.score is None or self.after.score is None:
            return float(self.scored)
        return float(abs(self.after.score - self.before.score) / self.before.cap)

    @property
    def within(self) -> bool:
        """Whether the score moved by no more than it may."""
        if self.form in LIMITS:
            return self.moved <= LIMITS[self.form]
        before, after = self.before, self.after
        if before.low is None or before.high is None or after.score is None:
            return not self.scored
        return before.low <= after.score <= before.high

    def __str__(self) -> str:
        """One row."""
        return (
            f"{self.recording:24}{self.form:12}{self.dimension:16}{self.moved:6.3f}"
            f"  {self.before.score} → {self.after.score}{'' if self.within else '  TOO FAR'}"
        )


def compare(
    analyst: Analyst, recording: Path, learner: str, forms: Sequence[str] = tuple(FORMS)
) -> Iterator[Shift]:
    """Each form and dimension of one recording."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sound = PyAv(36_000).decode(recording, folder, lambda _: None)
        # Half of full scale, so that 6 dB more clip nothing: the decoder's level is its own anyway.
        samples, _ = soundfile.read(str(sound.path), dtype="float32")
        samples *= np.float32(0.49 / max(float(np.abs(samples).max()), 1e-6))
        first = analyst.analyze(wav(folder / "base.wav", samples), learner=learner).scores
        for form in forms:
            found = analyst.analyze(FORMS[form](folder, samples), learner=learner).scores
            for dimension in Dimension:
                yield Shift(
                    recording=recording.name,
                    form=form,
                    dimension=dimension,
                    before=getattr(first, dimension.value),
                    after=getattr(found, dimension.value),
                )


def table(shifts: Sequence[Shift]) -> Iterator[str]:
    """Median and worst shift a form and dimension, and the share of the scores that stay within the limits."""
    yield f"{'':28}{'median':>8}{'worst':>8}  within"
    for form in dict.fromkeys(one.form for one in shifts):
        whole = [one for one in shifts if one.form == form and one.scored]
        for dimension in Dimension:
            yield from _row(form, dimension, [one for one in whole if one.dimension == dimension])
        yield from _row(form, "all", whole)
    yield from _row("all forms", "", [one for one in shifts if one.scored])


def _row(form: str, dimension: str, shifts: Sequence[Shift]) -> Iterator[str]:
    if shifts:
        moved, good = [one.moved for one in shifts], sum(one.within for one in shifts)
        share = f"{good} of {len(shifts)} ({100 * good / len(shifts):.0f} %)"
        yield f"{form:12}{dimension:16}{median(moved):8.3f}{max(moved):8.3f}  {share}"


def files(paths: Sequence[Path]) -> list[Path]:
    """The paths, in place of a folder the recordings in it."""
    return [
        file
        for path in paths
        for file in (sorted(path.iterdir()) if path.is_dir() else [path])
        if not path.is_dir() or file.suffix in RECORDINGS
    ]


def main() -> int:
    """Print the shifts; exit status 1 when a score moved by more than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learner", default="S1", help="of every recording")
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=list(FORMS))
    parser.add_argument("recordings", type=Path, nargs="+", help="files, or folders of them")
    options = parser.parse_args()
    analyst, shifts = Analyst(settings()), list[Shift]()
    for recording in files(options.recordings):
        for one in compare(analyst, recording, options.learner, options.forms):
            print(one, flush=True)
            shifts.append(one)
    print(*table(shifts), sep="\n")
    return 0 if all(one.within for one in shifts) else 1


if __name__ == "__main__":
    sys.exit(main())
