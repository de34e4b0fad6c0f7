"""Parts of a stage's unfinished work in PostgreSQL: the next attempt goes on where the last one ended.

They stand in the database and not in the media store, since some hold voice vectors: they are fenced, and erased with
their conversation, in the transactions that do it for everything else.
"""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    and_,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models.admission import somebody_waits
from models.circuits import worked
from models.database import Sessions, working
from models.healing import ITS_TURN
from models.runs import RUN_OVER, Run, StageCheckpoint, StageResult
from pipeline.errors import ClaimLostError
from pipeline.parts import ToBeContinued
from pipeline.runner import Claim

TURN = 600.0
"""Seconds after which a stage that has kept a part goes back into the queue, or into the line where others stand in it:
so long at most a turn of a long recording keeps a short one waiting, and fetching a long one again costs a hundredth of it."""
FAILED_FOR = timedelta(days=7)
"""How long the parts of a failed run are there for a replay: an operator's week."""


class SqlParts:
    """`pipeline.parts.Parts` of one claim; each method is one short transaction; without the database the stage waits."""

    def __init__(self, sessions: Sessions, claim: Claim, key: str, turn: float = TURN) -> None:
        """The claim's turn begins; what was kept of other content is thrown away."""
        self._sessions, self._claim, self._key = sessions, claim, key
        self._over = time.monotonic() + turn
        with working(sessions) as session:
            if _current(session, claim):
                gone = session.scalars(
                    delete(StageCheckpoint)
                    .where(*_of(claim), StageCheckpoint.content_key != key)
                    .returning(StageCheckpoint.part)
                ).all()
                if gone:
                    session.execute(update(StageResult).where(*holding(claim)).values(progress=0))

    def load(self, name: str) -> bytes | None:
        """Of the same content only."""
        with working(self._sessions) as session:
            return session.scalar(
                select(StageCheckpoint.body).where(
                    *_of(self._claim),
                    StageCheckpoint.part == name,
                    StageCheckpoint.content_key == self._key,
                )
            )

    def save(self, name: str, body: bytes) -> None:
        """Fenced by the attempt; a new part renews the attempts, and where the turn is over frees the stage."""
        claim, over = self._claim, time.monotonic() >= self._over
        with working(self._sessions) as session:
            if not _current(session, claim):
                raise ClaimLostError
            session.execute(
                insert(StageCheckpoint).values(
                    run_id=claim.run_id,
                    stage=claim.stage,
                    part=name,
                    content_key=self._key,
                    body=body,
                )
            )
            in_line = over and somebody_waits(session)
            held = session.scalars(
                update(StageResult)
                .where(*holding(claim))
                .values(_RENEWED | (_FREED if over else {}) | (_IN_LINE if in_line else {}))
                .returning(StageResult)
            ).one()
            # It may work for hours yet, and others wait for what it has got past.
            worked(session, held)
        if over:
            raise ToBeContinued(in_line=in_line)


_RENEWED = {
    "forgiven": StageResult.attempt,
    "waits": 0,
    "waiting_since": None,
    "error": None,
    "error_code": None,
}
"""What a stage missed before it came on is over."""
_FREED = {
    "state": "ready",
    "owner": None,
    "lease_until": None,
    "next_attempt_at": func.now(),
    "seconds": func.coalesce(StageResult.seconds, 0)
    + func.extract("epoch", func.now() - StageResult.started_at),
}
"""A stage whose turn is over; the seconds add up."""
_IN_LINE = {"waiting_for": ITS_TURN, "waiting_since": func.now()}


def holding(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    """Where the claim is still the right to work on its stage."""
    return (
        StageResult.run_id == claim.run_id,
        StageResult.stage == claim.stage,
        StageResult.attempt == claim.attempt,
        StageResult.state == "running",
    )


def _current(session: Session, claim: Claim) -> bool:
    """Locked until the transaction ends, so that nobody takes the stage in between; the run not over."""
    found = session.scalar(select(StageResult.attempt).where(*holding(claim)).with_for_update())
    alive = select(Run.id).where(Run.id == claim.run_id, Run.state.not_in(RUN_OVER))
    return found is not None and session.scalar(alive) is not None


def _of(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    return (StageCheckpoint.run_id == claim.run_id, StageCheckpoint.stage == claim.stage)


def kept_some(run_id: UUID, stage: str) -> ColumnElement[bool]:
    """Whether an earlier attempt has left parts."""
    return (
        select(StageCheckpoint.part)
        .where(StageCheckpoint.run_id == run_id, StageCheckpoint.stage == stage)
        .exists()
    )


def forget(session: Session, claim: Claim) -> None:
    """The stage is done: its parts have served."""
    session.execute(delete(StageCheckpoint).where(*_of(claim)))


def forget_over(session: Session) -> None:
    """Those of runs that are over; a failed one's stay for FAILED_FOR, so that a replay goes on from them."""
    given_up = and_(Run.state == "failed", Run.finished_at < func.now() - FAILED_FOR)
    ended = Run.state.in_([state for state in RUN_OVER if state != "failed"])
    session.execute(
        delete(StageCheckpoint).where(
            StageCheckpoint.run_id.in_(select(Run.id).where(or_(ended, given_up)))
        )
    )
