"""How long a whole archive takes to be scored anew: `colloquy bench scale --rescore 1000`.

One real recording is analysed by the real engines, once; the archive is as many conversations with its artifacts, each
scored and persisted as ever, in a database of its own. What is timed is the command that an analyst gives, from its
start to its end, over a quarter, half and all of the archive, each time by a rubric that is new to it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import update

from cli.demo import RECORDING
from config.settings import Settings
from embedded.postgres import Postgres
from embedded.seed import NO_LOGIN
from models.database import Sessions, connect, sessions
from models.evaluation_store import SqlEvaluations
from models.ledger import SqlLedger
from models.migrate import upgrade
from models.run_store import RunStore
from models.search import PostgresSearch
from models.tables import Conversation, Run, StageResult, User
from pipeline.adapters.folder import FolderMedia
from pipeline.memory import MemoryLedger, walk
from pipeline.plan import ANALYSIS, PLAN
from pipeline.rubric import parse, shipped
from pipeline.runner import Result, Tools, run_stage
from pipeline.scratch import scratch
from pipeline.values import Upload
from review.processes import spread
from workers.toolbox import Toolbox

SHARES = (0.25, 0.5, 1.0)
"""Of the archive, so that growth can be told."""
DAY = datetime(2026, 1, 1, 12, tzinfo=UTC)
"""Of the first share; the others follow a day after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """One rerun."""

    conversations: int
    seconds: float


def rescore(count: int, settings: Settings, told: Callable[[str], None]) -> list[Timed]:
    """Seconds for each share of an archive of so many conversations."""
    told("analysing one recording")
    analysed = _analysed(settings)
    with tempfile.TemporaryDirectory(prefix="colloquy-bench-") as folder:
        server = Postgres(Path(folder) / "postgres")
        server.start()
        try:
            upgrade(server.url)
            told(f"filling an archive with {count} conversations")
            engine = connect(server.url)
            owner = _learner(sessions(engine))
            engine.dispose()
            judged = {name: one for name, one in analysed.results.items() if name != "score"}
            fill = Filling(url=server.url, owner=owner, count=count, results=judged)
            for _ in spread(fill, range(count), threading.Event()):
                pass
            return [_timed(server.url, Path(folder), count, n, told) for n in range(len(SHARES))]
        finally:
            server.stop()


def _analysed(settings: Settings) -> MemoryLedger:
    """The demo's two minutes, up to the scorecard."""
    with scratch() as folder:
        shutil.copyfile(RECORDING, folder / "media")
        media = FolderMedia(folder)
        size = RECORDING.stat().st_size
        upload = Upload(name=RECORDING.name, key="media", size=size, learner_label="S1")
        ledger = MemoryLedger(ANALYSIS, upload)
        walk(ledger, ANALYSIS, {**Toolbox(settings, media=media), "media": media})
    return ledger


def _learner(store: Sessions) -> UUID:
    with store.begin() as session:
        made = User(
            email="b@example.org",
            username="bench",
            password_hash=NO_LOGIN,
            first_name="B",
            last_name="B",
        )
        session.add(made)
        session.flush()
        return made.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """Begins to put conversations into the archive, in whichever process."""

    url: str
    owner: UUID
    count: int
    results: Mapping[str, Result]
    """Of the one recording, by stage."""

    @contextmanager
    def __call__(self) -> Iterator[Callable[[int], None]]:
        """With a connection of its own."""
        engine = connect(self.url)
        store = sessions(engine)
        ledger = SqlLedger(store, PLAN)
        tools: Tools = {
            "rubric": parse(shipped()[Settings().stages.rubric]),
            "evaluations": SqlEvaluations(store),
            "search_index": PostgresSearch(store),
        }

        def fill(number: int) -> None:
            run_id = self._judged(store, number)
            for name in ("score", "persist", "index"):
                run_stage(PLAN, PLAN[name], run_id, owner=str(uuid4()), ledger=ledger, tools=tools)

        try:
            yield fill
        finally:
            engine.dispose()

    def _judged(self, store: Sessions, number: int) -> UUID:
        """A run at `score`, with the artifacts of the one recording."""
        share = next(n for n, one in enumerate(SHARES) if number < round(one * self.count))
        with store.begin() as session:
            row = Conversation(
                user_id=self.owner, title="Talk", difficulty_level="B1", language="en",
                created_at=DAY + timedelta(days=share),
            )  # fmt: skip
            session.add(row)
            session.flush()
            talk = row.id
        upload = Upload(name="a.ogg", key=f"uploads/{talk}/a.ogg", size=1, etag="1")
        run_id, _ = RunStore(store, PLAN).create(talk, upload)
        with store.begin() as session:
            for name, result in self.results.items():
                session.execute(
                    update(StageResult)
                    .where(StageResult.run_id == run_id, StageResult.stage == name)
                    .values(
                        state="done",
                        artifact_type=result.artifact.type,
                        artifact=result.artifact.body,
                        content_key=f"{result.key[:32]}{talk.hex}",
                        engines=list(result.engines),
                        seconds=result.seconds,
                    )
                )
            session.execute(
                update(StageResult)
                .where(StageResult.run_id == run_id, StageResult.stage == "score")
                .values(state="ready")
            )
            session.get_one(Run, run_id).admitted_at = DAY
        return run_id


def _timed(url: str, folder: Path, count: int, share: int, told: Callable[[str], None]) -> Timed:
    version = f"bench-{share}"
    rubric = folder / f"{version}.toml"
    usual = Settings().stages.rubric
    rubric.write_text(shipped()[usual].replace(f'"{usual}"', f'"{version}"', 1), "utf-8")
    wanted = round(SHARES[share] * count)
    told(f"scoring {wanted} conversations anew")
    until = f"{DAY + timedelta(days=share):%Y-%m-%d}"
    began = time.monotonic()
    answer = _command(url, "rerun", "--until", until, "--rubric", str(rubric), "--json")
    seconds = time.monotonic() - began
    done = json.loads(answer)["done"]
    if done != wanted:
        message = f"{done} of {wanted} were scored anew"
        raise RuntimeError(message)
    return Timed(conversations=wanted, seconds=round(seconds, 2))


def _command(url: str, *arguments: str) -> str:
    """What `colloquy` prints, in a process of its own."""
    return subprocess.run(  # noqa: S603 - our own command
        [Path(sys.executable).with_name("colloquy"), *arguments],
        env={**os.environ, "COLLOQUY_DATABASE__URL": url},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    ).stdout


def report(timed: Sequence[Timed]) -> dict[str, object]:
    """The document of `--json`: the whole archive's seconds, and how they grew."""
    return {
        "rescore_seconds": timed[-1].seconds,
        "conversations": timed[-1].conversations,
        "cores": os.cpu_count(),
        "growth": [{"conversations": one.conversations, "seconds": one.seconds} for one in timed],
    }
