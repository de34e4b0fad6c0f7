"""Fair order: which stages may be sent next, so that the broker holds little and no class waits for another's crowd."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, Subquery, and_, func, not_, select, text, update
from sqlalchemy.orm import Session

from models.circuits import resumable
from models.database import Sessions
from models.healing import ITS_TURN
from models.runs import RUN_OVER, Run, StageResult
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
        """Stages to be sent now: first those that waited for a service, then those of runs whose turn it is.

        The turn is of the lane (a class, or a learner without one) with the fewest runs on their way;
        of several the one served the longest ago, and in it of the run that has stood the longest. Those that repeat
        another, for an analyst, come when no upload stands in line.
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
            line = _line(self._on_their_way)
            return session.scalar(select(func.count()).select_from(line)) or 0


def somebody_waits(session: Session) -> bool:
    """Whether a run, or a stage whose turn was over, stands in line."""
    new = select(Run.id).where(_new()).limit(1)
    again = select(StageResult.run_id).where(_again()).limit(1)
    return session.scalar(new) is not None or session.scalar(again) is not None


def _new() -> ColumnElement[bool]:
    return and_(Run.admitted_at.is_(None), Run.state == "queued")


def _again() -> ColumnElement[bool]:
    return and_(StageResult.state == "ready", StageResult.waiting_for == ITS_TURN)


def _line(on_their_way: ColumnElement[bool]) -> Subquery:
    """All who stand in line, and since when: new ones, and those that have had a turn and nothing else on its way."""
    repeat = Run.source_id.is_not(None).label("repeat")
    again = (
        select(Run.id, Run.lane, repeat, func.min(StageResult.waiting_since))
        .join(StageResult, StageResult.run_id == Run.id)
        .where(_again(), not_(on_their_way))
        .group_by(Run.id)
    )
    new = select(Run.id, Run.lane, repeat, Run.created_at.label("since")).where(_new())
    return new.union_all(again).subquery()


def _on_their_way(plan: Plan) -> ColumnElement[bool]:
    """Admitted, and not all of it waits: what waits stands in the ledger alone.

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
        .correlate(Run)
        # Looked up for the few runs that may be on their way: without this, PostgreSQL begins with the thousands in line.
        .offset(0)
        .exists(),
    )


def _turns(session: Session, free: int, on_their_way: ColumnElement[bool]) -> list[UUID]:
    """The next runs: each that is chosen counts for its lane as one on its way."""
    all_of_them = _line(on_their_way)
    place = func.row_number().over(
        partition_by=(all_of_them.c.lane, all_of_them.c.repeat),
        order_by=(all_of_them.c.since, all_of_them.c.id),
    )
    line = select(all_of_them, place.label("place")).subquery()
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
                line.c.since,
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
        .where(Run.id.in_(chosen), Run.state.not_in(RUN_OVER))
        .order_by(Run.id)
        .with_for_update(skip_locked=True)
    ).all()
    session.execute(update(Run).where(Run.id.in_(locked)).values(admitted_at=func.now()))
    sent = session.execute(
        update(StageResult)
        .where(
            StageResult.run_id.in_(locked),
            StageResult.state == "ready",
            func.coalesce(StageResult.waiting_for, ITS_TURN) == ITS_TURN,
        )
        .values(next_attempt_at=func.now(), waiting_for=None, waiting_since=None)
        .returning(StageResult.run_id, StageResult.stage)
    )
    return sorted(((run_id, stage) for run_id, stage in sent), key=lambda one: chosen.index(one[0]))
