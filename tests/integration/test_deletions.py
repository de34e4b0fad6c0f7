from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from models.base import Base
from models.database import Sessions
from models.enums import ErrorSeverity, UserRole
from models.tables import (
    Assignment,
    AssignmentSubmission,
    ClassEnrollment,
    Conversation,
    ConversationEvaluation,
    ConversationSegment,
    GrammarErrorRow,
)
from tests.integration import rows
from tests.integration.rows import evaluation, submission, talk

pytestmark = pytest.mark.database


def left(session: Session, *tables: type[Base]) -> list[int | None]:
    return [session.scalar(select(func.count()).select_from(table)) for table in tables]


def test_a_deleted_user_takes_everything_along(database: Sessions) -> None:
    with database.begin() as session:
        row = submission(session, rows.group(session).id)
        owner = row.student_id
        assert row.conversation_id is not None
        session.add(evaluation(row.conversation_id))
    gone = (Conversation, ConversationEvaluation, AssignmentSubmission)
    with database.begin() as session:
        assert left(session, *gone, Assignment) == [1, 1, 1, 1]
        session.execute(text("DELETE FROM users WHERE id = :id"), {"id": owner})
        assert left(session, *gone, Assignment) == [0, 0, 0, 1]


def test_an_evaluation_outlives_the_teacher_who_gave_it(database: Sessions) -> None:
    _, conversation_id = talk(database)
    with database.begin() as session:
        teacher = rows.user(session, role=UserRole.TEACHER)
        given = evaluation(conversation_id)
        given.evaluator_id = teacher.id
        session.add(given)
    with database.begin() as session:
        session.execute(text("DELETE FROM users WHERE id = :id"), {"id": teacher.id})
    with database.begin() as session:
        assert session.get_one(ConversationEvaluation, given.id).evaluator_id is None


def test_a_deleted_segment_takes_its_errors_along(database: Sessions) -> None:
    _, conversation_id = talk(database)
    with database.begin() as session:
        segment = ConversationSegment(
            conversation_id=conversation_id,
            segment_number=0,
            start_time=Decimal(1),
            end_time=Decimal(2),
            speaker="learner",
            text_content="He go.",
        )
        session.add(segment)
        session.flush()
        for owner in (segment.id, None):
            session.add(
                GrammarErrorRow(
                    conversation_id=conversation_id,
                    segment_id=owner,
                    error_type="agreement",
                    error_description="x",
                    severity=ErrorSeverity.LOW,
                    start_position=3,
                    end_position=5,
                )
            )
    with database.begin() as session:
        assert left(session, GrammarErrorRow) == [2]
        session.execute(text("DELETE FROM conversation_segments"))
        assert session.scalars(select(GrammarErrorRow.segment_id)).all() == [None]


def test_a_deleted_assignment_takes_its_submissions_along(database: Sessions) -> None:
    with database.begin() as session:
        submission(session, rows.group(session).id)
        assert left(session, AssignmentSubmission) == [1]
        session.execute(text("DELETE FROM assignments"))
        assert left(session, AssignmentSubmission, Conversation) == [0, 1]


def test_a_deleted_class_takes_its_enrolments_and_assignments_along(database: Sessions) -> None:
    with database.begin() as session:
        group = rows.group(session)
        row = submission(session, group.id)
        session.add(ClassEnrollment(class_id=group.id, student_id=row.student_id))
        session.flush()
        assert left(session, ClassEnrollment, Assignment, AssignmentSubmission) == [1, 1, 1]
        session.execute(text("DELETE FROM classes"))
        assert left(session, ClassEnrollment, Assignment, AssignmentSubmission) == [0, 0, 0]
        assert left(session, Conversation) == [1]


def test_a_deleted_class_leaves_its_conversations(database: Sessions) -> None:
    with database.begin() as session:
        group = rows.group(session)
        kept = rows.conversation(session, rows.user(session), group.id).id
        session.flush()
        session.execute(text("DELETE FROM classes"))
    with database.begin() as session:
        assert session.get_one(Conversation, kept).class_id is None
