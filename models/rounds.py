"""Rounds: when a task that comes again and again last ended, and how far it looked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import DateTime, String, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment
from models.database import Sessions


class Round(Base):
    """The last round of one task."""

    __tablename__ = "rounds"

    task: Mapped[str] = mapped_column(String(50), primary_key=True)
    ended_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    looked_until: Mapped[Moment]
    """What is older has been looked at."""
    begun_at: Mapped[Moment]
    """When the look that is not over yet began."""
    place: Mapped[str | None] = mapped_column(String(100))
    """Where that one goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How far a task has looked: all that is older than `until`, and of a look begun since, all before `place`."""

    until: datetime
    begun: datetime
    place: str | None = None


class Rounds:
    """One public method is one transaction."""

    def __init__(self, sessions: Sessions) -> None:
        """Keep the rounds of all tasks."""
        self._sessions = sessions

    def look(self, task: str, horizon: float) -> Look:
        """How far it has looked; at its first time until so many seconds ago."""
        with self._sessions.begin() as session:
            now: datetime = session.scalars(select(func.now())).one()
            row = session.get(Round, task)
            until = row.looked_until if row else None
            return Look(
                until=until or now - timedelta(seconds=horizon),
                begun=(row.begun_at if row and row.place else None) or now,
                place=row.place if row else None,
            )

    def lately(self, task: str, seconds: float) -> bool:
        """Whether a round ended within so many seconds."""
        since = func.now() - timedelta(seconds=seconds)
        with self._sessions.begin() as session:
            ended = select(Round.task).where(Round.task == task, Round.ended_at > since)
            return session.scalar(ended) is not None

    def ended(self, task: str, look: Look | None = None) -> None:
        """Note that a round ended now, and how far it came."""
        told = {
            "looked_until": look.until if look else None,
            "begun_at": look.begun if look else None,
            "place": look.place if look else None,
        }
        with self._sessions.begin() as session:
            session.execute(
                insert(Round)
                .values(task=task, **told)
                .on_conflict_do_update(
                    index_elements=["task"], set_={"ended_at": func.now(), **told}
                )
            )
