"""What heals runs: which stages must be sent again, and which runs must be given up."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, func, or_, select, tuple_, update
from sqlalchemy.orm import Session

from models.runs import RUN_OVER, DeadLetter, Run, StageResult
from models.shown import settle
from pipeline.plan import Plan

ROUND = 500
"""Stages sent again at once: a backlog is worked off over several rounds, each a short transaction."""


def due(session: Session, plan: Plan, older_than: float) -> list[tuple[UUID, str]]:
    """Stages ready for so long, or whose lease ran out; each again only after as long a wait.

    Of the plan only: what a release took out of it has no task, and must not keep others waiting.
    """
    late = func.now() - timedelta(seconds=older_than)
    ready = and_(
        StageResult.state == "ready",
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


def bury_exhausted(session: Session, plan: Plan) -> int:
    """End the runs of stages whose workers died in every attempt; how many."""
    lost = session.execute(
        select(StageResult.run_id, StageResult.stage)
        .join(Run, Run.id == StageResult.run_id)
        .where(
            Run.state.not_in(RUN_OVER),
            StageResult.state == "running",
            StageResult.lease_until < func.now(),
            or_(
                *(
                    and_(
                        StageResult.stage == one.name,
                        StageResult.attempt - StageResult.moved >= one.attempts,
                    )
                    for one in plan.stages
                )
            ),
        )
        # All who lock several runs lock them in this order.
        .order_by(StageResult.run_id)
    ).all()
    count = 0
    for run_id, stage in lost:
        run = session.get(Run, run_id, with_for_update=True)
        row = session.scalar(
            select(StageResult)
            .where(
                StageResult.run_id == run_id,
                StageResult.stage == stage,
                # Its worker may have come back while we waited for the lock.
                StageResult.state == "running",
                StageResult.lease_until < func.now(),
            )
            .with_for_update()
        )
        if run is None or row is None or run.state in RUN_OVER:
            continue
        row.error_code = "worker-lost"
        row.error = "The worker died in every attempt at this stage."
        bury(session, run, row)
        count += 1
    return count


def bury(session: Session, run: Run, row: StageResult) -> None:
    """End the run with a dead letter and tell its conversation; the caller has locked both rows."""
    row.state, row.owner, row.lease_until = "failed", None, None
    run.state = "failed"
    run.reason_code, run.reason = row.error_code, row.error
    run.finished_at = moment(session)
    session.add(
        DeadLetter(
            run_id=run.id,
            stage=row.stage,
            media_key=run.media_key,
            attempts=row.attempt,
            code=row.error_code or "unknown",
            reason=row.error or "No reason was noted.",
            engines=row.engines,
        )
    )
    # What its siblings still do counts for nothing any more.
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
