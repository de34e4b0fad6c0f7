"""The run ledger in PostgreSQL: claims with leases and fencing, results, failures, and what must be sent again."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from sqlalchemy import case, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from config.settings import ReliabilitySettings
from models.checkpoints import SqlParts, forget, forget_over, holding, kept_some
from models.circuits import hold_back, missed, worked
from models.database import Sessions, patiently, working
from models.failures import backoff, cry, forget_old, keep, told
from models.healing import (
    bury,
    bury_lost,
    doubt,
    due,
    exhausted,
    free,
    left,
    moment,
    tries,
)
from models.heart import beating
from models.inputs import inputs
from models.locks import with_conversation
from models.runs import RUN_OVER, Run, StageResult
from models.shown import settle
from pipeline.artifacts import Artifact
from pipeline.errors import ClaimLostError, PermanentError, UnavailableError
from pipeline.parts import Parts
from pipeline.plan import Plan
from pipeline.runner import Claim, Result
from pipeline.stage import AnyStage

log = logging.getLogger(__name__)

SHOWN_EVERY = 1.0
"""Seconds between two writes of the progress: often enough to see it move, rare enough to cost nothing."""


class SqlLedger:
    """`pipeline.runner.Ledger` on PostgreSQL; one public method is one transaction."""

    def __init__(
        self, sessions: Sessions, plan: Plan, terms: ReliabilitySettings | None = None
    ) -> None:
        """Keep the plan's runs; `terms` say how long a claim lasts."""
        self._sessions, self._plan = sessions, plan
        self._terms = terms or ReliabilitySettings()
        self._lease = timedelta(seconds=self._terms.lease_seconds)
        self._beats: dict[tuple[UUID, str, int], float] = {}

    def claim(self, run_id: UUID, stage: AnyStage, owner: str) -> Claim | None:
        """A conditional update: free, or its lease run out; and attempts left.

        Under a lock on the run: a cancel at the same moment waits.
        """
        now = func.now()
        with self._sessions.begin() as session:
            run = with_conversation(session, run_id)
            if run is None or run.state in RUN_OVER:
                return None
            attempt = session.scalar(
                update(StageResult)
                .where(
                    StageResult.run_id == run_id,
                    StageResult.stage == stage.name,
                    left(stage),
                    free(),
                )
                .values(
                    state="running",
                    owner=owner,
                    attempt=StageResult.attempt + 1,
                    lease_until=now + self._lease,
                    next_attempt_at=None,
                    waiting_for=None,
                    progress=case((kept_some(run_id, stage.name), StageResult.progress), else_=0),
                    started_at=now,
                )
                .returning(StageResult.attempt)
            )
            if attempt is None:
                doubt(session, run_id, stage.name, owner, self._terms)
                return None
            if run.state == "queued":
                run.state, run.admitted_at = "running", run.admitted_at or moment(session)
                settle(session, run.conversation_id)
            if hold_back(session, run_id, stage.name):
                return None
            return Claim(
                run_id=run_id,
                conversation_id=run.conversation_id,
                stage=stage.name,
                attempt=attempt,
                inputs=inputs(session, run, self._plan, stage),
            )

    def reusable(self, claim: Claim, key: str) -> Artifact | None:
        """Of the same conversation only: erasing it must not leave its parts in another's history."""
        with working(self._sessions) as session:
            row = session.execute(
                select(StageResult.artifact_type, StageResult.artifact)
                .join(Run, Run.id == StageResult.run_id)
                .where(
                    Run.conversation_id == claim.conversation_id,
                    StageResult.content_key == key,
                    StageResult.state == "done",
                    StageResult.artifact.is_not(None),
                )
                .limit(1)
            ).first()
        return Artifact(type=row[0], body=row[1]) if row and row[0] and row[1] else None

    def begin(self, claim: Claim, engines: tuple[str, ...]) -> None:
        """Written before the work: a process that crashes in it tells nothing afterwards."""
        with working(self._sessions) as session:
            session.execute(
                update(StageResult).where(*holding(claim)).values(engines=list(engines))
            )

    def parts(self, claim: Claim, key: str) -> Parts:
        """Of the same run only; a rerun takes whole results."""
        return SqlParts(self._sessions, claim, key)

    def progress(self, claim: Claim, fraction: float) -> None:
        """Written at most every SHOWN_EVERY seconds; ClaimLostError when the work is for nothing."""
        beat = (claim.run_id, claim.stage, claim.attempt)
        if time.monotonic() - self._beats.get(beat, 0.0) < SHOWN_EVERY:
            return
        self._beats = {beat: time.monotonic()}
        try:
            held = self.beat(claim, min(1.0, max(0.0, fraction)))
        except OperationalError:
            # As for a heartbeat: minutes of work are not thrown away for a bar that stands still.
            log.warning("progress missed", extra={"run_id": str(claim.run_id)})
            return
        if not held:
            raise ClaimLostError

    def beat(self, claim: Claim, shown: float = 0.0) -> bool:
        """Lengthen the lease; False when the run is over or gone, or another has the stage.

        A later attempt walks past the parts that are kept: what is shown never goes back.
        """
        with self._sessions.begin() as session:
            held = session.scalar(
                update(StageResult)
                .where(*holding(claim))
                .values(
                    lease_until=func.now() + self._lease,
                    progress=func.greatest(StageResult.progress, shown),
                )
                .returning(StageResult.attempt)
            )
        return held is not None

    @contextmanager
    def keeping(self, claim: Claim) -> Iterator[None]:
        """Lengthen the lease at every heartbeat, from a thread: an engine may be silent for long."""
        with beating(lambda: self.beat(claim), self._terms.heartbeat_seconds, claim):
            yield

    def record(self, claim: Claim, result: Result) -> tuple[AnyStage, ...]:
        """Tried for a lease's time where the database is away: what was computed is not thrown away."""
        return patiently(self._terms.lease_seconds, lambda: self._record(claim, result))

    def _record(self, claim: Claim, result: Result) -> tuple[AnyStage, ...]:
        """Under a lock on the run: without it two stages that finish together unlock nothing."""
        with self._sessions.begin() as session:
            run = session.get(Run, claim.run_id, with_for_update=True)
            if run is None or run.state in RUN_OVER:
                return ()
            stored = session.execute(
                update(StageResult)
                .where(*holding(claim))
                .values(
                    state="done",
                    progress=1,
                    owner=None,
                    lease_until=None,
                    artifact_type=result.artifact.type,
                    artifact=result.artifact.body,
                    content_key=result.key,
                    engines=list(result.engines),
                    seconds=func.coalesce(StageResult.seconds, 0) + result.seconds,
                    reused=result.reused,
                    error=None,
                    error_code=None,
                    waiting_since=None,
                    finished_at=func.now(),
                )
                .returning(StageResult)
            ).scalar_one_or_none()
            if stored is None:
                return ()
            if not result.reused:
                worked(session, stored)
            forget(session, claim)
            return self._unlock(session, run)

    def _unlock(self, session: Session, run: Run) -> tuple[AnyStage, ...]:
        """Mark what became ready; end the run when nothing is left."""
        found = session.execute(
            select(StageResult.stage, StageResult.state).where(StageResult.run_id == run.id)
        )
        states = {row.stage: row.state for row in found}
        done = {name for name, state in states.items() if state == "done"}
        if done.issuperset(one.name for one in self._plan.stages):
            # In one write: at a second one in a transaction PostgreSQL makes sure of the run's conversation
            # and source, and who has locked those may be waiting for the run.
            ended = moment(session)
            # `persist` has noted the reason where there was not enough evidence.
            run.state = "insufficient" if run.reason_code == "insufficient" else "completed"
            run.finished_at = ended
            return ()
        ready = tuple(
            one for one in self._plan.ready(done) if states.get(one.name) in {None, "pending"}
        )
        if ready:
            # An insert where the plan has grown since the run was made.
            rows = [{"run_id": run.id, "stage": one.name, "state": "ready"} for one in ready]
            session.execute(
                insert(StageResult)
                .values(rows)
                .on_conflict_do_update(index_elements=["run_id", "stage"], set_={"state": "ready"})
            )
        return ready

    def fail(self, claim: Claim, error: Exception) -> float | None:
        """End the run, or have it tried again: a service that is away costs no attempt."""
        return patiently(self._terms.lease_seconds, lambda: self._fail(claim, error))

    def _fail(self, claim: Claim, error: Exception) -> float | None:
        failure = told(error)
        stage = self._plan[claim.stage]
        with self._sessions.begin() as session:
            run = with_conversation(session, claim.run_id)
            held = session.scalar(select(StageResult).where(*holding(claim)).with_for_update())
            if run is None or held is None or run.state in RUN_OVER:
                # Whatever broke, broke because the run was ended, deleted or overtaken.
                return None
            if failure.bug:
                cry(claim, error)
            held.owner, held.lease_until = None, None
            waits = isinstance(error, UnavailableError) and missed(session, held, error)
            held.error, held.error_code = failure.sentence, failure.code
            if waits:
                keep(session, stage.name, failure.code, "waits")
                return None
            tried = tries(held)
            if isinstance(error, PermanentError) or tried >= stage.attempts:
                bury(session, run, held)
                return None
            keep(session, stage.name, failure.code, "again")
            wait = backoff(tried)
            held.state = "ready"
            held.next_attempt_at = moment(session) + timedelta(seconds=wait)
            return wait

    def to_send(self, older_than: float) -> list[tuple[UUID, str]]:
        """Stages to be sent again: ready for so many seconds, or their worker fell silent."""
        with self._sessions.begin() as session:
            return due(session, self._plan, older_than)

    def bury_exhausted(self) -> int:
        """End the runs of stages whose workers died in every attempt; how many. Parts of ended runs go too.

        One transaction each: a deletion that takes several runs along must not meet one that holds several.
        """
        with self._sessions.begin() as session:
            forget_over(session)
            forget_old(session)
        with self._sessions.begin() as session:
            lost = exhausted(session, self._plan)
        count = 0
        for run_id, stage in lost:
            with self._sessions.begin() as session:
                count += bury_lost(session, run_id, self._plan[stage], self._terms)
        return count

    def release_all(self) -> None:
        """End every lease: only where it is known that no worker lives."""
        with self._sessions.begin() as session:
            session.execute(
                update(StageResult)
                .where(StageResult.state == "running")
                .values(lease_until=func.least(StageResult.lease_until, func.now()))
            )
