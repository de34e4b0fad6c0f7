"""Who the learners of conversations are, as far as subgroups go: no names of people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from models.database import Sessions
from models.tables import Class, Conversation, Run, User, UserProfile

AGE_GROUP = "age_group"
"""The key in `user_profiles.preferences` under which platforms may tell it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One conversation that readers see a result of."""

    conversation_id: UUID
    run_id: UUID
    learner: UUID
    """The conversation's own id where it has no user."""
    class_name: str | None
    language: str | None
    """The learner's language preference."""
    age_group: str | None


def members(sessions: Sessions, wanted: Sequence[UUID]) -> list[Member]:
    """Of these conversations those that readers see a result of, in the given order."""
    with sessions.begin() as session:
        rows = session.execute(
            select(
                Conversation.id,
                Run.id,
                Conversation.user_id,
                Class.name,
                User.language_preference,
                UserProfile.preferences[AGE_GROUP].astext,
            )
            .join(Run, (Run.conversation_id == Conversation.id) & Run.shown)
            .outerjoin(Class, Class.id == Conversation.class_id)
            .outerjoin(User, User.id == Conversation.user_id)
            .outerjoin(UserProfile, UserProfile.user_id == User.id)
            .where(Conversation.id.in_(wanted))
            # A user may have several profiles: the newest counts.
            .order_by(Conversation.id, UserProfile.created_at.desc().nulls_last())
        )
        found: dict[UUID, Member] = {}
        for talk, run_id, owner, class_name, language, age_group in rows:
            member = Member(
                conversation_id=talk,
                run_id=run_id,
                learner=owner or talk,
                class_name=class_name,
                language=language,
                age_group=age_group,
            )
            found.setdefault(talk, member)
    return [found[one] for one in wanted if one in found]
