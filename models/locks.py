"""The order in which rows are locked: a learner, a conversation, its runs by their ids, a run's stages.

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


def with_runs(session: Session, conversation_id: UUID) -> Conversation | None:
    """The conversation with all of its runs, locked: one of them may lose its place to another.

    The learner before them cannot be deleted while rows are written that are theirs. Not the runs' keys: who writes a
    run that repeats one of them makes sure, at times, that this one is still there.
    """
    learner = select(Conversation.user_id).where(Conversation.id == conversation_id)
    stays = select(User.id).where(User.id == learner.scalar_subquery())
    session.execute(stays.with_for_update(read=True, key_share=True))
    talk = session.get(Conversation, conversation_id, with_for_update=True)
    mine = select(Run.id).where(Run.conversation_id == conversation_id)
    session.execute(mine.order_by(Run.id).with_for_update(key_share=True)).all()
    return talk
