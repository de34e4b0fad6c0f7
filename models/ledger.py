"""The run ledger in PostgreSQL: claims with leases and fencing, results, failures, and what must be sent again."""

from __future__ import annotations

import json
import logging
import random
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.checkpoints import SqlParts, forget, forget_over, held
from models.database import Sessions
from models.healing import bury, bury_exhausted, due, moment
from models.runs import RUN_OVER, Run, StageResult
from models.shown import settle
from pipeline.artifacts import Artifact
from pipeline.errors import ColloquyError, PermanentError
from pipeline.parts import Parts
from pipeline.plan import Plan
from pipeline.runner import Claim, Result
from pipeline.stage import AnyStage

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=120)
"""How long a silent worker keeps a stage: twelve missed heartbeats."""
HEARTBEAT = 10.0
"""Seconds between two beats of a working stage."""
SHOWN_EVERY = 1.0
"""Seconds between two writes of the progress: often enough to see it move, rare enough to cost nothing."""
BACKOFF = 5.0
"""Seconds before the second attempt; doubled for each further one, with up to as much jitter again."""
LONGEST_BACKOFF = 300.0
BUG = "An unexpected error stopped this stage; the operators' log has the details."


class SqlLedger:
    """`pipeline.runner.Ledger` on PostgreSQL; one public method is one transaction."""

    def __init__(self, sessions: Sessions, plan: Plan) -> None:
        """Keep the plan's runs."""
        self._sessions, self._plan = sessions, plan
        self._beats: dict[tuple[UUID, str, int], float] = {}

    def claim(self, run_id: UUID, stage: AnyStage, owner: str) -> Claim | None:
        """A conditional update: free, ours, or its lease run out; and attempts left."""
        now = func.now()
        with self._sessions.begin() as session:
            attempt = session.scalar(
                update(StageResult)
                .where(
                    StageResult.run_id == run_id,
                    StageResult.stage == stage.name,
                    StageResult.attempt - StageResult.moved < stage.attempts,
                    or_(
                        StageResult.state == "ready",
                        and_(
                            StageResult.state == "running",
                            or_(StageResult.owner == owner, StageResult.lease_until < now),
                        ),
                    ),
                    select(Run.id).where(Run.id == run_id, Run.state.not_in(RUN_OVER)).exists(),
                )
                .values(
                    state="running",
                    owner=owner,
                    attempt=StageResult.attempt + 1,
                    lease_until=now + LEASE,
                    next_attempt_at=None,
                    progress=0,
                    started_at=now,
                )
                .returning(StageResult.attempt)
            )
            if attempt is None:
                return None
            self._begin(session, run_id)
            run = session.get_one(Run, run_id)
            return Claim(
                run_id=run_id,
                conversation_id=run.conversation_id,
                stage=stage.name,
                attempt=attempt,
                inputs=self._inputs(session, run, stage),
            )

    @staticmethod
    def _begin(session: Session, run_id: UUID) -> None:
        """The first claim of a run; a run that was ended meanwhile stays so."""
        conversation_id = session.scalar(
            update(Run)
            .where(Run.id == run_id, Run.state == "queued")
            .values(state="running")
            .returning(Run.conversation_id)
        )
        if conversation_id is not None:
            settle(session, conversation_id)

    def _inputs(self, session: Session, run: Run, stage: AnyStage) -> dict[str, Artifact]:
        wanted = self._plan.inputs(stage)
        rows = session.execute(
            select(StageResult.artifact_type, StageResult.artifact).where(
                StageResult.run_id == run.id, StageResult.artifact_type.in_(wanted)
            )
        )
        found = {kind: Artifact(type=kind, body=body) for kind, body in rows if kind and body}
        found[self._plan.seed.__name__] = seed_artifact(self._plan, run)
        # One that is missing, as after a release that renamed it, fails the attempt and not the claim:
        # attempts are bounded.
        return {name: found[name] for name in wanted if name in found}

    def reusable(self, claim: Claim, key: str) -> Artifact | None:
        """Of the same conversation only: erasing it must not leave its parts in another's history."""
        with self._sessions.begin() as session:
            row = session.execute(
                select(StageResult.artifact_type, StageResult.artifact)
                .join(Run, Run.id == StageResult.run_id)
                .where(
                    Run.conversation_id == claim.conversation_id,
                    StageResult.content_key == key,
                    StageResult.state == "done",
                )
                .limit(1)
            ).first()
        return Artifact(type=row[0], body=row[1]) if row and row[0] and row[1] else None

    def parts(self, claim: Claim, key: str) -> Parts:
        """Of the same run only; a rerun takes whole results."""
        return SqlParts(self._sessions, claim, key)

    def progress(self, claim: Claim, fraction: float) -> None:
        """Written at most every SHOWN_EVERY seconds, and only while the attempt is the current one."""
        beat = (claim.run_id, claim.stage, claim.attempt)
        if time.monotonic() - self._beats.get(beat, 0.0) < SHOWN_EVERY:
            return
        self._beats = {beat: time.monotonic()}
        try:
            with self._sessions.begin() as session:
                session.execute(
                    update(StageResult)
                    .where(*held(claim))
                    .values(progress=min(1.0, max(0.0, fraction)), lease_until=func.now() + LEASE)
                )
        except OperationalError:
            # As for a heartbeat: minutes of work are not thrown away for a bar that stands still.
            log.warning("progress missed", extra={"run_id": str(claim.run_id)})

    @contextmanager
    def keeping(self, claim: Claim) -> Iterator[None]:
        """Lengthen the lease every HEARTBEAT seconds, from a thread: an engine may be silent for long."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(HEARTBEAT):
                try:
                    with self._sessions.begin() as session:
                        session.execute(
                            update(StageResult)
                            .where(*held(claim))
                            .values(lease_until=func.now() + LEASE)
                        )
                except OperationalError:
                    # The database is away: the lease outlasts twelve missed beats, the next may reach it.
                    log.warning("heartbeat missed", extra={"run_id": str(claim.run_id)})

        thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def record(self, claim: Claim, result: Result) -> tuple[AnyStage, ...]:
        """Under a lock on the run: without it two stages that finish together unlock nothing."""
        with self._sessions.begin() as session:
            run = session.get(Run, claim.run_id, with_for_update=True)
            if run is None or run.state in RUN_OVER:
                return ()
            stored = session.execute(
                update(StageResult)
                .where(*held(claim))
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
                    finished_at=func.now(),
                )
                .returning(StageResult.stage)
            ).first()
            if stored is None:
                return ()
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
            # `persist` has noted the reason where there was not enough evidence.
            run.state = "insufficient" if run.reason_code == "insufficient" else "completed"
            run.finished_at = moment(session)
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
        """A permanent error ends the run; any other is tried again until the attempts are used up."""
        told = error if isinstance(error, ColloquyError) else None
        sentence = told.sentence if told else BUG
        code = told.code if told else f"bug-{type(error).__name__}"[:50]
        if told is None:
            _cry(claim, error)
        stage = self._plan[claim.stage]
        with self._sessions.begin() as session:
            run = session.get(Run, claim.run_id, with_for_update=True)
            row = session.scalar(select(StageResult).where(*held(claim)).with_for_update())
            if run is None or row is None or run.state in RUN_OVER:
                return None
            row.error, row.error_code, row.owner, row.lease_until = sentence, code, None, None
            tries = claim.attempt - row.moved
            if isinstance(error, PermanentError) or tries >= stage.attempts:
                bury(session, run, row)
                return None
            wait = backoff(tries)
            row.state = "ready"
            row.next_attempt_at = moment(session) + timedelta(seconds=wait)
            return wait

    def to_send(self, older_than: float) -> list[tuple[UUID, str]]:
        """Stages to be sent again: ready for so many seconds, or their worker fell silent."""
        with self._sessions.begin() as session:
            return due(session, self._plan, older_than)

    def bury_exhausted(self) -> int:
        """End the runs of stages whose workers died in every attempt; how many. Parts of ended runs go too."""
        with self._sessions.begin() as session:
            forget_over(session)
            return bury_exhausted(session, self._plan)

    def release_all(self) -> None:
        """End every lease: only where it is known that no worker lives."""
        with self._sessions.begin() as session:
            session.execute(
                update(StageResult)
                .where(StageResult.state == "running")
                .values(lease_until=func.now())
            )


def seed_artifact(plan: Plan, run: Run) -> Artifact:
    """The run's seed as it goes into content keys: JSON in one fixed form."""
    body = json.dumps(run.seed, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return Artifact(type=plan.seed.__name__, body=body)


def backoff(attempt: int) -> float:
    """Seconds before the next attempt, with jitter so that a crowd does not come back at once."""
    base = min(LONGEST_BACKOFF, BACKOFF * 2.0 ** max(0, attempt - 1))
    return base * (1 + random.random())  # noqa: S311 - jitter, no secret


def _cry(claim: Claim, error: Exception) -> None:
    """Where a bug was raised, without its message: that may hold what somebody said."""
    where = "".join(traceback.format_tb(error.__traceback__))
    told = {"run_id": str(claim.run_id), "stage": claim.stage}
    log.error("bug: %s\n%s", type(error).__name__, where, extra=told)
