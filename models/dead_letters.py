"""Dead letters: listed, looked at, replayed from the stage that failed, discarded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models.audit import note
from models.database import Sessions
from models.runs import DeadLetter, Run, StageResult
from models.shown import hopeful, newer_than, settle
from pipeline.errors import PermanentError
from pipeline.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Work that ended without a result; `stage` and `run_id` are None where it never became a run."""

    id: UUID
    run_id: UUID | None
    conversation_id: UUID | None
    media_key: str | None
    stage: str | None
    attempts: int
    code: str
    reason: str
    engines: tuple[str, ...]
    """Of the stage that failed, as far as it came to using any."""
    created_at: datetime | None
    replayed_at: datetime | None
    discarded_at: datetime | None


class DeadLetters:
    """One public method is one transaction; every deed leaves an audit event."""

    def __init__(self, sessions: Sessions, plan: Plan) -> None:
        """Replay runs of the plan."""
        self._sessions, self._plan = sessions, plan

    def open(
        self, stage: str | None = None, code: str | None = None, since: datetime | None = None
    ) -> list[Letter]:
        """Those neither replayed nor discarded, oldest first."""
        query = select(DeadLetter, Run.conversation_id).outerjoin(Run, Run.id == DeadLetter.run_id)
        query = query.where(_open()).order_by(DeadLetter.created_at, DeadLetter.id)
        if stage is not None:
            query = query.where(DeadLetter.stage == stage)
        if code is not None:
            query = query.where(DeadLetter.code == code)
        if since is not None:
            query = query.where(DeadLetter.created_at >= since)
        with self._sessions.begin() as session:
            return [_letter(row, talk) for row, talk in session.execute(query)]

    def get(self, letter_id: UUID) -> Letter:
        """PermanentError when there is none."""
        with self._sessions.begin() as session:
            row = _found(session, letter_id)
            run = session.get(Run, row.run_id) if row.run_id else None
            return _letter(row, run.conversation_id if run else None)

    def replay(self, letter_id: UUID) -> None:
        """Have the letter's run stand in line again, at the stage that failed.

        What earlier stages gave stays. Attempts begin anew while their number goes on rising, so that a late result
        of the time before is still refused.
        """
        with self._sessions.begin() as session:
            run_id = _found(session, letter_id).run_id
            run = session.get(Run, run_id, with_for_update=True) if run_id else None
            letter = _found(session, letter_id, lock=True)
            _must_be_open(letter)
            if run is None:
                raise PermanentError("This upload never became a run.", code="no-run")
            _must_be_worth_it(session, run)
            self._resume(session, run)
            letter.replayed_at = func.now()
            note(session, "replay", "dead letter", letter.id, run=str(run.id), stage=letter.stage)
            settle(session, run.conversation_id)

    def _resume(self, session: Session, run: Run) -> None:
        done = session.scalars(
            select(StageResult.stage).where(
                StageResult.run_id == run.id, StageResult.state == "done"
            )
        ).all()
        ready = [one.name for one in self._plan.ready(done)]
        session.execute(
            update(StageResult)
            .where(StageResult.run_id == run.id, StageResult.state != "done")
            .values(
                state="pending",
                forgiven=StageResult.attempt,
                waits=0,
                waiting_for=None,
                waiting_since=None,
                next_attempt_at=None,
                error=None,
                error_code=None,
            )
        )
        # An insert where the plan has grown since the run was made.
        session.execute(
            insert(StageResult)
            .values([{"run_id": run.id, "stage": name, "state": "ready"} for name in ready])
            .on_conflict_do_update(index_elements=["run_id", "stage"], set_={"state": "ready"})
        )
        run.state, run.finished_at, run.admitted_at = "queued", None, None
        overall = (run.scorecard or {}).get("overall", {})
        short = run.scorecard is not None and overall.get("score") is None
        # What `persist` had noted, before a later stage failed.
        run.reason_code = "insufficient" if short else None
        run.reason = overall.get("reason") if short else None

    def looked_again(self, letter_id: UUID) -> None:
        """A refused upload has become a run."""
        with self._sessions.begin() as session:
            _found(session, letter_id, lock=True).replayed_at = func.now()
            note(session, "replay", "dead letter", letter_id)

    def discard(self, letter_id: UUID) -> None:
        """Close it for good; its run stays failed, with its reason."""
        with self._sessions.begin() as session:
            letter = _found(session, letter_id, lock=True)
            _must_be_open(letter)
            letter.discarded_at = func.now()
            told = {"code": letter.code, "stage": letter.stage}
            note(session, "discard", "dead letter", letter.id, **told)


def _open() -> ColumnElement[bool]:
    return and_(DeadLetter.replayed_at.is_(None), DeadLetter.discarded_at.is_(None))


def _found(session: Session, letter_id: UUID, *, lock: bool = False) -> DeadLetter:
    row = session.get(DeadLetter, letter_id, with_for_update=True if lock else None)
    if row is None:
        raise PermanentError(
            f"There is no dead letter {letter_id}; one goes with its conversation when that is deleted.",
            code="no-letter",
            advice="`colloquy dead list` shows those there are.",
        )
    return row


def _must_be_open(letter: DeadLetter) -> None:
    for done, at in (("replayed", letter.replayed_at), ("discarded", letter.discarded_at)):
        if at is not None:
            raise PermanentError(
                f"The dead letter {letter.id} was {done} already, at {at:%Y-%m-%d %H:%M} UTC.",
                code=f"already-{done}",
            )


def _must_be_worth_it(session: Session, run: Run) -> None:
    """Nobody would see what a run gives that has a newer one beside it."""
    others = select(Run.id).where(Run.conversation_id == run.conversation_id, hopeful()).limit(1)
    if session.scalar(others.where(newer_than(run))) is not None:
        raise PermanentError(
            "A newer upload of this conversation has taken this one's place.",
            code="superseded",
            advice="Discard the dead letter: readers see the newer one.",
        )
    if run.repeats and session.scalar(others.where(Run.repeats == run.repeats)) is not None:
        raise PermanentError(
            "This rerun was begun anew after it failed.",
            code="superseded",
            advice="Discard the dead letter.",
        )


def _letter(row: DeadLetter, conversation_id: UUID | None) -> Letter:
    return Letter(
        id=row.id,
        run_id=row.run_id,
        conversation_id=conversation_id,
        media_key=row.media_key,
        stage=row.stage,
        attempts=row.attempts,
        code=row.code,
        reason=row.reason,
        engines=tuple(row.engines or ()),
        created_at=row.created_at,
        replayed_at=row.replayed_at,
        discarded_at=row.discarded_at,
    )
