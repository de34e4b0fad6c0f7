"""Fair order: which stages may be sent next, so that the broker holds little and no class waits for another's crowd."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, text, update
from sqlalchemy.orm import Session

from models.circuits import resumable
from models.database import Sessions
from models.runs import Run, StageResult
from pipeline.plan import PLAN, Plan

LOCK = 0x0C0110C1
"""Key of the advisory lock under which turns are given: two who gave them at once would give too many."""


class Line:
    """Runs that stand in line, and how many may be on their way at once."""

    def __init__(self, sessions: Sessions, most: int, plan: Plan = PLAN) -> None:
        """Let `most` runs be in the broker and at the workers of the plan together."""
        self._sessions, self._most = sessions, most
        self._on_their_way = _on_their_way(plan)

    def next(self) -> list[tuple[UUID, str]]:
        """Stages to be sent now: first of runs that have begun, then of those whose turn it is.

        The turn is of the lane (a class, or a learner without one) with the fewest runs on their way;
        of several the one served the longest ago, and in it the oldest run. Those that repeat another, for an
        analyst, come when no upload stands in line.
        """
        with self._sessions.begin() as session:
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            free = self._most - self._busy(session)
            resumed = resumable(session, free)
            free -= len(resumed)
            return resumed + (
                _admitted(session, _turns(session, free, self._on_their_way)) if free > 0 else []
            )

    def _busy(self, session: Session) -> int:
        return session.scalar(select(func.count()).select_from(Run).where(self._on_their_way)) or 0

    def waiting(self) -> int:
        """How many runs stand in line."""
        with self._sessions.begin() as session:
            return session.scalar(select(func.count()).where(_in_line())) or 0


def _in_line() -> ColumnElement[bool]:
    return and_(Run.admitted_at.is_(None), Run.state == "queued")


def _on_their_way(plan: Plan) -> ColumnElement[bool]:
    """Admitted, and not all of it waits for a service: what waits stands in the ledger alone.

    Of the plan only: nobody works on a stage that a release took out of it, and its run would hold a place for ever.
    """
    return and_(
        Run.admitted_at.is_not(None),
        Run.state.in_(("queued", "running")),
        select(StageResult.stage)
        .where(
            StageResult.run_id == Run.id,
            StageResult.stage.in_([one.name for one in plan.stages]),
            StageResult.state.in_(("ready", "running")),
            StageResult.waiting_for.is_(None),
        )
        .exists(),
    )


def _turns(session: Session, free: int, on_their_way: ColumnElement[bool]) -> list[UUID]:
    """The next runs: each that is chosen counts for its lane as one on its way."""
    repeat = Run.source_id.is_not(None)
    place = func.row_number().over(
        partition_by=(Run.lane, repeat), order_by=(Run.created_at, Run.id)
    )
    line = (
        select(Run.id, Run.lane, Run.created_at, repeat.label("repeat"), place.label("place"))
        .where(_in_line())
        .subquery()
    )
    busy = (
        select(Run.lane, func.count().label("runs"))
        .where(on_their_way)
        .group_by(Run.lane)
        .subquery()
    )
    served = select(func.max(Run.admitted_at)).where(Run.lane == line.c.lane).scalar_subquery()
    return list(
        session.scalars(
            select(line.c.id)
            .outerjoin(busy, busy.c.lane == line.c.lane)
            .where(line.c.place <= free)
            .order_by(
                line.c.repeat,
                line.c.place + func.coalesce(busy.c.runs, 0),
                served.asc().nulls_first(),
                line.c.created_at,
                line.c.id,
            )
            .limit(free)
        )
    )


def _admitted(session: Session, chosen: list[UUID]) -> list[tuple[UUID, str]]:
    """Note their turn; their stages that are ready."""
    # In the order in which all lock runs; one that is being cancelled is left for the next round.
    locked = session.scalars(
        select(Run.id)
        .where(Run.id.in_(chosen), _in_line())
        .order_by(Run.id)
        .with_for_update(skip_locked=True)
    ).all()
    session.execute(update(Run).where(Run.id.in_(locked)).values(admitted_at=func.now()))
    sent = session.execute(
        update(StageResult)
        .where(
            StageResult.run_id.in_(locked),
            StageResult.state == "ready",
            StageResult.waiting_for.is_(None),
        )
        .values(next_attempt_at=func.now())
        .returning(StageResult.run_id, StageResult.stage)
    )
    return sorted(((run_id, stage) for run_id, stage in sent), key=lambda one: chosen.index(one[0]))
