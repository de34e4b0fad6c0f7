"""Rows that tests start from."""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from models.database import Sessions
from models.enums import ConversationStatus, UserRole
from models.run_store import RunStore
from models.tables import Class, Conversation, User
from pipeline.plan import PLAN
from pipeline.values import Upload


def user(session: Session, name: str = "", role: UserRole = UserRole.STUDENT) -> User:
    name = name or uuid4().hex[:12]
    row = User(
        email=f"{name}@example.org",
        username=name,
        password_hash="!",
        first_name="First",
        last_name="Last",
        role=role,
    )
    session.add(row)
    session.flush()
    return row


def group(session: Session, name: str = "A class") -> Class:
    teacher = user(session, role=UserRole.TEACHER)
    row = Class(name=name, teacher_id=teacher.id, language="en", level="B1")
    session.add(row)
    session.flush()
    return row


def conversation(session: Session, owner: User, class_id: UUID | None = None) -> Conversation:
    row = Conversation(
        user_id=owner.id,
        class_id=class_id,
        title="Talk",
        difficulty_level="B1",
        language="en",
        status=ConversationStatus.RECORDING,
    )
    session.add(row)
    session.flush()
    return row


def run(database: Sessions, etag: str = "1") -> tuple[UUID, UUID]:
    """A conversation and its run."""
    with database.begin() as session:
        talk = conversation(session, user(session)).id
    upload = Upload(name="a.wav", key=f"uploads/{talk}/a.wav", size=1, etag=etag)
    made, _ = RunStore(database, PLAN).create(talk, upload)
    return talk, made
