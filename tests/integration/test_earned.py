from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from models.database import Sessions
from models.run_store import RunStore
from models.tables import (
    Achievement,
    Assignment,
    AssignmentSubmission,
    Class,
    UserAchievement,
)
from pipeline.plan import PLAN
from pipeline.values import Upload
from tests.integration import rows
from tests.integration.evaluations import count, evaluation, rerun, saved
from tests.report_factories import scorecard


def earned(database: Sessions) -> set[str]:
    with database.begin() as session:
        return set(
            session.scalars(
                select(Achievement.name).join(
                    UserAchievement, UserAchievement.achievement_id == Achievement.id
                )
            )
        )


def test_achievements_are_earned_by_their_criteria_and_once(database: Sessions) -> None:
    talk, run_id = rows.run(database)
    saved(database, run_id, evaluation(scorecard("19.99", "10", "15.99", "10", "10")))
    assert earned(database) == {"First conversation", "Level B2"}
    high = scorecard("20", "20", "16", "15", "9")
    saved(database, rerun(database, talk, "2"), evaluation(high))
    saved(database, rerun(database, talk, "3"), evaluation(high))
    assert earned(database) == {
        "First conversation",
        "Flowing talk",
        "Firm grammar",
        "Eighty points",
        "Level B2",
    }
    assert count(database, UserAchievement) == 5


def handed_in(database: Sessions, talk: UUID, etag: str, assignment: UUID) -> UUID:
    sent = Upload(name="a.wav", key=f"uploads/{talk}/a.wav", size=1, etag=etag)
    return RunStore(database, PLAN).create(talk, sent, assignment)[0]


def test_a_conversation_is_handed_in_and_a_second_one_takes_its_place(database: Sessions) -> None:
    with database.begin() as session:
        group, student = rows.group(session), rows.user(session)
        task = Assignment(
            class_id=group.id,
            teacher_id=session.get_one(Class, group.id).teacher_id,
            title="Talk",
            description="x",
            instructions="x",
            difficulty_level="B1",
        )
        session.add(task)
        session.flush()
        first, second = (rows.conversation(session, student, group.id).id for _ in range(2))
        assignment = task.id
    for talk, etag, status in (
        (first, "1", "submitted"),
        (first, "2", "submitted"),
        (second, "1", "resubmitted"),
    ):
        saved(database, handed_in(database, talk, etag, assignment), evaluation())
        with database.begin() as session:
            row = session.scalars(select(AssignmentSubmission)).one()
        assert (row.conversation_id, row.status) == (talk, status)
