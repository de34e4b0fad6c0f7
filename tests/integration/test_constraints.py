from __future__ import annotations

import time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DataError, IntegrityError

from models.database import Sessions
from models.tables import (
    Achievement,
    AssignmentSubmission,
    ClassEnrollment,
    Conversation,
    ConversationEvaluation,
    ConversationSegment,
    GrammarErrorRow,
    User,
    UserAchievement,
    VocabularyAnalysis,
)
from tests.integration import rows

SCORES = {
    "grammar_score": 25,
    "vocabulary_score": 20,
    "fluency_score": 20,
    "pronunciation_score": 15,
    "comprehension_score": 20,
}


def talk(database: Sessions) -> tuple[UUID, UUID]:
    with database.begin() as session:
        owner = rows.user(session)
        return owner.id, rows.conversation(session, owner).id


def evaluation(conversation_id: UUID, **scores: Decimal) -> ConversationEvaluation:
    values: dict[str, Any] = {name: Decimal(10) for name in SCORES} | scores
    values.setdefault("overall_score", sum(values[name] for name in SCORES))
    return ConversationEvaluation(
        conversation_id=conversation_id, proficiency_level="B1", is_ai_generated=True, **values
    )


@pytest.mark.parametrize(("name", "cap"), SCORES.items())
def test_no_score_passes_its_cap_or_falls_below_zero(
    database: Sessions, name: str, cap: int
) -> None:
    _, conversation_id = talk(database)
    with database.begin() as session:
        session.add(evaluation(conversation_id, **{name: Decimal(cap)}))
    for wrong in (Decimal(cap) + Decimal("0.01"), Decimal("-0.01")):
        with pytest.raises(IntegrityError), database.begin() as session:
            session.add(evaluation(conversation_id, **{name: wrong}))


def test_the_parts_sum_to_the_whole(database: Sessions) -> None:
    _, conversation_id = talk(database)
    with pytest.raises(IntegrityError, match="sum"), database.begin() as session:
        session.add(evaluation(conversation_id, overall_score=Decimal(60)))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE users SET role = 'parent'",
        "UPDATE conversations SET status = 'lost'",
        "UPDATE class_enrollments SET status = 'gone' ",
        "UPDATE grammar_errors SET severity = 'fatal'",
        "UPDATE assignment_submissions SET status = 'eaten'",
    ],
)
def test_an_enum_takes_its_values_only(database: Sessions, statement: str) -> None:
    with pytest.raises(DataError), database.begin() as session:
        session.execute(text(statement))


def test_an_address_is_unique_whatever_its_case(database: Sessions) -> None:
    with database.begin() as session:
        rows.user(session, "anna")
        rows.user(session, "other")
    shout = text("UPDATE users SET email = 'ANNA@example.org' WHERE username = 'other'")
    with pytest.raises(IntegrityError, match="uq_users_email_lower"), database.begin() as session:
        session.execute(shout)


def test_a_student_is_enrolled_once(database: Sessions) -> None:
    with database.begin() as session:
        student, group = rows.user(session).id, rows.group(session).id
        session.add(ClassEnrollment(class_id=group, student_id=student))
    with pytest.raises(IntegrityError), database.begin() as session:
        session.add(ClassEnrollment(class_id=group, student_id=student))


def test_an_achievement_is_earned_once(database: Sessions) -> None:
    with database.begin() as session:
        student = rows.user(session).id
        prize = session.scalars(select(Achievement.id)).first()
        session.add(UserAchievement(user_id=student, achievement_id=prize))
    with pytest.raises(IntegrityError), database.begin() as session:
        session.add(UserAchievement(user_id=student, achievement_id=prize))


@pytest.mark.parametrize(
    "wrong",
    [
        {"segment_number": -1},
        {"start_time": Decimal(-1)},
        {"start_time": Decimal(5), "end_time": Decimal(4)},
        {"confidence_score": Decimal(101)},
    ],
)
def test_a_segment_lies_forward_in_time(database: Sessions, wrong: dict[str, Any]) -> None:
    _, conversation_id = talk(database)
    good: dict[str, Any] = {
        "conversation_id": conversation_id,
        "segment_number": 0,
        "start_time": Decimal(1),
        "end_time": Decimal(2),
        "speaker": "learner",
        "text_content": "Hello.",
    }
    with pytest.raises(IntegrityError), database.begin() as session:
        session.add(ConversationSegment(**(good | wrong)))


def test_positions_are_not_reversed_and_words_are_counted(database: Sessions) -> None:
    _, conversation_id = talk(database)
    with pytest.raises(IntegrityError), database.begin() as session:
        session.add(
            GrammarErrorRow(
                conversation_id=conversation_id,
                error_type="agreement",
                error_description="x",
                severity="low",
                start_position=3,
                end_position=2,
            )
        )
    with pytest.raises(IntegrityError), database.begin() as session:
        session.add(VocabularyAnalysis(conversation_id=conversation_id, word="x", frequency=0))


def test_a_deleted_user_takes_everything_along(database: Sessions) -> None:
    owner, conversation_id = talk(database)
    with database.begin() as session:
        session.add(evaluation(conversation_id))
    with database.begin() as session:
        session.execute(text("DELETE FROM users WHERE id = :id"), {"id": owner})
        for table in (Conversation, ConversationEvaluation, AssignmentSubmission):
            assert session.scalar(select(func.count()).select_from(table)) == 0


def test_a_deleted_class_leaves_its_conversations(database: Sessions) -> None:
    with database.begin() as session:
        group = rows.group(session)
        left = rows.conversation(session, rows.user(session), group.id).id
        session.flush()
        session.execute(text("DELETE FROM classes"))
    with database.begin() as session:
        assert session.get_one(Conversation, left).class_id is None


def test_updated_at_is_kept(database: Sessions) -> None:
    owner, _ = talk(database)
    time.sleep(0.01)
    with database.begin() as session:
        session.get_one(User, owner).first_name = "Other"
    with database.begin() as session:
        row = session.get_one(User, owner)
        assert row.created_at is not None
        assert row.updated_at is not None
        assert row.updated_at > row.created_at
