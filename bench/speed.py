"""Seconds per audio second a stage, and what queue, ledger and storage add: `python -m bench.speed [RECORDING]`.

The bare engines are the plan in this process, two stages side by side as in the workers; the chain is an upload to an
embedded stack with two worker processes. Each is warmed and then run RUNS times in turn; medians are quoted.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

os.environ.setdefault("OMP_NUM_THREADS", "1")

import psutil

from cli.conversations import store
from cli.demo import RECORDING
from config.settings import settings
from embedded.stack import Stack
from workers.local import Analyst
from workers.submit import submit

RUNS = 3
SHORT = RECORDING.with_name("short.ogg")
WARM = 8
"""Short conversations before the chain is timed. Each of the two processes must have met every stage once, or its
models are loaded in the middle of a timed run: with eight, a given stage is missed in 1 of 128 benches."""


def bare(analyst: Analyst, recording: Path) -> tuple[float, dict[str, float], float]:
    """Wall seconds, seconds a stage, seconds of audio."""
    started = time.monotonic()
    found = analyst.analyze(recording, learner="S1")
    wall = time.monotonic() - started
    stages = {name: step.seconds or 0.0 for name, step in found.provenance.stages.items()}
    return wall, stages, found.media.duration


def chain(recording: Path) -> float:
    """Wall seconds from the begin of the upload to the end of the run."""
    started = time.monotonic()
    runs = store()
    conversation = submit(settings(), recording, user="demo", learner="S1")
    while True:
        status = runs.latest(conversation)
        if status is not None and status.over:
            return time.monotonic() - started
        time.sleep(0.05)


def peak_worker_memory(stack: Stack) -> float:
    """GB of resident memory of the largest worker process, its highest so far."""
    parent = psutil.Process(stack.children["worker"].process.pid)
    peaks = []
    for one in [parent, *parent.children(recursive=True)]:
        text = Path(f"/proc/{one.pid}/status").read_text(encoding="utf-8")
        peaks += [int(line.split()[1]) for line in text.splitlines() if line.startswith("VmHWM")]
    return max(peaks) / 1024**2


def main() -> None:
    """Measure both and print the table."""
    recording = Path(sys.argv[1]) if len(sys.argv) > 1 else RECORDING
    with tempfile.TemporaryDirectory(prefix="colloquy-bench-") as folder:
        os.environ["COLLOQUY_HOME"] = folder
        with Stack(Path(folder)) as stack:
            settings.cache_clear()
            analyst = Analyst(settings())
            bare(analyst, recording)
            for _ in range(WARM):
                chain(SHORT)
            alone, together, stages = [], [], []
            for _ in range(RUNS):
                wall, seconds, duration = bare(analyst, recording)
                alone.append(wall / duration)
                stages.append({name: one / duration for name, one in seconds.items()})
                together.append(chain(recording) / duration)
            memory = peak_worker_memory(stack)
    for name in stages[0]:
        print(f"{name:<16}{median(one[name] for one in stages):8.4f} s per audio second")
    overhead = median(b / a - 1 for a, b in zip(alone, together, strict=True))
    print(f"{'bare engines':<16}{median(alone):8.4f} s per audio second, wall")
    print(f"{'chain':<16}{median(together):8.4f} s per audio second, wall")
    print(f"{'overhead':<16}{100 * overhead:8.1f} %")
    print(f"{'worker memory':<16}{memory:8.2f} GB at most")


if __name__ == "__main__":
    main()
