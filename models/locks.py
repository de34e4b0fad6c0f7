"""The order in which rows are locked: a learner, a conversation, its run, the run's stages; of several runs by their ids.

A deletion takes them in the same order, by cascade, so that neither ever waits for the other in a ring. Who only locks
a run and its stages keeps the order, too.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.conversations import Conversation
from models.people import User
from models.runs import Run


def with_conversation(session: Session, run_id: UUID) -> Run | None:
    """The run, locked, and its conversation before it: its status may follow from what is done to the run."""
    whose = select(Run.conversation_id).where(Run.id == run_id).scalar_subquery()
    session.execute(select(Conversation.id).where(Conversation.id == whose).with_for_update())
    return session.get(Run, run_id, with_for_update=True)


def keep_learner(session: Session, run_id: UUID) -> None:
    """Before the conversation: the learner cannot be deleted while rows are written that are theirs."""
    whose = select(Run.conversation_id).where(Run.id == run_id).scalar_subquery()
    learner = select(Conversation.user_id).where(Conversation.id == whose).scalar_subquery()
    stays = select(User.id).where(User.id == learner).with_for_update(read=True, key_share=True)
    session.execute(stays)
