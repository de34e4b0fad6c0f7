"""The conversations of a class, as an export needs to know them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from models.audit import note
from models.database import Sessions
from models.lookups import class_named
from models.tables import Conversation, User


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One conversation of a class; `learner` is a pseudonym, the same for all of a learner's in that class."""

    conversation_id: UUID
    class_id: UUID
    learner: str | None
    learner_name: str
    recorded_on: date | None
    level: str


def members(sessions: Sessions, class_name: str, *, names: bool) -> list[Member]:
    """All of the class, the oldest first; that they were read is noted. PermanentError for an unknown class."""
    with sessions.begin() as session:
        class_id = class_named(session, class_name)
        rows = session.execute(
            select(Conversation, User.username)
            .outerjoin(User, User.id == Conversation.user_id)
            .where(Conversation.class_id == class_id)
            .order_by(Conversation.created_at, Conversation.id)
        ).all()
        note(session, "export", "class", class_id, conversations=len(rows), names=names)
        return [
            Member(
                conversation_id=talk.id,
                class_id=class_id,
                learner=pseudonym(class_id, talk.user_id) if talk.user_id else None,
                learner_name=name or "",
                recorded_on=talk.created_at.date() if talk.created_at else None,
                level=talk.difficulty_level,
            )
            for talk, name in rows
        ]


def pseudonym(class_id: UUID, user_id: UUID) -> str:
    """Stays the same from export to export; who has the ids can make it again, nobody else."""
    return hashlib.sha256(class_id.bytes + user_id.bytes).hexdigest()[:12]
