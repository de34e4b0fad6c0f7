"""Seconds per audio second a stage, and what queue, ledger and storage add: `python -m bench.speed [RECORDING]`.

The bare engines are the plan in this process, two stages side by side as in the workers; the chain is an upload to an
embedded stack with two worker processes. Each is warmed and then run RUNS times in turn; medians are quoted.
`between stages` is the time of the chain in which no stage of the run works: what queue and ledger cost for certain,
where the ratio of the two also holds the machine's other work.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from uuid import UUID

os.environ.setdefault("OMP_NUM_THREADS", "1")

import psutil
from sqlalchemy import select

from cli.conversations import store
from cli.demo import RECORDING
from config.settings import settings
from embedded.stack import Stack
from models.database import connect, database_url, sessions
from models.runs import StageResult
from workers.local import Analyst
from workers.submit import submit

RUNS = 5
SHORT = RECORDING.with_name("short.ogg")
WARM = 8
"""Short conversations before the chain is timed. Each of the two processes must have met every stage once, or its
models are loaded in the middle of a timed run: with eight, a given stage is missed in 1 of 128 benches."""
SAID = "Seconds per audio second a stage, and what queue, ledger and storage add."
HELP = "A recording that the learner begins; without it, the demo's."
LOOK = 0.5
"""Seconds between two looks at the run."""


def bare(analyst: Analyst, recording: Path) -> tuple[float, dict[str, float], float]:
    """Wall seconds, seconds a stage, seconds of audio."""
    started = time.monotonic()
    found = analyst.analyze(recording, learner="S1")
    wall = time.monotonic() - started
    stages = {name: step.seconds or 0.0 for name, step in found.provenance.stages.items()}
    return wall, stages, found.media.duration or 0.0


def chain(recording: Path) -> tuple[float, float, dict[str, float]]:
    """Wall seconds from the begin of the upload to the end of the run, those in which no stage worked, and a stage's.

    The end is the one that the ledger noted: looking for it all the time would slow the stages down.
    """
    started = time.time()
    runs = store()
    conversation = submit(settings(), recording, user="demo", learner="S1")
    while True:
        status = runs.latest(conversation)
        if status is not None and status.finished_at is not None:
            wall = status.finished_at.timestamp() - started
            stages = {one.stage: one.seconds or 0.0 for one in status.stages}
            return wall, wall - working(status.id), stages
        time.sleep(LOOK)


def working(run: UUID) -> float:
    """Seconds in which one stage of the run or more was at work."""
    engine = connect(database_url(settings()), pooled=False)
    with sessions(engine).begin() as session:
        rows = session.execute(
            select(StageResult.started_at, StageResult.finished_at)
            .where(StageResult.run_id == run)
            .order_by(StageResult.started_at)
        ).all()
    engine.dispose()
    total, until = 0.0, 0.0
    for began, ended in rows:
        if began is None or ended is None:
            continue
        total += max(0.0, ended.timestamp() - max(until, began.timestamp()))
        until = max(until, ended.timestamp())
    return total


def peak_worker_memory(stack: Stack) -> float:
    """GB of resident memory of the largest worker process, its highest so far."""
    parent = psutil.Process(stack.children["worker"].process.pid)
    peaks = []
    for one in [parent, *parent.children(recursive=True)]:
        text = Path(f"/proc/{one.pid}/status").read_text(encoding="utf-8")
        peaks += [int(line.split()[1]) for line in text.splitlines() if line.startswith("VmHWM")]
    return max(peaks) / 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Medians of RUNS rounds; seconds per audio second where nothing else is said."""

    bare: dict[str, float]
    """Of each stage, in one process and without queue and storage."""
    stages: dict[str, float]
    """The same in the chain."""
    bare_wall: float
    chain_wall: float
    overhead: float
    """What the chain takes longer, as a share of the bare engines."""
    between: float
    """Share of the chain's time in which no stage is at work."""
    worker_gigabytes: float


def measure(recording: Path) -> Speed:
    """Both in turn, warm."""
    with tempfile.TemporaryDirectory(prefix="colloquy-bench-") as folder:
        os.environ["COLLOQUY_HOME"] = folder
        with Stack(Path(folder)) as stack:
            settings.cache_clear()
            analyst = Analyst(settings())
            bare(analyst, recording)
            for _ in range(WARM):
                chain(SHORT)
            chain(recording)
            alone, together, idle, engines, stages = [], [], [], [], []
            for _ in range(RUNS):
                wall, seconds, duration = bare(analyst, recording)
                alone.append(wall / duration)
                engines.append({name: one / duration for name, one in seconds.items()})
                wall, between, seconds = chain(recording)
                together.append(wall / duration)
                idle.append(between / wall)
                stages.append({name: one / duration for name, one in seconds.items()})
            memory = peak_worker_memory(stack)
    return Speed(
        bare={name: median(one.get(name, 0.0) for one in engines) for name in stages[0]},
        stages={name: median(one[name] for one in stages) for name in stages[0]},
        bare_wall=median(alone),
        chain_wall=median(together),
        overhead=median(b / a - 1 for a, b in zip(alone, together, strict=True)),
        between=median(idle),
        worker_gigabytes=memory,
    )


def table(found: Speed) -> Iterator[str]:
    """A line a stage, then the whole."""
    yield "seconds per audio second: bare, in the chain"
    for name, seconds in found.stages.items():
        yield f"{name:<16}{found.bare[name]:8.4f}{seconds:8.4f}"
    yield f"{'bare engines':<16}{found.bare_wall:8.4f} s per audio second, wall"
    yield f"{'chain':<16}{found.chain_wall:8.4f} s per audio second, wall"
    yield f"{'overhead':<16}{100 * found.overhead:8.1f} %"
    yield f"{'between stages':<16}{100 * found.between:8.1f} % of the chain"
    yield f"{'worker memory':<16}{found.worker_gigabytes:8.2f} GB at most"


def main(arguments: list[str] | None = None) -> None:
    """Measure both and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.speed", description=SAID)
    parser.add_argument("recording", nargs="?", type=Path, default=RECORDING, help=HELP)
    recording: Path = parser.parse_args(arguments).recording
    if not recording.is_file():
        parser.error(f"there is no file {recording}")
    print(*table(measure(recording)), sep="\n")


if __name__ == "__main__":
    main()
