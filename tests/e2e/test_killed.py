"""A worker that is killed in the middle of a long stage: the next one goes on from what was kept."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
import soundfile
from sqlalchemy import select

from embedded.postgres import Postgres
from models.database import Sessions
from models.ledger import SqlLedger
from models.tables import StageCheckpoint, StageResult
from pipeline.adapters.audio import RATE
from pipeline.adapters.pyav import PyAv
from pipeline.artifacts import freeze
from pipeline.plan import PLAN
from pipeline.runner import Result
from pipeline.values import Recording
from tests.integration import rows

SECONDS = 60
"""Of the recording: half a dozen chunks in both readings."""
PATIENCE = 400.0
"""Seconds until an attempt is given up: two networks are loaded first, on a machine that may be busy."""

Lines = list[str]


@pytest.fixture(scope="module")
def folder(fixtures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A media folder with a minute of talk."""
    made = tmp_path_factory.mktemp("media")
    whole = PyAv(200).decode(fixtures / "conversation.ogg", made, lambda _part: None).path
    samples, _ = soundfile.read(str(whole), dtype="float32", stop=SECONDS * RATE)
    soundfile.write(str(made / "talk.flac"), samples, RATE)
    return made


def decoded(database: Sessions) -> UUID:
    """A run whose sound is in the folder."""
    _, run_id = rows.run(database)
    ledger = SqlLedger(database, PLAN)
    claim = ledger.claim(run_id, PLAN["decode"], "me")
    assert claim is not None
    sound = Recording(
        key="talk.flac",
        sha256="0" * 64,
        duration=float(SECONDS),
        sample_rate=RATE,
        channels=1,
        codec="vorbis",
        gain_db=0.0,
    )
    ledger.record(
        claim, Result(artifact=freeze(sound), key="k", engines=(), seconds=1.0, reused=False)
    )
    return run_id


@contextmanager
def worker(url: str, run_id: UUID, folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.part_worker", url, str(run_id), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        watch = threading.Timer(PATIENCE, process.kill)
        watch.start()
        try:
            yield process
        finally:
            watch.cancel()
            process.kill()


def attempt(url: str, run_id: UUID, folder: Path) -> Lines:
    """The chunks that the engine read in an attempt that nobody disturbs."""
    with worker(url, run_id, folder) as process:
        told, _ = process.communicate()
        assert process.returncode == 0
    return told.splitlines()


def killed(url: str, run_id: UUID, folder: Path, after: int) -> Lines:
    """The same in one that is killed while the engine reads the chunk after so many."""
    told: Lines = []
    with worker(url, run_id, folder) as process:
        assert process.stdout is not None
        for line in process.stdout:
            told.append(line.strip())
            if len(told) > after:
                process.kill()
                break
    return told


def artifact(database: Sessions, run_id: UUID) -> str:
    with database.begin() as session:
        row = session.get_one(StageResult, (run_id, "transcribe"))
        assert row.state == "done"
        return str(row.artifact)


def test_a_worker_killed_in_the_middle_of_transcribe_costs_one_part(
    database: Sessions, server: Postgres, folder: Path
) -> None:
    undisturbed, run_id = decoded(database), decoded(database)
    every = attempt(server.url, undisturbed, folder)
    assert len(every) >= 5
    first = killed(server.url, run_id, folder, after=3)
    assert first == every[:4]
    with database.begin() as session:
        parts = session.scalars(
            select(StageCheckpoint.part).where(StageCheckpoint.run_id == run_id)
        ).all()
    assert "speech" in parts
    assert len(parts) == 1 + 3, "the one that it was reading is lost"
    rows.kill(database)
    second = attempt(server.url, run_id, folder)
    assert second == every[3:]
    assert artifact(database, run_id) == artifact(database, undisturbed)
