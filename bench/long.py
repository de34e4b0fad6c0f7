"""Long recordings: seconds, memory and the cost of a kill a stage: `python -m bench.long --data FOLDER --hours H`.

The recording is made of the folder's `.flac` files (16 kHz mono) one after the other, again and again, each followed
by silence so that speech fills the share `--talk`. A line a stage, each in a process of its own: CPU and wall seconds,
peak memory, parts kept, and what a kill costs when nine tenths of the parts are kept: the newest tenth is thrown away,
the stage runs again, and the line tells the CPU seconds beyond those that the lost parts had taken.

With `--heard H` diarize hears the first H hours only, and each further part is a copy of one of theirs with noise on
the vectors: what comes after the hearing at the size of the whole, for a hundredth of the work. Where decode is not
among the `--stages`, the others get the recording as it was made.
"""

from __future__ import annotations

import argparse
import io
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import cycle, repeat
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import soundfile

from config.settings import settings
from pipeline.adapters.audio import RATE, Samples
from pipeline.adapters.folder import FolderMedia
from pipeline.adapters.stretches import STRETCH
from pipeline.artifacts import Artifact, freeze
from pipeline.memory import MemoryLedger
from pipeline.parts import Parts
from pipeline.plan import ANALYSIS
from pipeline.runner import Claim, Result, run_stage
from pipeline.values import Recording, SpeakerTurns, Transcript, Upload
from workers.toolbox import Toolbox

LEAST_SILENCE = 2.0
"""Seconds between two conversations, also where they shall follow each other at once."""
NOISE = 0.05
"""Of a vector's length: two windows of one voice differ by more."""
KEPT = 0.9
"""Share of the parts that outlast the kill."""
WINDOW_STEP = 2.0
"""Seconds between diarize's windows in all but the shortest recordings."""
NAMES = ("decode", "transcribe", "diarize")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one stage took, in its process."""

    stage: str
    cpu: float
    wall: float
    peak: float
    """GB of resident memory, the highest."""
    parts: int
    megabytes: float
    """Of all parts."""
    found: str


class FolderParts:
    """Parts as files; where `heard` windows are given, diarize's parts after them are made from those before."""

    def __init__(self, folder: Path, heard: int | None = None) -> None:
        """The folder is made."""
        self._folder, self._heard = folder, heard
        folder.mkdir(parents=True, exist_ok=True)

    def load(self, name: str) -> bytes | None:
        """The file's bytes, or those of the echo."""
        path = self._path(name)
        if path.exists():
            return path.read_bytes()
        step, _, windows = name.partition("/")
        if self._heard is None or step != "heard":
            return None
        first, last = (int(one) for one in windows.split("-"))
        if first < self._heard:
            return None
        self.save(name, self._echo(first % self._heard, last - first))
        return path.read_bytes()

    def save(self, name: str, body: bytes) -> None:
        """One file a part."""
        self._path(name).write_bytes(body)

    def kept(self) -> list[Path]:
        """In the order in which they were kept."""
        return sorted(self._folder.iterdir(), key=lambda one: one.stat().st_mtime_ns)

    def _echo(self, first: int, windows: int) -> bytes:
        with np.load(self._path(f"heard/{first}-{first + STRETCH}")) as found:
            activity, vectors = found["activity"][:windows], found["vectors"][:windows]
        size = NOISE * np.nanmean(np.linalg.norm(vectors, axis=-1)) / np.sqrt(vectors.shape[-1])
        noise = np.random.default_rng().normal(0, size, vectors.shape).astype(np.float32)
        packed = io.BytesIO()
        np.savez_compressed(packed, activity=activity, vectors=vectors + noise)
        return packed.getvalue()

    def _path(self, name: str) -> Path:
        return self._folder / name.replace("/", "+")


class Ledger(MemoryLedger):
    """Knows what `decode` gave, and keeps parts in the folder."""

    def __init__(self, folder: Path, heard: int | None) -> None:
        """As after `decode`, where that was done."""
        super().__init__(ANALYSIS, Upload(name="media", key="media", size=1, language="en"))
        self._folder, self._heard = folder, heard
        recording = folder / "recording.json"
        if recording.exists():
            self._artifacts["Recording"] = Artifact(type="Recording", body=recording.read_text())

    def parts(self, claim: Claim, key: str) -> Parts:
        """The stage's."""
        del key
        return FolderParts(self._folder / "parts" / claim.stage, self._heard)


def make(sources: list[Path], target: Path, hours: float, talk: float) -> None:
    """Write the recording, block by block."""
    left = round(hours * 3600 * RATE)
    with soundfile.SoundFile(target, "w", RATE, 1, format="FLAC") as out:
        for block in sound(sources, talk):
            out.write(block[:left])
            left -= len(block)
            if left <= 0:
                return


