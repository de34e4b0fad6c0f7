from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from models.database import Sessions
from models.tables import Assignment, ClassEnrollment, ConversationEvaluation
from tests.integration import rows

pytestmark = pytest.mark.database

START = datetime(2026, 1, 1, tzinfo=UTC)


def evaluation(
    conversation_id: UUID, overall: int, day: int, level: str, *, ai: bool = True
) -> ConversationEvaluation:
    return ConversationEvaluation(
        conversation_id=conversation_id,
        overall_score=Decimal(overall),
        grammar_score=Decimal(overall - 40),
        vocabulary_score=Decimal(10),
        fluency_score=Decimal(10),
        pronunciation_score=Decimal(10),
        comprehension_score=Decimal(10),
        proficiency_level=level,
        is_ai_generated=ai,
        created_at=START + timedelta(days=day),
    )


def view(database: Sessions, name: str, key: str, wanted: UUID) -> dict[str, Any]:
    with database.begin() as session:
        found = session.execute(
            text(f"SELECT * FROM {name} WHERE {key} = :key"),  # noqa: S608 - names of this file
            {"key": wanted},
        )
        return dict(found.mappings().one())


def test_neither_enrolments_assignments_nor_reruns_inflate_the_numbers(database: Sessions) -> None:
    with database.begin() as session:
        ours, theirs = rows.group(session, "Ours"), rows.group(session, "Theirs")
        anna, ben = rows.user(session, "anna"), rows.user(session, "ben")
        for group in (ours, theirs):
            for student in (anna, ben):
                session.add(ClassEnrollment(class_id=group.id, student_id=student.id))
        for n in range(3):
            session.add(
                Assignment(
                    class_id=ours.id,
                    teacher_id=ours.teacher_id,
                    title=f"Task {n}",
                    description="x",
                    instructions="x",
                    difficulty_level="B1",
                )
            )
        first = rows.conversation(session, anna, ours.id)
        second = rows.conversation(session, anna, ours.id)
        elsewhere = rows.conversation(session, anna, theirs.id)
        of_ben = rows.conversation(session, ben, ours.id)
        session.add_all(
            [
                evaluation(first.id, 50, 1, "C2"),
                evaluation(first.id, 60, 2, "B1"),
                evaluation(first.id, 45, 9, "A1", ai=False),
                evaluation(second.id, 64, 3, "A2"),
                evaluation(elsewhere.id, 50, 4, "B2"),
                evaluation(of_ben.id, 56, 5, "B1"),
            ]
        )
        anna_id, ours_id, theirs_id = anna.id, ours.id, theirs.id
    mine = view(database, "class_performance", "class_id", ours_id)
    assert mine["enrolled_students"] == 2
    assert mine["total_conversations"] == 3
    assert mine["average_class_score"] == Decimal(60)
    assert mine["total_assignments"] == 3
    other = view(database, "class_performance", "class_id", theirs_id)
    assert other["total_conversations"] == 1
    assert other["average_class_score"] == Decimal(50)
    assert other["total_assignments"] == 0
    summary = view(database, "user_progress_summary", "user_id", anna_id)
    assert summary["total_conversations"] == 3
    assert summary["average_score"] == Decimal(58)
    assert summary["current_level"] == "B2", "the level of the latest, not the highest ever"


def test_a_learner_and_a_class_without_conversations_are_shown(database: Sessions) -> None:
    with database.begin() as session:
        student, group = rows.user(session).id, rows.group(session).id
    summary = view(database, "user_progress_summary", "user_id", student)
    assert summary["total_conversations"] == 0
    assert summary["average_score"] is None
    assert summary["current_level"] is None
    assert view(database, "class_performance", "class_id", group)["total_conversations"] == 0
