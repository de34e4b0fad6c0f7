"""Rows that tests start from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from models.database import Sessions
from models.enums import ConversationStatus, UserRole
from models.run_store import RunStore
from models.tables import (
    Assignment,
    AssignmentSubmission,
    Class,
    Conversation,
    ConversationEvaluation,
    Run,
    StageResult,
    User,
)
from pipeline.plan import PLAN
from pipeline.values import Upload

SCORES = {
    "grammar_score": 25,
    "vocabulary_score": 20,
    "fluency_score": 20,
    "pronunciation_score": 15,
    "comprehension_score": 20,
}
"""What each part may be at most."""


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
    """A conversation and its run, whose turn has come."""
    with database.begin() as session:
        talk = conversation(session, user(session)).id
    upload = Upload(name="a.wav", key=f"uploads/{talk}/a.wav", size=1, etag=etag)
    made, _ = RunStore(database, PLAN).create(talk, upload)
    with database.begin() as session:
        session.get_one(Run, made).admitted_at = datetime.now(UTC)
    return talk, made


def kill(database: Sessions) -> None:
    """Leave every claim as a killed worker leaves it when a lease's time has passed: held, and not kept."""
    with database.begin() as session:
        session.execute(
            update(StageResult)
            .where(StageResult.state == "running")
            .values(lease_until=func.now() - timedelta(seconds=1))
        )


def talk(database: Sessions) -> tuple[UUID, UUID]:
    """A user and their conversation."""
    with database.begin() as session:
        owner = user(session)
        return owner.id, conversation(session, owner).id


def evaluation(conversation_id: UUID, **scores: Decimal) -> ConversationEvaluation:
    """A valid one, but for what is given."""
    values: dict[str, Any] = {name: Decimal(10) for name in SCORES} | scores
    values.setdefault("overall_score", sum(values[name] for name in SCORES))
    return ConversationEvaluation(
        conversation_id=conversation_id, proficiency_level="B1", is_ai_generated=True, **values
    )


def submission(session: Session, class_id: UUID) -> AssignmentSubmission:
    """Of a conversation of a student who is no teacher of the class, for an assignment of nobody's."""
    task = Assignment(
        class_id=class_id, title="T", description="d", instructions="i", difficulty_level="B1"
    )
    student = user(session)
    session.add(task)
    session.flush()
    row = AssignmentSubmission(
        assignment_id=task.id,
        student_id=student.id,
        conversation_id=conversation(session, student).id,
    )
    session.add(row)
    session.flush()
    return row
