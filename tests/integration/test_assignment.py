"""What a class hands in for an assignment: in time or late, and a teacher's own evaluations beside ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from cli import learners
from config.settings import DatabaseSettings, Settings
from embedded.postgres import Postgres
from models.database import Sessions
from models.tables import Assignment, AssignmentSubmission, Class, ClassEnrollment, Run
from pipeline.errors import PermanentError
from pipeline.reports import Dimension
from pipeline.scores import Scorecard
from review.assignments import sheet
from review.beside import LEAST
from tests.integration import rows
from tests.integration.archived import told
from tests.integration.commands import colloquy, failure
from tests.integration.evaluations import evaluation, saved, sent
from tests.report_factories import scorecard

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def command(server: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    given = Settings(database=DatabaseSettings(url=SecretStr(server.url)))
    monkeypatch.setattr(learners, "settings", lambda: given)


def assigned(
    database: Sessions, due: datetime | None, students: str = "abc"
) -> tuple[UUID, list[UUID]]:
    """An assignment of a class, and a conversation of each of the students, whose names are letters."""
    with database.begin() as session:
        group = rows.group(session)
        teacher = session.get_one(Class, group.id).teacher_id
        task = Assignment(
            class_id=group.id,
            teacher_id=teacher,
            title="Talk",
            description="x",
            instructions="x",
            difficulty_level="B1",
            due_date=due,
        )
        session.add(task)
        talks = []
        for name in students:
            student = rows.user(session, name)
            session.add(ClassEnrollment(class_id=group.id, student_id=student.id))
            talks.append(rows.conversation(session, student, group.id).id)
        session.flush()
        return task.id, talks


def hand_in(
    database: Sessions, talk: UUID, task: UUID, at: datetime, card: Scorecard | None = None
) -> None:
    run = sent(database, talk, "a.wav", task)
    with database.begin() as session:
        session.get_one(Run, run).uploaded_at = at
    saved(database, run, evaluation(card) if card else evaluation())


def test_late_is_told_by_the_upload_and_not_by_the_length_of_the_line(database: Sessions) -> None:
    task, (first, second, _) = assigned(database, NOON)
    hand_in(database, first, task, NOON - DAY)
    hand_in(database, second, task, NOON + DAY / 2)
    found = sheet(database, task, NOON + DAY)
    assert [(one.student, one.timing, one.late_seconds) for one in found.students] == [
        ("a", "in time", None),
        ("b", "late", 43200.0),
        ("c", "missing", None),
    ]
    assert [one.status for one in found.students] == ["submitted", "submitted", None]
    assert sheet(database, task, NOON - DAY).students[2].timing == "open"


def test_the_teacher_s_own_evaluation_stands_beside_ours(database: Sessions) -> None:
    task, (first, *_) = assigned(database, None)
    hand_in(database, first, task, NOON)
    with database.begin() as session:
        own = rows.evaluation(first, grammar_score=Decimal(20))
        own.is_ai_generated = False
        session.add(own)
        session.scalars(select(AssignmentSubmission)).one().teacher_score = Decimal("61.5")
    one = sheet(database, task).students[0]
    assert one.ours is not None
    assert one.teachers is not None
    assert (str(one.ours.overall), str(one.teachers.overall)) == ("73.00", "60.00")
    assert str(one.teacher_score) == "61.50"


def test_an_assignment_that_there_is_not_is_told(database: Sessions) -> None:
    with pytest.raises(PermanentError, match="no such assignment"):
        sheet(database, uuid4())


@pytest.mark.usefixtures("command")
def test_the_command_tells_it(database: Sessions) -> None:
    task, (first, *_) = assigned(database, NOON)
    hand_in(database, first, task, NOON + DAY)
    assert "late by 24.0 h" in colloquy("assignment", task).stdout
    assert told("assignment", task)["students"][0]["late_seconds"] == 86400
    assert "no such assignment" in failure("assignment", uuid4())


def judged_twice(database: Sessions, grammar: list[tuple[int, int]], levels: list[str]) -> UUID:
    """An assignment whose students have these points of grammar from the teacher and from us, ten in all else."""
    task, talks = assigned(database, None, "abcdefghij"[: len(grammar)])
    for talk, (teachers, ours), level in zip(talks, grammar, levels, strict=True):
        hand_in(database, talk, task, NOON, scorecard(str(ours), "10", "10", "10", "10"))
        with database.begin() as session:
            own = rows.evaluation(talk, grammar_score=Decimal(teachers))
            own.is_ai_generated, own.proficiency_level = False, level
            session.add(own)
    return task


@pytest.mark.usefixtures("command")
def test_agreement_is_told_with_intervals(database: Sessions) -> None:
    # We give two points more to each; the levels of the scorecards are all the same.
    grammar = [(n, n + 2) for n in range(8, 8 + LEAST + 1)]
    task = judged_twice(database, grammar, ["b2 ", "B1", "A1", "B2", "C1", "B2", "B2", "good"])
    found = told("assignment", task)["agreement"]
    ours = {one.ours.level for one in sheet(database, task).students if one.ours}
    assert ours == {"B2"}
    assert (found["both"], found["without_level"], found["reason"]) == (LEAST + 1, 1, None)
    levels = {one["name"]: one for one in found["levels"]}
    assert levels["exact agreement"]["value"] == pytest.approx(100 * 4 / 7)
    assert levels["exact + adjacent agreement"]["value"] == pytest.approx(100 * 6 / 7)
    assert levels["QWK"]["value"] == pytest.approx(0)
    for one in levels.values():
        assert one["low"] <= one["value"] <= one["high"]
    scores = {one["name"]: one for one in found["scores"]}
    assert list(scores) == ["overall", *Dimension]
    moved = scores["grammar"]
    assert (moved["mean_teachers"], moved["mean_ours"]) == (11.5, 13.5)
    assert (moved["difference"]["value"], moved["difference"]["low"]) == (2, 2)
    assert moved["r"]["value"] == pytest.approx(1)
    same = scores["fluency"]["r"]
    assert same["value"] is None
    assert "different scores" in same["reason"]
    shown = " ".join(colloquy("assignment", task).stdout.split())
    assert "8 students have both" in shown
    assert "QWK 0" in shown
    assert "grammar 11.50 13.50 +2.00 (+2.00 to +2.00) 1.000" in shown
    assert "1 of the teacher's levels are none of A1 to C2" in shown


@pytest.mark.usefixtures("command")
@pytest.mark.parametrize(
    ("both", "said"),
    [(0, "No students have"), (1, "1 student has"), (LEAST - 1, "6 students have")],
)
def test_too_few_for_agreement_is_said_and_no_figure_given(
    database: Sessions, both: int, said: str
) -> None:
    if both:
        task = judged_twice(database, [(n, n) for n in range(8, 8 + both)], ["B1"] * both)
    else:
        task, (first, *_) = assigned(database, None)
        hand_in(database, first, task, NOON)
    found = told("assignment", task)["agreement"]
    assert (found["both"], found["levels"], found["scores"]) == (both, [], [])
    assert f"{said} both evaluations, it takes {LEAST}" in found["reason"]
    assert found["reason"] in " ".join(colloquy("assignment", task).stdout.split())
