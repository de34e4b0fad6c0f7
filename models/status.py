"""Where runs stand, as people and programs are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.healing import tries
from models.runs import RUN_OVER, Run, StageResult
from pipeline.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A service that is away, or `its turn` of a long recording, and since when it is waited for."""

    service: str
    since: datetime | None

    @property
    def told(self) -> str:
        """In the reader's own time; with the date where that is not today's."""
        if self.since is None:
            return f"waiting for {self.service}"
        since = self.since.astimezone()
        form = "%H:%M" if since.date() == datetime.now().astimezone().date() else "%Y-%m-%d %H:%M"
        return f"waiting for {self.service} since {since:{form}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StageStatus:
    """Where one stage stands; of attempts those are told that count."""

    stage: str
    state: str
    attempt: int
    progress: float
    seconds: float | None
    reason: str | None
    waiting: Waiting | None = None
    silent: bool = False
    """Whoever worked on it has not been heard of for a lease: upkeep has another begin it again."""

    @property
    def told(self) -> str:
        """The state, or what keeps the stage from going on."""
        if self.silent:
            return "its worker fell silent, another begins it again"
        return self.waiting.told if self.waiting else self.state


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatus:
    """Where a run stands, its stages in the order of the plan."""

    id: UUID
    conversation_id: UUID
    state: str
    reason: str | None
    created_at: datetime | None
    finished_at: datetime | None
    evaluated: bool = False
    """Whether readers have its result, were it only that there is not enough evidence: what may be
    missing then is its place in the search index."""
    waiting: Waiting | None = None
    """What it has waited for the longest."""
    stages: tuple[StageStatus, ...] = ()

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.finished_at is not None


def status_of(session: Session, plan: Plan, run: Run) -> RunStatus:
    """The run with its stages."""
    overdue = StageResult.lease_until < func.now()
    rows = session.execute(select(StageResult, overdue).where(StageResult.run_id == run.id))
    by_name = {row.stage: _stage(run, row, late=bool(late)) for row, late in rows}
    stages = tuple(by_name[one.name] for one in plan.stages if one.name in by_name)
    return _run(run, [one.waiting for one in stages if one.waiting], stages)


def statuses_of(session: Session, runs: Sequence[Run]) -> list[RunStatus]:
    """The runs without their stages."""
    rows = session.scalars(
        select(StageResult).where(
            StageResult.run_id.in_([one.id for one in runs if one.state not in RUN_OVER]),
            StageResult.waiting_for.is_not(None),
        )
    ).all()
    return [
        _run(
            run, [told for row in rows if row.run_id == run.id if (told := _waiting(run, row))], ()
        )
        for run in runs
    ]


def _run(run: Run, waiting: list[Waiting], stages: tuple[StageStatus, ...]) -> RunStatus:
    longest = sorted(waiting, key=lambda one: (one.since is None, one.since))
    return RunStatus(
        id=run.id,
        conversation_id=run.conversation_id,
        state=run.state,
        reason=run.reason,
        created_at=run.created_at,
        finished_at=run.finished_at,
        evaluated=run.scorecard is not None,
        waiting=longest[0] if longest else None,
        stages=stages,
    )


def _stage(run: Run, row: StageResult, *, late: bool) -> StageStatus:
    return StageStatus(
        stage=row.stage,
        state=row.state,
        # At least one where it came to work: a new part has the others forgiven.
        attempt=max(tries(row), int(row.state in {"running", "done", "failed"})),
        progress=row.progress,
        seconds=row.seconds,
        reason=row.error,
        waiting=_waiting(run, row),
        silent=late and row.state == "running" and run.state not in RUN_OVER,
    )


def _waiting(run: Run, row: StageResult) -> Waiting | None:
    if run.state in RUN_OVER or row.state != "ready" or row.waiting_for is None:
        return None
    return Waiting(service=row.waiting_for, since=row.waiting_since)
