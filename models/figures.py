"""Figures of the ledger for the metrics: how many stand where and for how long, and what has ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Double, and_, case, cast, exists, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from models.circuits import OPENS
from models.failures import BUGS, StageFailure
from models.healing import moment
from models.rounds import Round
from models.runs import RUN_OVER, Circuit, DeadLetter, Run, StageResult
from pipeline.plan import Plan
from pipeline.values import Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Things of one name in one state, and for how many seconds the oldest has been so."""

    name: str
    state: str = ""
    count: int
    oldest: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What there is at one moment."""

    runs: tuple[Group, ...]
    """Those that are not over: in-line, queued, running."""
    stages: tuple[Group, ...]
    """Of runs whose turn has come: ready (and since when), running, waiting for a service."""
    dead: tuple[Group, ...]
    """Open dead letters by code; bugs of all kinds are one."""
    circuits: tuple[Group, ...]
    """Services that are away, with the misses."""
    rounds: tuple[Group, ...]
    """Tasks that come again and again, and how long ago they last ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEnd:
    """A stage that is done; `at` tells two ends of the same one apart."""

    run_id: UUID
    stage: str
    at: datetime
    seconds: float
    attempts: int
    reused: bool
    audio: float
    """Seconds of sound, of what was decoded; else 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """A run that is over, with the seconds since its upload and those of its sound, 0 where none was decoded."""

    run_id: UUID
    at: datetime
    state: str
    seconds: float
    audio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedAttempt:
    """One attempt that gave no result."""

    number: int
    stage: str
    code: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What ended in a stretch of time."""

    stages: tuple[StageEnd, ...]
    runs: tuple[RunEnd, ...]
    failures: tuple[FailedAttempt, ...]


def standing(session: Session, plan: Plan) -> Standing:
    """Five queries, each over an index of what is not over."""
    return Standing(
        runs=tuple(_runs(session)),
        stages=tuple(_stages(session, plan)),
        dead=tuple(_dead(session)),
        circuits=tuple(_circuits(session)),
        rounds=tuple(_rounds(session)),
    )


def _age(
    since: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
) -> ColumnElement[float]:
    return func.greatest(0.0, cast(func.extract("epoch", func.now() - since), Double))


def _runs(session: Session) -> Iterator[Group]:
    place = case((Run.admitted_at.is_(None), "in-line"), else_=Run.state).label("place")
    found = session.execute(
        select(place, func.count(), func.max(_age(Run.created_at)))
        .where(Run.state.not_in(RUN_OVER))
        .group_by(place)
    )
    for name, count, oldest in found:
        yield Group(name=name, count=count, oldest=oldest)


def _on_its_way() -> ColumnElement[bool]:
    return and_(Run.state.not_in(RUN_OVER), Run.admitted_at.is_not(None))


def _stages(session: Session, plan: Plan) -> Iterator[Group]:
    state = case((StageResult.waiting_for.is_not(None), "waiting"), else_=StageResult.state)
    place = state.label("place")
    found = session.execute(
        select(StageResult.stage, place, func.count())
        .join(Run, Run.id == StageResult.run_id)
        .where(
            StageResult.state.in_(("ready", "running")),
            StageResult.stage.in_([one.name for one in plan.stages]),
            _on_its_way(),
        )
        .group_by(StageResult.stage, place)
    ).all()
    oldest = _untaken(session, plan) if any(place == "ready" for _, place, _ in found) else {}
    for name, told, count in found:
        age = oldest.get(name, 0.0) if told == "ready" else 0.0
        yield Group(name=name, state=told, count=count, oldest=age)


def _untaken(session: Session, plan: Plan) -> dict[str, float]:
    """Seconds that the oldest ready message of each stage has waited for a worker.

    By what made it ready: the turn of its run, or the last stage that it needs. One that was tried before
    counts from its last sending, which upkeep repeats every minute.
    """
    sibling = aliased(StageResult)
    waits = exists().where(
        sibling.run_id == Run.id, sibling.state == "ready", sibling.waiting_for.is_(None)
    )
    rows = session.execute(
        # Not what the stages gave, which may be megabytes.
        select(
            StageResult.run_id,
            StageResult.stage,
            StageResult.attempt,
            StageResult.waiting_for,
            StageResult.finished_at,
            func.coalesce(StageResult.next_attempt_at, StageResult.updated_at).label("sent_at"),
            Run.admitted_at,
            StageResult.state,
        )
        .join(Run, Run.id == StageResult.run_id)
        .where(_on_its_way(), waits, StageResult.state.in_(("ready", "done")))
    ).all()
    done = {(row.run_id, row.stage): row.finished_at for row in rows if row.state == "done"}
    now, ages = moment(session), dict[str, float]()
    for row in rows:
        if row.state == "ready" and row.waiting_for is None:
            made = [done.get((row.run_id, one)) for one in plan.requires(plan[row.stage])]
            first = max([row.admitted_at, *filter(None, made)])
            since = row.sent_at if row.attempt else first
            ages[row.stage] = max((now - since).total_seconds(), ages.get(row.stage, 0.0))
    return ages


