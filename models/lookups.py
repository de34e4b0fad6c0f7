"""Rows that people and uploads name, looked up inside a transaction of the caller."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.tables import Assignment, Class, Conversation, User
from pipeline.errors import PermanentError


def check_assignment(session: Session, conversation_id: UUID, assignment_id: UUID | None) -> None:
    """That both are there and stay until the end of the transaction, and are of one class."""
    stays = {"read": True, "key_share": True}
    talk = session.get(Conversation, conversation_id, with_for_update=stays)
    if talk is None:
        raise PermanentError("The key fits no conversation.", code="no-conversation")
    if assignment_id is None:
        return
    task = session.get(Assignment, assignment_id, with_for_update=stays)
    if task is None:
        raise PermanentError(
            "The upload names an assignment that does not exist.",
            code="unknown-assignment",
            advice="Give the id of a row in the table assignments.",
        )
    if task.class_id is not None and task.class_id != talk.class_id:
        raise PermanentError(
            "The upload names an assignment of another class than the conversation's.",
            code="foreign-assignment",
            advice="Leave the class out, or name the assignment's.",
        )


def user_named(session: Session, name: str) -> UUID:
    """By user name or address; PermanentError for an unknown one."""
    found = session.scalar(
        select(User.id).where((User.username == name) | (func.lower(User.email) == name.lower()))
    )
    if found is None:
        raise PermanentError(
            f"There is no user {name!r}.",
            code="unknown-user",
            advice="Give the name or the address of a user in the table users.",
        )
    return found


def class_named(session: Session, name: str) -> UUID:
    """The class's id; PermanentError for an unknown one."""
    found = session.scalar(select(Class.id).where(Class.name == name))
    if found is None:
        raise PermanentError(
            f"There is no class {name!r}.",
            code="unknown-class",
            advice="Give the name of a class in the table classes.",
        )
    return found
