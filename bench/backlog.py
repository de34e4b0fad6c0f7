"""A backlog of many times what the workers can take: does it drain, in which bounds: `python -m bench.backlog --runs N`.

The engines are the tests' quick ones, so that what surrounds them is what is measured: intake, fair order, broker,
ledger, storage. One class has nearly all of the uploads; one upload of another class comes last.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from sqlalchemy import func, select

from cli.demo import RECORDING
from config.settings import settings
from models.tables import Run
from tests.integration import backlog
from tests.integration.stacks import database_of, running

MEGA = 1024**2
PATIENCE = 6 * 3600.0
LOOK = 2.0
"""Seconds between two looks: each reads all runs."""


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description="How a backlog drains.")
    parser.add_argument("--runs", type=int, default=5000, help="Uploads, all at once.")
    parser.add_argument("--at-once", type=int, default=8, help="Runs on their way at most.")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="colloquy-backlog-") as folder,
        running(
            Path(folder), intake=False, COLLOQUY_WORKERS__RUNS_AT_ONCE=str(given.at_once)
        ) as stack,
        database_of(stack) as store,
    ):
        started = time.monotonic()
        recording = RECORDING.with_name("short.ogg")
        crowd = backlog.upload(
            settings(), store, backlog.group(store, "crowd"), recording, given.runs - 1
        )
        alone = backlog.upload(settings(), store, backlog.group(store, "alone"), recording, 1)
        accepted = time.monotonic()
        waiting = backlog.left(store, crowd)
        seen = backlog.watch(stack, store, [*crowd, *alone], every=LOOK, patience=PATIENCE)
        ended = time.monotonic()
        with store.begin() as session:
            runs = session.scalars(select(Run).order_by(Run.finished_at)).all()
            states = dict(
                session.execute(select(Run.state, func.count()).group_by(Run.state)).all()
            )
        one = next(run for run in runs if run.conversation_id == alone[0])
        before = sum(
            run.finished_at is not None
            and one.finished_at is not None
            and one.created_at is not None
            and one.created_at < run.finished_at < one.finished_at
            for run in runs
        )
    settled = len(seen.files) // 10
    print(f"runs                      {given.runs}, in the end: {states}")
    print(f"uploads accepted          {accepted - started:.0f} s; {waiting} runs were left then")
    print(
        f"drained                   {ended - started:.0f} s, {given.runs / (ended - started):.2f} runs/s"
    )
    print(f"messages in the broker    {max(seen.messages)} at most; {given.at_once} runs at once")
    print(
        f"memory of the pool        {seen.memory[settled] / MEGA:.0f} MB after a tenth, "
        f"{seen.memory[-1] / MEGA:.0f} MB in the end, {max(seen.memory) / MEGA:.0f} MB at most"
    )
    print(
        f"open files of the pool    {seen.files[settled]} after a tenth, {seen.files[-1]} in the end"
    )
    print(f"pool processes            {len(seen.processes)}")
    print(f"the other class           {before} runs ended between its upload and its end")
    print(f"statuses that disagreed   {len(seen.wrong)} in {len(seen.messages)} looks")


if __name__ == "__main__":
    main()