def _dead(session: Session) -> Iterator[Group]:
    code = case((DeadLetter.code.startswith(BUGS), "bug"), else_=DeadLetter.code).label("code")
    found = session.execute(
        select(code, func.count(), func.max(_age(DeadLetter.created_at)))
        .where(DeadLetter.replayed_at.is_(None), DeadLetter.discarded_at.is_(None))
        .group_by(code)
    )
    for name, count, oldest in found:
        yield Group(name=name, count=count, oldest=oldest)


def _circuits(session: Session) -> Iterator[Group]:
    found = session.execute(
        select(Circuit.service, Circuit.failures, _age(Circuit.since)).where(
            Circuit.failures >= OPENS
        )
    )
    for name, count, oldest in found:
        yield Group(name=name, count=count, oldest=oldest)


def _rounds(session: Session) -> Iterator[Group]:
    for name, oldest in session.execute(select(Round.task, _age(Round.ended_at))):
        yield Group(name=name, count=1, oldest=oldest)


def ended(session: Session, since: datetime) -> Ended:
    """What ended after that moment, by the database's clock; an end may be seen some seconds late."""
    return Ended(
        stages=tuple(_stage_ends(session, since)),
        runs=tuple(_run_ends(session, since)),
        failures=tuple(_failures(session, since)),
    )


SOUND = cast(StageResult.artifact, JSONB)["duration"].astext.cast(Double)
"""Seconds, of what `decode` gave."""


def _stage_ends(session: Session, since: datetime) -> Iterator[StageEnd]:
    """Over the runs on their way and those that ended since: stages that are done are many, and have no index."""
    sound = case((StageResult.artifact_type == Recording.__name__, SOUND), else_=0.0)
    found = session.execute(
        select(
            StageResult.run_id,
            StageResult.stage,
            StageResult.finished_at,
            StageResult.seconds,
            StageResult.attempt - StageResult.forgiven - StageResult.waits,
            StageResult.reused,
            sound,
        )
        .join(Run, Run.id == StageResult.run_id)
        .where(
            or_(Run.state.not_in(RUN_OVER), Run.finished_at > since),
            StageResult.state == "done",
            # Not those that a rerun kept of another run.
            StageResult.attempt > 0,
            StageResult.finished_at > since,
        )
    )
    for run_id, stage, at, seconds, attempts, reused, audio in found:
        yield StageEnd(
            run_id=run_id,
            stage=stage,
            at=at,
            seconds=seconds or 0.0,
            # At least the one that came through: a new part has those before it forgiven.
            attempts=max(1, attempts),
            reused=reused,
            audio=audio or 0.0,
        )


def _run_ends(session: Session, since: datetime) -> Iterator[RunEnd]:
    audio = (
        select(SOUND)
        .where(StageResult.run_id == Run.id, StageResult.artifact_type == Recording.__name__)
        .scalar_subquery()
    )
    found = session.execute(
        select(
            Run.id,
            Run.finished_at,
            Run.state,
            cast(func.extract("epoch", Run.finished_at - Run.created_at), Double),
            func.coalesce(audio, 0.0),
        ).where(Run.finished_at > since)
    )
    for run_id, at, state, seconds, sound in found:
        yield RunEnd(run_id=run_id, at=at, state=state, seconds=seconds, audio=sound)


def _failures(session: Session, since: datetime) -> Iterator[FailedAttempt]:
    found = session.execute(
        select(StageFailure.id, StageFailure.stage, StageFailure.code, StageFailure.outcome).where(
            StageFailure.at > since
        )
    )
    for number, stage, code, outcome in found:
        kind = "bug" if code.startswith(BUGS) else code
        yield FailedAttempt(number=number, stage=stage, code=kind, outcome=outcome)
