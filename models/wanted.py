"""Which conversations of an archive are meant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, select

from models.database import Sessions
from models.lookups import class_named
from models.tables import Conversation, Run, StageResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Conversations with a recording that meet all of these; without any, all there are."""

    classes: tuple[str, ...] = ()
    """Of one of them."""
    since: date | None = None
    until: date | None = None
    """Days in UTC, both included."""
    scored_with: str | None = None
    """The rubric of the evaluation that readers see."""
    engine: tuple[str, str] | None = None
    """Name and version of an engine that made it."""


def conversations(sessions: Sessions, wanted: Wanted) -> list[UUID]:
    """Their ids, the oldest first; PermanentError for an unknown class."""
    with sessions.begin() as session:
        query = select(Conversation.id).where(
            select(Run.id).where(Run.conversation_id == Conversation.id).exists()
        )
        if wanted.classes:
            named = [class_named(session, one) for one in wanted.classes]
            query = query.where(Conversation.class_id.in_(named))
        if wanted.since is not None:
            query = query.where(Conversation.created_at >= _midnight(wanted.since))
        if wanted.until is not None:
            query = query.where(
                Conversation.created_at < _midnight(wanted.until + timedelta(days=1))
            )
        seen = select(Run.id).where(Run.conversation_id == Conversation.id, Run.shown)
        if wanted.scored_with is not None:
            query = query.where(seen.where(Run.rubric == wanted.scored_with).exists())
        if wanted.engine is not None:
            query = query.where(seen.where(_made_by(*wanted.engine)).exists())
        return list(session.scalars(query.order_by(Conversation.created_at, Conversation.id)))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _made_by(name: str, version: str) -> ColumnElement[bool]:
    """A stage of the run names the engine, whatever settings it tells after its version."""
    # Each engine on a line of its own, and a space after each: in an array nothing tells how a value begins.
    engines = literal("\n").concat(func.array_to_string(StageResult.engines, " \n")).concat(" ")
    begins = engines.contains(f"\n{name} {version} ", autoescape=True)
    return select(StageResult.run_id).where(StageResult.run_id == Run.id, begins).exists()
