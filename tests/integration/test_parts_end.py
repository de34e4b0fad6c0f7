"""What becomes of parts when their work is over."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from models import checkpoints
from models.cancelling import cancel
from models.database import Sessions
from models.ledger import SqlLedger
from models.run_store import RunStore
from models.tables import Run, StageCheckpoint, StageResult
from pipeline.artifacts import Artifact
from pipeline.errors import ClaimLostError, PermanentError
from pipeline.plan import PLAN
from pipeline.runner import Claim, Result
from tests.integration import rows

DECODE = PLAN["decode"]


@pytest.fixture
def ledger(database: Sessions) -> SqlLedger:
    return SqlLedger(database, PLAN)


def claimed(ledger: SqlLedger, run_id: UUID) -> Claim:
    claim = ledger.claim(run_id, DECODE, "me")
    assert claim is not None
    return claim


def count(database: Sessions) -> int:
    with database.begin() as session:
        return session.scalar(select(func.count()).select_from(StageCheckpoint)) or 0


def result(seconds: float = 1.0) -> Result:
    return Result(
        artifact=Artifact(type="Recording", body="{}"),
        key="key",
        engines=(),
        seconds=seconds,
        reused=False,
    )


def test_a_stage_that_is_done_has_no_parts(database: Sessions, ledger: SqlLedger) -> None:
    _, run_id = rows.run(database)
    _, other = rows.run(database)
    for one in (run_id, other):
        ledger.parts(claimed(ledger, one), "key").save("first", b"1")
    with database.begin() as session:
        attempt = session.get_one(StageResult, (run_id, "decode")).attempt
        talk = session.get_one(Run, run_id).conversation_id
    claim = Claim(run_id=run_id, conversation_id=talk, stage="decode", attempt=attempt, inputs={})
    ledger.record(claim, result())
    with database.begin() as session:
        assert session.scalars(select(StageCheckpoint.run_id)).all() == [other]


def test_a_cancelled_stage_ends_at_its_next_part(database: Sessions, ledger: SqlLedger) -> None:
    talk, run_id = rows.run(database)
    parts = ledger.parts(claimed(ledger, run_id), "key")
    parts.save("first", b"1")
    cancel(database, talk)
    with pytest.raises(ClaimLostError):
        parts.save("second", b"2")
    ledger.bury_exhausted()
    assert count(database) == 0


@pytest.mark.parametrize("state", ["completed", "insufficient", "cancelled"])
def test_upkeep_throws_away_the_parts_of_runs_that_are_over(
    database: Sessions, ledger: SqlLedger, state: str
) -> None:
    _, run_id = rows.run(database)
    ledger.parts(claimed(ledger, run_id), "key").save("first", b"1")
    ledger.bury_exhausted()
    assert count(database) == 1, "the run goes on"
    with database.begin() as session:
        session.get_one(Run, run_id).state = state
    ledger.bury_exhausted()
    assert count(database) == 0


def test_those_of_a_failed_run_wait_for_a_replay_but_not_for_ever(
    database: Sessions, ledger: SqlLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, run_id = rows.run(database)
    claim = claimed(ledger, run_id)
    ledger.parts(claim, "key").save("first", b"1")
    ledger.fail(claim, PermanentError("It cannot be.", code="never"))
    ledger.bury_exhausted()
    assert count(database) == 1
    monkeypatch.setattr(checkpoints, "FAILED_FOR", 0 * checkpoints.FAILED_FOR)
    ledger.bury_exhausted()
    assert count(database) == 0


def test_parts_go_with_their_conversation(database: Sessions, ledger: SqlLedger) -> None:
    talk, run_id = rows.run(database)
    ledger.parts(claimed(ledger, run_id), "key").save("first", b"1")
    with database.begin() as session:
        session.execute(text("DELETE FROM conversations WHERE id = :id"), {"id": talk})
    assert count(database) == 0
    assert RunStore(database, PLAN).latest(talk) is None
