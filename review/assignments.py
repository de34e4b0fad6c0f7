"""What a class handed in for an assignment, and a teacher's own evaluation beside the pipeline's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database import Sessions
from models.enums import EnrollmentStatus
from models.shown import shown
from models.tables import (
    Assignment,
    AssignmentSubmission,
    ClassEnrollment,
    ConversationEvaluation,
    User,
)
from pipeline.errors import PermanentError
from pipeline.reports import Dimension

Timing = Literal["in time", "late", "open", "missing"]
"""`open` and `missing`: nothing handed in, before and after the due date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """One evaluation's scores and level."""

    overall: Decimal
    dimensions: dict[Dimension, Decimal]
    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """Where one student stands."""

    student: str
    """User name."""
    timing: Timing
    status: str | None
    submitted_at: datetime | None
    late_seconds: float | None
    """After the due date; None where it was in time."""
    conversation: UUID | None
    ours: Marks | None
    """None while it is analysed, and where there was not enough evidence."""
    teachers: Marks | None
    """The newest evaluation by a person."""
    teacher_score: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """An assignment with its class."""

    title: str
    due: datetime | None
    students: tuple[Handed, ...]


def sheet(sessions: Sessions, assignment_id: UUID, now: datetime | None = None) -> Sheet:
    """By user name: who is enrolled or has handed in; PermanentError `unknown-assignment`."""
    now = now or datetime.now(UTC)
    with sessions.begin() as session:
        task = session.get(Assignment, assignment_id)
        if task is None:
            raise PermanentError(
                "There is no such assignment.",
                code="unknown-assignment",
                advice="Give the id of a row in the table assignments.",
            )
        return Sheet(
            title=task.title,
            due=task.due_date,
            students=tuple(
                _handed(session, task, name, submission, now)
                for name, submission in _students(session, task)
            ),
        )


def _students(session: Session, task: Assignment) -> list[tuple[str, AssignmentSubmission | None]]:
    enrolled = select(ClassEnrollment.student_id).where(
        ClassEnrollment.class_id == task.class_id,
        ClassEnrollment.status == EnrollmentStatus.ACTIVE,
    )
    handed = select(AssignmentSubmission.student_id).where(
        AssignmentSubmission.assignment_id == task.id
    )
    found = session.execute(
        select(User.username, AssignmentSubmission)
        .outerjoin(
            AssignmentSubmission,
            (AssignmentSubmission.student_id == User.id)
            & (AssignmentSubmission.assignment_id == task.id),
        )
        .where(User.id.in_(enrolled.union(handed)))
        .order_by(User.username)
    )
    return [(name, submission) for name, submission in found]


def _handed(
    session: Session,
    task: Assignment,
    student: str,
    submission: AssignmentSubmission | None,
    now: datetime,
) -> Handed:
    at = submission.submitted_at if submission else None
    moment = at or now
    past = task.due_date is not None and moment > task.due_date
    timing: Timing = ("late" if past else "in time") if at else ("missing" if past else "open")
    talk = submission.conversation_id if submission else None
    return Handed(
        student=student,
        timing=timing,
        status=str(submission.status) if submission else None,
        submitted_at=at,
        late_seconds=(at - task.due_date).total_seconds()
        if at and past and task.due_date
        else None,
        conversation=talk,
        ours=_ours(session, talk) if talk else None,
        teachers=_teachers(session, talk) if talk else None,
        teacher_score=submission.teacher_score if submission else None,
    )


def _ours(session: Session, conversation_id: UUID) -> Marks | None:
    """Of the run that readers see."""
    run = session.scalar(shown(conversation_id))
    row = session.scalar(select(ConversationEvaluation).where(ConversationEvaluation.run_id == run))
    return _marks(row) if row else None


def _teachers(session: Session, conversation_id: UUID) -> Marks | None:
    row = session.scalar(
        select(ConversationEvaluation)
        .where(
            ConversationEvaluation.conversation_id == conversation_id,
            ConversationEvaluation.is_ai_generated.is_(False),
        )
        .order_by(ConversationEvaluation.created_at.desc(), ConversationEvaluation.id)
        .limit(1)
    )
    return _marks(row) if row else None


def _marks(row: ConversationEvaluation) -> Marks:
    return Marks(
        overall=row.overall_score,
        dimensions={one: getattr(row, f"{one}_score") for one in Dimension},
        level=row.proficiency_level,
    )
