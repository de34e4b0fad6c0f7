"""The command on the tests' database, and what it leaves there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from typer.testing import CliRunner, Result

from cli.main import app
from models.audit import AuditEvent
from models.database import Sessions
from models.ledger import SqlLedger
from models.tables import DeadLetter, StageResult
from pipeline.errors import PermanentError, TransientError
from pipeline.plan import PLAN
from tests.integration import rows
from tests.integration.evaluations import result

BROKEN = PermanentError("The file is no recording.", code="not-media", advice="Upload another.")
AWAY = TransientError("The model is away.", code="away")


def colloquy(*arguments: object, answer: str | None = None) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments], input=answer)


def failure(*arguments: object) -> str:
    """What a command that fails for a reason says."""
    found = colloquy(*arguments)
    assert found.exit_code == 1
    if found.exception is not None and isinstance(found.exception, PermanentError):
        return found.exception.sentence
    return " ".join(found.stderr.split())


def fail(database: Sessions, run_id: UUID, stage: str, error: Exception = BROKEN) -> UUID:
    """Walk the run up to the stage and fail there for good; the dead letter."""
    ledger = SqlLedger(database, PLAN)
    # Whoever has begun a stage of it is gone.
    rows.kill(database)
    for one in PLAN.until(stage).stages[:-1]:
        claim = ledger.claim(run_id, one, "me")
        if claim is not None:
            ledger.record(claim, result(one.name))
    waits: float | None = 0.0
    while waits is not None:
        claim = ledger.claim(run_id, PLAN[stage], "me")
        assert claim is not None
        ledger.begin(claim, ("engine 1.2",))
        waits = ledger.fail(claim, error)
    with database.begin() as session:
        return session.scalars(
            select(DeadLetter.id).where(
                DeadLetter.run_id == run_id, DeadLetter.replayed_at.is_(None)
            )
        ).one()


def states(database: Sessions, run_id: UUID) -> dict[str, str]:
    with database.begin() as session:
        found = session.execute(
            select(StageResult.stage, StageResult.state).where(StageResult.run_id == run_id)
        )
        return {stage: state for stage, state in found if state != "pending"}


def deeds(database: Sessions, subject: UUID) -> list[tuple[str, dict[str, Any]]]:
    with database.begin() as session:
        found = session.scalars(
            select(AuditEvent).where(AuditEvent.subject_id == subject).order_by(AuditEvent.at)
        ).all()
    assert all(one.database_user and one.os_user for one in found)
    return [(one.action, one.detail) for one in found]
