"""What a claim promises: nothing is held while an engine works, and nothing is sent before the commit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from config.settings import ReliabilitySettings
from models.admission import Line
from models.cancelling import cancel
from models.database import Sessions
from models.ledger import SqlLedger
from models.run_store import RunStore
from models.tables import Conversation, StageResult
from pipeline.plan import PLAN, Plan
from pipeline.runner import Outcome, run_stage
from pipeline.stage import Context, stage
from pipeline.values import Upload
from tasks import stages
from tasks.services import Services
from tests.fakes.uploads import MemoryUploads
from tests.integration import rows
from tests.integration.evaluations import result

pytestmark = pytest.mark.database

SLOW = 0.5
"""Seconds: as good as minutes, since whatever is held is held throughout."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the slow stage gives."""

    size: int


class SlowEngine:
    """Does what the test says, while it works."""

    engine = "slow engine 1"

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        self.meanwhile = meanwhile

    def hear(self) -> None:
        self.meanwhile()


@stage(version=1)
def slow(upload: Upload, *, slow_engine: SlowEngine, context: Context) -> Heard:
    slow_engine.hear()
    context.progress(0.5)
    return Heard(size=upload.size)


SLOW_PLAN = Plan(Upload, (slow,))


def made(database: Sessions) -> tuple[UUID, UUID]:
    with database.begin() as session:
        talk = rows.conversation(session, rows.user(session)).id
    sent = Upload(name="a.wav", key=f"uploads/{talk}/a.wav", size=1, etag="1")
    return talk, RunStore(database, SLOW_PLAN).create(talk, sent)[0]


def worked(
    database: Sessions, run_id: UUID, meanwhile: Callable[[], None]
) -> tuple[Outcome, StageResult | None]:
    """The outcome of one attempt, and the stage's row after it."""
    often = ReliabilitySettings(heartbeat_seconds=0.05)
    outcome = run_stage(
        SLOW_PLAN,
        slow,
        run_id,
        owner="me",
        ledger=SqlLedger(database, SLOW_PLAN, often),
        tools={"slow_engine": SlowEngine(meanwhile)},
    )
    with database.begin() as session:
        return outcome, session.get(StageResult, (run_id, "slow"))


def test_no_connection_is_held_while_an_engine_works(database: Sessions, engine: Engine) -> None:
    """But for the moment of a heartbeat, which is why there is none for a while here."""
    _, run_id = made(database)
    seen: list[tuple[int, int]] = []
    active = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND xact_start IS NOT NULL AND backend_type = 'client backend'"
    )

    def look() -> None:
        threading.Event().wait(SLOW)
        held = engine.pool.checkedout()  # type: ignore[attr-defined]  # of the pool that `connect` makes
        with engine.connect() as connection:
            seen.append((held, connection.execute(active).scalar_one()))

    run_stage(
        SLOW_PLAN,
        slow,
        run_id,
        owner="me",
        ledger=SqlLedger(database, SLOW_PLAN),
        tools={"slow_engine": SlowEngine(look)},
    )
    assert seen == [(0, 0)]


def test_work_whose_run_is_cancelled_gives_up_and_nobody_is_told(
    database: Sessions, caplog: pytest.LogCaptureFixture
) -> None:
    talk, run_id = made(database)

    def end() -> None:
        assert cancel(database, talk) == [run_id]

    outcome, row = worked(database, run_id, end)
    assert outcome == Outcome()
    assert row is not None
    assert (row.state, row.error, row.artifact) == ("pending", None, None)
    assert caplog.records == []


def test_work_whose_conversation_is_deleted_gives_up_and_nobody_is_told(
    database: Sessions, caplog: pytest.LogCaptureFixture
) -> None:
    talk, run_id = made(database)

    def delete() -> None:
        with database.begin() as session:
            session.delete(session.get_one(Conversation, talk))

    outcome, row = worked(database, run_id, delete)
    assert (outcome, row) == (Outcome(), None)

    def broken() -> None:
        delete()
        raise RuntimeError("as whatever does not find its rows")

    talk, run_id = made(database)
    assert worked(database, run_id, broken) == (Outcome(), None)
    assert caplog.records == []


def test_a_stage_is_sent_when_everybody_can_see_that_it_is_ready(
    database: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that had the message before the commit would find nothing to claim, and nobody would send again."""
    _, run_id = rows.run(database)
    seen: list[tuple[str, str]] = []

    def look(name: str, sent: UUID) -> None:
        with database.begin() as session:
            seen.append((name, session.get_one(StageResult, (sent, name)).state))

    monkeypatch.setattr(stages, "send", look)
    ledger = SqlLedger(database, PLAN)
    claim = ledger.claim(run_id, PLAN["decode"], "me")
    assert claim is not None

    def give(*_: object, **__: object) -> Outcome:
        return Outcome(ready=ledger.record(claim, result("decode")))

    monkeypatch.setattr(stages, "run_stage", give)
    services = Services(
        ledger=ledger,
        line=Line(database, 1),
        runs=RunStore(database, PLAN),
        uploads=MemoryUploads(),
        tools={},
        max_bytes=1,
    )
    monkeypatch.setattr(stages, "services", lambda: services)
    stages.TASKS["decode"].run(str(run_id))
    assert seen == [("transcribe", "ready"), ("diarize", "ready")]
