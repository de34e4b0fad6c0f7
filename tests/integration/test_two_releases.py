"""Workers of two releases on one database and one broker: the newer has a stage more, and newer versions of the others."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from config.settings import settings
from embedded.stack import Stack
from models.database import Sessions
from models.tables import DeadLetter, Run, StageResult
from tests.integration.stacks import ROOT, counts, database_of, reached, running
from tests.packages import installed
from tests.waiting import ended, eventually
from workers.submit import submit

SOON = {
    "COLLOQUY_RELIABILITY__UNTAKEN_SECONDS": "3",
    # Not the one second in which a worker asks Redis again: in step with it the older upkeep gets every message.
    "COLLOQUY_RELIABILITY__UPKEEP_SECONDS": "0.7",
}
PATIENCE = 150.0
"""Seconds: an older worker throws away the messages of a stage that it does not know, and upkeep sends them again."""


@contextmanager
def newer(stack: Stack, packages: Path, name: str, *arguments: str) -> Iterator[None]:
    """A worker of the new release, once it works."""
    alive = stack.home / f"{name}.alive"
    environment = {
        **os.environ,
        **stack.environment,
        "PYTHONPATH": f"{packages}{os.pathsep}{ROOT}",
        "COLLOQUY_WORKERS__ALIVE": str(alive),
    }
    command = [sys.executable, "-P", "-m", "tests.quick_worker", "worker", *arguments]
    options = [f"--hostname={name}@%h", "--without-mingle", "--without-gossip"]
    with (
        (stack.home / "logs" / f"{name}.log").open("wb") as log,
        subprocess.Popen([*command, *options], env=environment, stdout=log, stderr=log) as one,
    ):
        try:
            eventually(alive.exists)
            yield
        finally:
            one.terminate()
            one.wait(60)


def polite(store: Sessions, talk: UUID) -> str | None:
    """The state of the stage that only the new release has."""
    with store.begin() as session:
        return session.scalar(
            select(StageResult.state)
            .join(Run, Run.id == StageResult.run_id)
            .where(Run.conversation_id == talk, StageResult.stage == "politeness")
        )


def test_an_upgrade_while_uploads_come_loses_none_and_does_none_twice(
    tmp_path: Path, fixtures: Path
) -> None:
    packages = installed(tmp_path / "site")

    def upload() -> UUID:
        return submit(settings(), fixtures / "short.ogg", user="demo", learner="S2")

    home = tmp_path / "home"
    with (
        running(home, intake=True, worker="tests.older_worker", **SOON) as stack,
        database_of(stack) as store,
    ):
        (home / "gate").write_text("wait")
        talks = [upload()]
        reached(home / "gate", "wait")
        with (
            newer(stack, packages, "upkeep-new", "--queues=upkeep", "--pool=solo"),
            newer(stack, packages, "new", "--queues=cpu,io", "--concurrency=1"),
        ):
            talks += [upload() for _ in range(3)]
            (home / "gate").unlink()
            for one in talks:
                assert ended(store, one, PATIENCE).state == "completed"
            stack.children.pop("worker").end()
            stack.children.pop("upkeep").end()
            talks.append(upload())
            assert ended(store, talks[-1], PATIENCE).state == "completed"
        assert polite(store, talks[-1]) == "done"
        assert [counts(store, one) for one in talks] == [(1, 1)] * len(talks)
        with store.begin() as session:
            assert session.scalars(select(DeadLetter.code)).all() == []
        for name in ("worker.log", "new.log"):
            assert "stage begins" in (home / "logs" / name).read_text(), "both had work"
