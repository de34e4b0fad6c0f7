"""Circuits: what all workers know of a service that is away, so that one run tries it and not every one.

A stage that misses a service waits; after OPENS misses in a row the circuit is open: the stages
that miss that service are held back, and one run at a time, the probe, tries. The first success
takes the circuit away. Waits use up no attempt, however long they last.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, case, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models.healing import ITS_TURN, moment, tries
from models.runs import RUN_OVER, Circuit, Run, StageResult
from pipeline.errors import UnavailableError

OPENS = 3
"""Misses in a row: one may be a lost packet and two a restart."""
PAUSE = 5.0
"""Seconds before the second try and before the first probe; doubled for each further one."""
LONGEST_PAUSE = 60.0
"""Seconds between two probes at most: with a round of upkeep before and after it, what waits goes on
within two minutes after the service is back."""
PROBE = timedelta(seconds=90)
"""How long a probe is waited for, before another run tries: no client waits longer for one answer."""


def pause(tries: int) -> float:
    """Seconds until the next try, with a quarter of jitter."""
    base = min(LONGEST_PAUSE, PAUSE * 2.0 ** min(tries, 10))
    return base * (1 + random.random() / 4)  # noqa: S311 - jitter, no secret


def missed(session: Session, held: StageResult, error: UnavailableError) -> bool:
    """Let the stage wait for the service; False where the miss is the run's own and costs an attempt.

    That is so where the service has worked for others since this run first missed it: then what the
    run asks for is at fault, and it must not wait for ever. `held` has the code of its failure before.
    """
    now = moment(session)
    circuit = _count(session, held, error, now) if error.shared else None
    # Of several first misses the one that began last may be counted first.
    since = max(now, circuit.since) if circuit is not None else now
    if held.error_code != error.code:
        # What it waited for until now was something else.
        held.waiting_since = None
    if circuit is not None and held.waiting_since and circuit.since > held.waiting_since:
        held.waiting_since = since
        return False
    held.waiting_since = held.waiting_since or since
    opened = circuit is not None and circuit.failures >= OPENS
    until = None if opened else now + timedelta(seconds=pause(held.waits))
    wait(held, error.service, now, until)
    return True


def _count(session: Session, held: StageResult, error: UnavailableError, now: datetime) -> Circuit:
    known = Circuit.stages.contains([held.stage])
    found = session.scalars(
        insert(Circuit)
        .values(
            service=error.service,
            stages=[held.stage],
            failures=1,
            reason=error.sentence,
            since=now,
            failed_at=now,
            retry_at=now + timedelta(seconds=pause(0)),
        )
        .on_conflict_do_update(
            index_elements=["service"],
            set_={
                "stages": case(
                    (known, Circuit.stages), else_=func.array_append(Circuit.stages, held.stage)
                ),
                "failures": Circuit.failures + 1,
                "failed_at": now,
                "reason": error.sentence,
            },
        )
        .returning(Circuit)
    ).one()
    # Of the many that were on their way when it opened, none puts the next probe off.
    if found.failures <= OPENS or found.probe == held.run_id:
        found.retry_at = now + timedelta(seconds=pause(max(0, found.failures - OPENS)))
        found.probe = None
    return found


def wait(held: StageResult, service: str, now: datetime, until: datetime | None) -> None:
    """Put the claimed stage back at no cost; `until` is None while its circuit is open."""
    held.state, held.owner, held.lease_until = "ready", None, None
    if tries(held) > 0:
        # Else this attempt is forgiven already: it has kept a part.
        held.waits += 1
    held.waiting_for = service
    held.waiting_since = held.waiting_since or now
    held.next_attempt_at = until


def hold_back(session: Session, run_id: UUID, stage: str) -> bool:
    """Whether the stage, just claimed, was put back: its service is away, and another run is the probe."""
    closed_to = session.scalar(
        select(Circuit)
        .where(
            Circuit.failures >= OPENS,
            Circuit.stages.contains([stage]),
            Circuit.probe.is_distinct_from(run_id),
        )
        .limit(1)
    )
    if closed_to is None:
        return False
    held = session.get_one(StageResult, (run_id, stage))
    # It did not begin: it has its turn as a probe before those that tried.
    held.error, held.started_at = closed_to.reason, None
    wait(held, closed_to.service, moment(session), None)
    return True


def worked(session: Session, held: StageResult) -> None:
    """The stage came through, or has kept a part of its work: its services are there, unless one was missed after it began."""
    session.execute(
        delete(Circuit).where(
            Circuit.stages.contains([held.stage]), Circuit.failed_at < held.started_at
        )
    )


def resumable(session: Session, limit: int) -> list[tuple[UUID, str]]:
    """Waiting stages that may go on: of good services at most `limit`, and a probe of each open circuit."""
    found = _probes(session)
    if limit > 0:
        shut = select(Circuit.service).where(Circuit.failures >= OPENS)
        found += _released(
            session,
            StageResult.waiting_for.not_in(shut),
            # That is no service: `models.admission` says when it comes.
            StageResult.waiting_for != ITS_TURN,
            func.coalesce(StageResult.next_attempt_at, func.now()) <= func.now(),
            limit=limit,
        )
    return found


def _probes(session: Session) -> list[tuple[UUID, str]]:
    due = session.scalars(
        select(Circuit)
        .where(Circuit.failures >= OPENS, Circuit.retry_at <= func.now())
        .with_for_update(skip_locked=True)
    ).all()
    found: list[tuple[UUID, str]] = []
    for circuit in due:
        chosen = _released(session, StageResult.waiting_for == circuit.service, limit=1)
        if chosen:
            circuit.probe = chosen[0][0]
            circuit.retry_at = moment(session) + PROBE
        elif not _awaited(session, circuit):
            # All that waited were cancelled or have ended: nobody would ever try.
            session.delete(circuit)
        found += chosen
    return found


def _awaited(session: Session, circuit: Circuit) -> bool:
    """Whether a stage waits for the service, or has waited and is on its way."""
    found = session.scalar(
        select(StageResult.run_id)
        .join(Run, Run.id == StageResult.run_id)
        .where(
            Run.state.not_in(RUN_OVER),
            StageResult.stage.in_(circuit.stages),
            StageResult.state.in_(("ready", "running")),
            StageResult.waiting_since.is_not(None),
            func.coalesce(StageResult.waiting_for, circuit.service) == circuit.service,
        )
        .limit(1)
    )
    return found is not None


def _released(session: Session, *which: ColumnElement[bool], limit: int) -> list[tuple[UUID, str]]:
    """The least recently tried first: a run that can never succeed must not be the probe for ever."""
    rows = session.scalars(
        select(StageResult)
        .join(Run, Run.id == StageResult.run_id)
        .where(
            Run.state.not_in(RUN_OVER),
            StageResult.state == "ready",
            StageResult.waiting_for.is_not(None),
            *which,
        )
        .order_by(StageResult.started_at.asc().nulls_first())
        .limit(limit)
        # A row that somebody works on is left for the next round.
        .with_for_update(of=StageResult, skip_locked=True)
    ).all()
    for row in rows:
        row.waiting_for, row.next_attempt_at = None, moment(session)
    return [(row.run_id, row.stage) for row in rows]


def open_circuits(session: Session) -> list[Circuit]:
    """Of every service that is away, the longest first."""
    return list(
        session.scalars(select(Circuit).where(Circuit.failures >= OPENS).order_by(Circuit.since))
    )
