"""A backlog of many times what the workers can take: does it drain, in which bounds: `python -m bench.backlog --runs N`.

One class uploads all of the runs as fast as they are taken; another one now and then. With quick engines (`--worker
tests.quick_worker`) what surrounds them is measured: intake, fair order, broker, ledger, storage.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import numpy as np
import soundfile
from sqlalchemy import select

from bench.crowd import Crowd, Look
from config.settings import settings
from embedded.stack import Stack
from models.database import connect, sessions
from models.tables import Run
from pipeline.adapters.audio import RATE
from tasks.app import app

MEGA = 1024**2
LOOK = 5.0
"""Seconds between two looks: each reads all runs."""
SETTLED = 20
"""Runs after which every process has met every stage: what it holds then it may hold."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one table; 1 where something is left after `--patience`."""
    parser = argparse.ArgumentParser(prog="python -m bench.backlog", description="A backlog.")
    parser.add_argument("--runs", type=int, default=5000, help="Uploads of the large class.")
    parser.add_argument(
        "--every", type=float, default=30.0, help="Seconds between two of the small."
    )
    parser.add_argument("--at-once", type=int, default=8, help="Runs on their way at most.")
    parser.add_argument("--worker", default="workers.app", help="Module of the worker.")
    parser.add_argument("--recording", type=Path, help="Without it, two seconds of noise.")
    parser.add_argument("--patience", type=float, default=6 * 3600.0, help="Seconds at most.")
    given = parser.parse_args(arguments)
    # Told to end, it leaves neither processes nor folders.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    for name in [one for one in os.environ if one.startswith("COLLOQUY_")]:
        del os.environ[name]
    # The stack's processes take no module from the current folder.
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[1])
    os.environ["COLLOQUY_WORKERS__RUNS_AT_ONCE"] = str(given.at_once)
    with tempfile.TemporaryDirectory(prefix="colloquy-backlog-") as folder:
        os.environ["COLLOQUY_HOME"] = folder
        with Stack(Path(folder), worker=given.worker, flower=False, intake=False) as stack:
            settings.cache_clear()
            # What this process sends goes there, too: the app was made before there was a stack.
            app.conf.broker_url = stack.valkey.url
            given.recording = given.recording or noise(Path(folder) / "noise.wav")
            engine = connect(stack.postgres.url)
            crowd = Crowd(settings(), sessions(engine), stack)
            drained = measure(crowd, given)
            engine.dispose()
    return 0 if drained else 1


def noise(path: Path) -> Path:
    """As short as may be: to decode it is no part of what is measured."""
    samples = np.random.default_rng(5).normal(0, 0.01, 2 * RATE)
    soundfile.write(str(path), samples, RATE)
    return path


def measure(crowd: Crowd, given: argparse.Namespace) -> bool:
    """Upload, watch, print; whether all of it came to an end."""
    accepted: list[float] = []

    def send() -> None:
        for _ in range(given.runs):
            crowd.upload("large", given.recording)
        accepted.append(time.monotonic())

    sender = threading.Thread(target=send, daemon=True)
    started = time.monotonic()
    sender.start()
    small: list[UUID] = []
    due = started + given.every
    while True:
        seen = crowd.look()
        told(seen, started)
        if (accepted and not seen.left) or seen.at > started + given.patience:
            break
        if not sender.is_alive() and not accepted:
            break
        # Beside a backlog only: what comes after it proves nothing.
        if seen.at >= due and seen.left > given.at_once:
            small += crowd.upload("small", given.recording)
            due += given.every
        time.sleep(LOOK)
    show(crowd, given, small, started, accepted[0] if accepted else None)
    return bool(accepted) and not crowd.looks[-1].left


def told(seen: Look, started: float) -> None:
    """A line on stderr, for who waits."""
    line = (
        f"{seen.at - started:6.0f} s  {seen.over} over, {seen.left} left, {seen.messages} messages"
    )
    print(line, file=sys.stderr, flush=True)


def show(
    crowd: Crowd,
    given: argparse.Namespace,
    small: list[UUID],
    started: float,
    accepted: float | None,
) -> None:
    """The table."""
    looks, last = crowd.looks, crowd.looks[-1]
    seconds = last.at - started
    taken = "not all" if accepted is None else f"in {accepted - started:.0f} s"
    most = max(one.left for one in looks)
    print(
        f"uploads                {given.runs} and {len(small)}, accepted {taken}; {most} left at most"
    )
    print(
        f"drained                {'no' if last.left else 'yes'}, after {seconds:.0f} s: {last.over / seconds:.2f} runs/s"
    )
    print(
        f"messages in the broker {max(one.messages for one in looks)} at most; {given.at_once} runs at once"
    )
    begin = next((one for one in looks if one.over >= SETTLED), looks[0])
    middle = next((one for one in looks if 2 * one.over >= last.over), last)
    for name, one in (("start", begin), ("middle", middle), ("end", last)):
        print(f"{name:<23}after {one.over} runs: {state(one)}")
    replaced = {one.pid for look in looks for one in look.pool} - {one.pid for one in begin.pool}
    print(f"pool processes         {len(replaced)} replaced")
    show_small(crowd, small)
    print(f"statuses that disagree {len(crowd.wrong)} in {len(looks)} looks")


def state(seen: Look) -> str:
    """Memory and open files of each process."""
    return ", ".join(
        f"{one.name} {one.memory / MEGA:.0f} MB {one.files} files"
        for one in sorted(seen.processes, key=lambda one: (one.name, one.pid))
    )


def show_small(crowd: Crowd, small: list[UUID]) -> None:
    """How the class fared that uploads now and then."""
    with crowd.store.begin() as session:
        runs = session.execute(
            select(Run.conversation_id, Run.created_at, Run.finished_at, Run.state)
        ).all()
    over = [(talk, made, end) for talk, made, end, _ in runs if made and end]
    ends = sorted(end for talk, _, end in over if talk not in small)
    mine = [(made, end) for talk, made, end in over if talk in small]
    if ends and mine:
        beside = [end for _, end in mine if end < ends[-1]]
        longest = max((end - made).total_seconds() for made, end in mine)
        most = max(sum(made < one < end for one in ends) for made, end in mine)
        print(
            f"the small class        {len(beside)} of {len(small)} ended while the large one's backlog stood; "
            f"{longest:.0f} s and {most} runs of the other at most before one ended"
        )
    print(f"states                 {dict(Counter(state for *_, state in runs))}")


if __name__ == "__main__":
    sys.exit(main())
