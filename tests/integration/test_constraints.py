from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DataError, IntegrityError

from models.database import Sessions
from models.tables import (
    Achievement,
    AssignmentSubmission,
    ClassEnrollment,
    ConversationSegment,
    GrammarErrorRow,
    User,
    UserAchievement,
    VocabularyAnalysis,
)
from tests.integration import rows
from tests.integration.rows import SCORES, evaluation, submission, talk

pytestmark = pytest.mark.database


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


def test_a_student_hands_in_once_for_an_assignment(database: Sessions) -> None:
    with database.begin() as session:
        row = submission(session, rows.group(session).id)
        again = AssignmentSubmission(assignment_id=row.assignment_id, student_id=row.student_id)
    match = "uq_assignment_submissions_assignment_id_student_id"
    with pytest.raises(IntegrityError, match=match), database.begin() as session:
        session.add(again)


@pytest.mark.parametrize("column", ["email", "username"])
def test_no_two_users_have_the_same(database: Sessions, column: str) -> None:
    with database.begin() as session:
        same = getattr(rows.user(session, "anna"), column)
        rows.user(session, "other")
    change = text(f"UPDATE users SET {column} = :same WHERE username = 'other'")  # noqa: S608 - above
    # Of its two indexes an address hits the older one first, that of the exact value.
    with (
        pytest.raises(IntegrityError, match=f'"uq_users_{column}"'),
        database.begin() as session,
    ):
        session.execute(change, {"same": same})


@pytest.mark.parametrize("wrong", [Decimal("-0.01"), Decimal("100.01")])
def test_the_whole_passes_neither_zero_nor_its_cap(database: Sessions, wrong: Decimal) -> None:
    _, conversation_id = talk(database)
    parts = dict.fromkeys(SCORES, Decimal(0))
    if wrong > 0:
        parts = {name: Decimal(cap) for name, cap in SCORES.items()}
    with (
        pytest.raises(IntegrityError, match="ck_conversation_evaluations_overall"),
        database.begin() as session,
    ):
        session.add(evaluation(conversation_id, overall_score=wrong, **parts))


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