def sound(sources: list[Path], talk: float) -> Iterator[Samples]:
    """The sources and silences in turn, without an end."""
    silence = np.zeros(RATE, np.float32)
    for source in cycle(sources):
        yield from soundfile.blocks(source, 60 * RATE, dtype="float32")
        seconds = soundfile.info(source).duration
        yield from repeat(silence, round(max(LEAST_SILENCE, seconds * (1 / talk - 1))))


def leave_decode_out(folder: Path) -> None:
    """The recording is 16 kHz mono FLAC already."""
    sound = Recording(
        key="media",
        sha256="0" * 64,
        duration=soundfile.info(folder / "media").duration,
        sample_rate=RATE,
        channels=1,
        codec="flac",
        gain_db=0.0,
    )
    (folder / "recording.json").write_text(freeze(sound).body)


def run(stage: str, folder: Path, heard: int | None = None) -> Line:
    """One stage in this process, by the runner that workers use."""
    started, before = time.monotonic(), cpu_seconds()
    ledger = Ledger(folder, heard)
    media = FolderMedia(folder)
    tools = {**Toolbox(settings(), media=media), "media": media}
    run_stage(ANALYSIS, ANALYSIS[stage], ledger.run_id, owner="bench", ledger=ledger, tools=tools)
    if ledger.error is not None:
        # Not itself: it cannot be sent to the process that waits.
        raise RuntimeError(str(ledger.error))
    result = ledger.results[stage]
    if stage == "decode":
        (folder / "recording.json").write_text(result.artifact.body)
    parts = FolderParts(folder / "parts" / stage).kept()
    return Line(
        stage=stage,
        cpu=cpu_seconds() - before,
        wall=time.monotonic() - started,
        # On Linux the unit is KiB.
        peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9,
        parts=len(parts),
        megabytes=sum(one.stat().st_size for one in parts) / 1e6,
        found=told(ledger, result),
    )


def told(ledger: MemoryLedger, result: Result) -> str:
    """How much the stage found."""
    if result.artifact.type == "Transcript":
        words = sum(len(one.words) for one in ledger.value(Transcript).utterances)
        return f"{words} words"
    if result.artifact.type == "SpeakerTurns":
        turns = ledger.value(SpeakerTurns).turns
        return f"{len(turns)} turns of {len({one.label for one in turns})}"
    return f"{len(result.artifact.body)} bytes"


def cpu_seconds() -> float:
    """User and system time of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def apart(stage: str, folder: Path, heard: int | None) -> Line:
    """The stage in a process of its own, so that its peak is its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(run, stage, folder, heard).result()


def killed(first: Line, folder: Path, heard: int | None) -> float:
    """CPU seconds that a kill with nine tenths of the parts kept costs beyond the lost parts' own."""
    kept = FolderParts(folder / "parts" / first.stage).kept()
    lost = kept[round(KEPT * len(kept)) :]
    for one in lost:
        one.unlink()
    again = apart(first.stage, folder, heard)
    return again.cpu - first.cpu * len(lost) / len(kept)


def main() -> None:
    """Make the recording, run the stages, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--names", nargs="*", help="only these recordings of the folder")
    parser.add_argument("--hours", type=float, default=10.0)
    parser.add_argument("--talk", type=float, default=1.0, help="share of the time with speech")
    parser.add_argument("--heard", type=float, help="hours that diarize hears; the rest is an echo")
    parser.add_argument("--stages", nargs="*", choices=NAMES, default=NAMES)
    options = parser.parse_args()
    names = options.names or ["*"]
    sources = sorted(one for name in names for one in options.data.glob(f"{name}.flac"))
    if not sources:
        parser.error("the folder holds no such recordings")
    heard = options.heard and STRETCH * round(options.heard * 3600 / WINDOW_STEP / STRETCH)
    with tempfile.TemporaryDirectory(prefix="colloquy-bench-") as name:
        folder = Path(name)
        make(sources, folder / "media", options.hours, options.talk)
        print(f"{options.hours:g} h, speech in {100 * options.talk:g} % of it", flush=True)
        print(
            "stage         CPU s   wall s  peak GB  parts      MB  a kill at 90 % costs", flush=True
        )
        if "decode" not in options.stages:
            leave_decode_out(folder)
        for stage in [one for one in NAMES if one in options.stages]:
            line = apart(stage, folder, heard if stage == "diarize" else None)
            cost = f"{killed(line, folder, heard):.0f} CPU s" if line.parts else "the stage anew"
            print(
                f"{line.stage:<12}{line.cpu:7.0f}{line.wall:9.0f}{line.peak:9.2f}{line.parts:7}"
                f"{line.megabytes:8.1f}  {cost}  ({line.found})",
                flush=True,
            )


if __name__ == "__main__":
    main()
