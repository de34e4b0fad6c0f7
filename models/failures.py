"""What the ledger notes of a failure, and what only the log may say of it."""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Identity,
    Index,
    String,
    delete,
    func,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from pipeline.errors import ColloquyError
from pipeline.runner import Claim

log = logging.getLogger(__name__)

BUG = "An unexpected error stopped this stage; the operators' log has the details."
MEMORY = (
    "The recording needs more memory than a worker may use. "
    "Split it, or have the operators give the workers more."
)
BUGS = "bug-"
"""Before the name of an error that nobody expected."""
LONGEST_CODE = 50
"""Characters of the column."""


class StageFailure(Base):
    """One attempt that gave no result. It names no run: it outlives what it tells of, for a month."""

    __tablename__ = "stage_failures"
    __table_args__ = (
        Index("idx_stage_failures_at", "at"),
        CheckConstraint("outcome IN ('again', 'waits', 'dead')", name="outcome"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    stage: Mapped[str] = mapped_column(String(50))
    code: Mapped[str] = mapped_column(String(50))
    outcome: Mapped[str] = mapped_column(String(10))
    """What followed: another attempt, a wait for a service, or a dead letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A code for programs and a sentence for people."""

    code: str
    sentence: str
    bug: bool


def told(error: Exception) -> Failure:
    """An expected failure tells itself; of a bug only the kind is told."""
    if isinstance(error, ColloquyError):
        return Failure(code=error.code, sentence=error.sentence, bug=False)
    if isinstance(error, MemoryError):
        return Failure(code="out-of-memory", sentence=MEMORY, bug=True)
    return Failure(code=f"{BUGS}{type(error).__name__}"[:LONGEST_CODE], sentence=BUG, bug=True)


KEPT_FOR = timedelta(days=30)
"""As long as an incident is looked into."""


def keep(
    session: Session, stage: str, code: str | None, outcome: Literal["again", "waits", "dead"]
) -> None:
    """Note that an attempt gave no result, in the transaction of what follows from it."""
    session.add(StageFailure(stage=stage, code=code or "unknown", outcome=outcome))
    told = {"stage": stage, "code": code, "outcome": outcome}
    log.warning("an attempt gave no result", extra=told)


def forget_old(session: Session) -> None:
    """Those of more than a month ago."""
    session.execute(delete(StageFailure).where(StageFailure.at < func.now() - KEPT_FOR))


def cry(claim: Claim, error: Exception) -> None:
    """Where a bug was raised, without its message: that may hold what somebody said."""
    where = "".join(traceback.format_tb(error.__traceback__))
    told = {"run_id": str(claim.run_id), "stage": claim.stage}
    log.error("bug: %s\n%s", type(error).__name__, where, extra=told)
