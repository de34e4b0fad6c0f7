"""What an older run of a conversation, or of an assignment, must not take from a newer one."""

from __future__ import annotations

import threading
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from models.database import Sessions
from models.search import PostgresSearch
from models.tables import (
    Assignment,
    AssignmentSubmission,
    Class,
    Conversation,
    SearchDocumentRow,
    UserAchievement,
)
from pipeline.ports import SearchDocument
from tests.integration import rows
from tests.integration.evaluations import (
    conversation,
    count,
    evaluation,
    indexed,
    older,
    saved,
    sent,
)
from tests.report_factories import scorecard


def test_an_older_run_leaves_no_old_words_in_the_index_while_a_newer_one_persists(
    database: Sessions,
) -> None:
    """The newer run's documents are written between the older one's look and its write."""
    talk = conversation(database)
    first, second = sent(database, talk, "a.wav"), sent(database, talk, "b.wav")
    saved(database, first, older())

    class Slow(PostgresSearch):
        overtaken = False

        def replace(self, conversation_id: UUID, documents: tuple[SearchDocument, ...]) -> int:  # type: ignore[override]  # narrower
            if not self.overtaken:
                self.overtaken = True
                saved(database, second, evaluation())
                indexed(database, talk)
            return super().replace(conversation_id, documents)

    indexed(database, talk, Slow(database))
    with database.begin() as session:
        found = session.scalars(
            select(SearchDocumentRow.text_content).order_by(SearchDocumentRow.number)
        ).all()
    assert found == [one.text for one in evaluation().dialogue.segments]


def test_two_runs_that_index_at_once_wait_for_each_other(database: Sessions) -> None:
    talk = conversation(database)
    saved(database, sent(database, talk, "a.wav"), evaluation())
    failed: list[Exception] = []

    def again() -> None:
        try:
            indexed(database, talk)
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)

    thread = threading.Thread(target=again)
    row = SearchDocumentRow(
        conversation_id=talk, number=0, speaker="learner", language="en",
        text_content="x", start_time=Decimal(0), end_time=Decimal(1),
    )  # fmt: skip
    with database.begin() as session:
        session.get_one(Conversation, talk, with_for_update={"key_share": True})
        session.add(row)
        session.flush()
        thread.start()
        thread.join(0.3)
    thread.join()
    assert failed == []
    assert count(database, SearchDocumentRow) == 4


def test_an_assignment_keeps_the_conversation_that_was_uploaded_last(database: Sessions) -> None:
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
        talks = [rows.conversation(session, student, group.id).id for _ in range(2)]
        assignment = task.id
    first = sent(database, talks[0], "a.wav", assignment)
    second = sent(database, talks[1], "a.wav", assignment)
    saved(database, second, evaluation())
    saved(database, first, older())
    with database.begin() as session:
        row = session.scalars(select(AssignmentSubmission)).one()
        assert (row.conversation_id, row.status) == (talks[1], "submitted")
    saved(database, sent(database, talks[0], "b.wav", assignment), older())
    with database.begin() as session:
        session.expire_all()
        row = session.scalars(select(AssignmentSubmission)).one()
        assert (row.conversation_id, row.status) == (talks[0], "resubmitted")


def test_what_was_earned_by_an_older_upload_stays_earned(database: Sessions) -> None:
    talk = conversation(database)
    first, second = sent(database, talk, "a.wav"), sent(database, talk, "b.wav")
    saved(database, second, evaluation(scorecard("10", "10", "10", "10", "9")))
    assert count(database, UserAchievement) == 2
    saved(database, first, older())
    assert count(database, UserAchievement) == 5
