"""What heals runs: which stages must be sent again, and which runs must be given up."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, not_, or_, select, tuple_, update
from sqlalchemy.orm import Session

from config.settings import ReliabilitySettings
from models.failures import keep
from models.locks import with_conversation
from models.runs import RUN_OVER, DeadLetter, Run, StageResult
from models.shown import settle
from pipeline.plan import Plan
from pipeline.stage import AnyStage

ITS_TURN = "its turn"
"""What a stage waits for, in place of a service, when a turn of its own is over and others stand in line."""
ROUND = 500
"""Stages sent again at once: a backlog is worked off over several rounds, each a short transaction."""

DOUBT = 3
"""Beats that a claim has to show itself in when its message comes again: a busy machine misses one or two."""


def left(stage: AnyStage) -> ColumnElement[bool]:
    """Whether the stage's row has attempts left, as `tries` counts them."""
    return StageResult.attempt - StageResult.forgiven - StageResult.waits < stage.attempts


def tries(row: StageResult) -> int:
    """Attempts that count: not those up to a replay or a new part, nor those that met a service that was away."""
    return row.attempt - row.forgiven - row.waits


def free() -> ColumnElement[bool]:
    """Whether nobody has the stage: it is ready, or its worker fell silent for a lease.

    What stands in line is not: a message of it that was doubled earlier must not go before the others.
    """
    return or_(
        and_(StageResult.state == "ready", StageResult.waiting_for.is_distinct_from(ITS_TURN)),
        and_(StageResult.state == "running", StageResult.lease_until < func.now()),
    )


def doubt(
    session: Session, run_id: UUID, stage: str, owner: str, terms: ReliabilitySettings
) -> None:
    """The message by which the stage is held came again: shorten the lease to some beats.

    Its process was killed, or the broker handed it out twice. Who lives lengthens the lease again at the next beat and
    loses nothing; who does not is soon followed by another.
    """
    until = func.now() + timedelta(seconds=DOUBT * terms.heartbeat_seconds)
    session.execute(
        update(StageResult)
        .where(
            StageResult.run_id == run_id,
            StageResult.stage == stage,
            StageResult.state == "running",
            StageResult.owner == owner,
            StageResult.lease_until > until,
        )
        .values(lease_until=until)
    )


def due(session: Session, plan: Plan, older_than: float) -> list[tuple[UUID, str]]:
    """Stages ready for so long, or whose lease ran out; each again only after as long a wait.

    Of the plan only: what a release took out of it has no task, and must not keep others waiting.
    """
    late = func.now() - timedelta(seconds=older_than)
    ready = and_(
        StageResult.state == "ready",
        # Else `models.circuits` says when it goes on.
        StageResult.waiting_for.is_(None),
        func.coalesce(StageResult.next_attempt_at, StageResult.updated_at) < late,
    )
    silent = and_(
        StageResult.state == "running",
        StageResult.lease_until < func.now(),
        or_(StageResult.next_attempt_at.is_(None), StageResult.next_attempt_at < late),
    )
    rows = session.execute(
        select(StageResult.run_id, StageResult.stage)
        .join(Run, Run.id == StageResult.run_id)
        .where(
            Run.state.not_in(RUN_OVER),
            # Else it stands in line, and `models.admission` says when its turn is.
            Run.admitted_at.is_not(None),
            StageResult.stage.in_([one.name for one in plan.stages]),
            or_(ready, silent),
        )
        .order_by(StageResult.updated_at)
        .limit(ROUND)
        # A row that somebody works on needs no help.
        .with_for_update(of=StageResult, skip_locked=True)
    )
    found = [(run_id, stage) for run_id, stage in rows]
    session.execute(
        update(StageResult)
        .where(tuple_(StageResult.run_id, StageResult.stage).in_(found))
        .values(next_attempt_at=func.now())
    )
    return found


def exhausted(session: Session, plan: Plan) -> list[tuple[UUID, str]]:
    """Stages whose workers died in every attempt, or that no claim would take."""
    found = session.execute(
        select(StageResult.run_id, StageResult.stage)
        .join(Run, Run.id == StageResult.run_id)
        .where(
            Run.state.not_in(RUN_OVER),
            _idle(),
            or_(*(and_(StageResult.stage == one.name, not_(left(one))) for one in plan.stages)),
        )
    )
    return [(run_id, stage) for run_id, stage in found]


def bury_lost(session: Session, run_id: UUID, stage: AnyStage, terms: ReliabilitySettings) -> bool:
    """End the run of such a stage; False where its worker has come back meanwhile, or the run has ended."""
    run = with_conversation(session, run_id)
    row = session.scalar(
        select(StageResult)
        .where(
            StageResult.run_id == run_id,
            StageResult.stage == stage.name,
            _idle(),
            not_(left(stage)),
        )
        .with_for_update()
    )
    if run is None or row is None or run.state in RUN_OVER:
        return False
    if row.state == "running" or row.error is None:
        row.error_code, row.error = _lost(row, stage, terms)
    bury(session, run, row)
    return True


def _idle() -> ColumnElement[bool]:
    """Nobody works on the stage, and it waits for no service.

    One that is ready has no attempt left where another release, or a migration taken back, counts fewer.
    """
    return or_(
        and_(StageResult.state == "running", StageResult.lease_until < func.now()),
        and_(StageResult.state == "ready", StageResult.waiting_for.is_(None)),
    )


def _lost(row: StageResult, stage: AnyStage, terms: ReliabilitySettings) -> tuple[str, str]:
    """Why the last attempt fell silent: its last beat tells whether the hard limit had come."""
    alive = 0.0
    if row.lease_until is not None and row.started_at is not None:
        alive = (row.lease_until - row.started_at).total_seconds() - terms.lease_seconds
    if alive >= stage.time_limit - 2 * terms.heartbeat_seconds:
        return "time-limit", (
            f"The work took longer than the {stage.time_limit / 60:.0f} minutes that it may take. "
            "Upload a shorter recording, or have the operators use a faster machine."
        )
    return "worker-lost", (
        f"The program that worked on it crashed or was killed in each of {stage.attempts} attempts: "
        "memory ran out, or the file is damaged in a way that nothing can read. "
        "Upload the recording in another format, or have the operators look into the worker's log."
    )


def bury(session: Session, run: Run, row: StageResult) -> None:
    """End the run with a dead letter and tell its conversation; the caller has locked both rows."""
    row.state, row.owner, row.lease_until = "failed", None, None
    run.state = "failed"
    run.reason_code, run.reason = row.error_code, row.error
    run.finished_at = moment(session)
    keep(session, row.stage, row.error_code, "dead")
    session.add(
        DeadLetter(
            run_id=run.id,
            stage=row.stage,
            media_key=run.media_key,
            attempts=max(1, tries(row)),
            code=row.error_code or "unknown",
            reason=row.error or "No reason was noted.",
            engines=row.engines,
        )
    )
    stand_down(session, run)


def stand_down(session: Session, run: Run) -> None:
    """What the stages of a run that has ended still do counts for nothing; tell its conversation."""
    session.execute(
        update(StageResult)
        .where(StageResult.run_id == run.id, StageResult.state.in_(("ready", "running")))
        .values(state="pending", owner=None, lease_until=None)
    )
    settle(session, run.conversation_id)


def moment(session: Session) -> datetime:
    """The transaction's time by the database's clock, the only one that all workers share."""
    found: datetime = session.execute(select(func.now())).scalar_one()
    return found
