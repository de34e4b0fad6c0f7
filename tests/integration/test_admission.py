"""Fair order: who is next, and how many are on their way."""

from __future__ import annotations

import threading
from uuid import UUID

import pytest
from sqlalchemy import select, text

from models.admission import Line
from models.database import Sessions
from models.ledger import SqlLedger
from models.run_store import RunStore
from models.tables import Run, StageResult
from pipeline.errors import PermanentError, UnavailableError
from pipeline.plan import PLAN
from pipeline.values import Upload
from tests.integration import rows

AWAY = UnavailableError("It does not answer.", code="media-store", service="media store")


@pytest.fixture
def ledger(database: Sessions) -> SqlLedger:
    return SqlLedger(database, PLAN)


def classes(database: Sessions, count: int) -> list[UUID]:
    with database.begin() as session:
        return [rows.group(session, f"class {n}").id for n in range(count)]


def upload(database: Sessions, class_id: UUID | None, owner: UUID | None = None) -> UUID:
    """A run of a new conversation of the class, else of the learner, that stands in line."""
    with database.begin() as session:
        user = rows.user(session)
        made = rows.conversation(session, user, class_id)
        made.user_id = owner or user.id
        talk = made.id
    one = Upload(name="a.wav", key=f"uploads/{talk}/a.wav", size=1, etag="1")
    return RunStore(database, PLAN).create(talk, one)[0]


def next_of(line: Line) -> list[UUID]:
    return [run_id for run_id, _ in line.next()]


def end(ledger: SqlLedger, run_id: UUID) -> None:
    claim = ledger.claim(run_id, PLAN["decode"], "me")
    assert claim is not None
    ledger.fail(claim, PermanentError("The file is empty.", code="empty-file"))


def test_an_idle_system_takes_an_upload_at_once(database: Sessions) -> None:
    run_id = upload(database, None)
    assert Line(database, 1).next() == [(run_id, "decode")]


def test_no_more_are_on_their_way_than_allowed_and_each_end_lets_one_in(
    database: Sessions, ledger: SqlLedger
) -> None:
    (crowd,) = classes(database, 1)
    runs = [upload(database, crowd) for _ in range(5)]
    line = Line(database, 3)
    assert next_of(line) == runs[:3]
    assert next_of(line) == []
    assert line.waiting() == 2
    end(ledger, runs[1])
    assert next_of(line) == [runs[3]]
    assert next_of(line) == []


def test_a_class_with_one_upload_does_not_wait_for_a_class_with_many(
    database: Sessions, ledger: SqlLedger
) -> None:
    crowd, alone = classes(database, 2)
    many = [upload(database, crowd) for _ in range(20)]
    line = Line(database, 2)
    assert next_of(line) == many[:2]
    single = upload(database, alone)
    end(ledger, many[0])
    assert next_of(line) == [single]


@pytest.mark.parametrize("most", [1, 2, 3])
def test_classes_take_turns_however_few_may_go_at_once(
    database: Sessions, ledger: SqlLedger, most: int
) -> None:
    groups = classes(database, 3)
    of = {upload(database, group): group for group in groups for _ in range(6)}
    line, order = Line(database, most), []
    going = next_of(line)
    while going:
        order += going
        end(ledger, going[0])
        going = going[1:] + next_of(line) if most > 1 else next_of(line)
        order = list(dict.fromkeys(order))
    served = [of[one] for one in order]
    assert len(served) == len(of)
    assert all(set(served[n : n + 3]) == set(groups) for n in range(0, 18, 3))


def test_learners_without_a_class_take_turns_too(database: Sessions) -> None:
    with database.begin() as session:
        eager = rows.user(session).id
    many = [upload(database, None, eager) for _ in range(5)]
    other = upload(database, None)
    assert next_of(Line(database, 3)) == [many[0], other, many[1]]


def test_what_waits_for_a_service_makes_room_and_goes_before_new_ones(
    database: Sessions, ledger: SqlLedger
) -> None:
    runs = [upload(database, None) for _ in range(3)]
    line = Line(database, 1)
    assert next_of(line) == runs[:1]
    claim = ledger.claim(runs[0], PLAN["decode"], "me")
    assert claim is not None
    ledger.fail(claim, AWAY)
    assert next_of(line) == [runs[1]]
    end(ledger, runs[1])
    with database.begin() as session:
        session.execute(text("UPDATE stage_results SET next_attempt_at = now() - interval '1 s'"))
    assert next_of(line) == [runs[0]]


def test_a_run_in_line_is_not_sent_by_upkeep(database: Sessions, ledger: SqlLedger) -> None:
    first, second = upload(database, None), upload(database, None)
    assert ledger.to_send(older_than=-1) == []
    assert next_of(Line(database, 1)) == [first]
    assert ledger.to_send(older_than=60) == [], "it was sent just now, however old it is"
    assert ledger.to_send(older_than=-1) == [(first, "decode")], "where the message was lost"
    assert second not in next_of(Line(database, 1))


def test_two_who_give_turns_at_once_do_not_give_too_many(database: Sessions) -> None:
    for _ in range(12):
        upload(database, None)
    gate, found = threading.Barrier(6), []

    def take() -> None:
        gate.wait()
        found.extend(next_of(Line(database, 4)))

    threads = [threading.Thread(target=take) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(found) == len(set(found)) == 4


def test_a_run_that_is_claimed_before_its_turn_counts_as_one_on_its_way(
    database: Sessions, ledger: SqlLedger
) -> None:
    early, late = upload(database, None), upload(database, None)
    assert ledger.claim(early, PLAN["decode"], "me") is not None
    assert next_of(Line(database, 1)) == []
    with database.begin() as session:
        turns = dict(session.execute(select(Run.id, Run.admitted_at)).all())
    assert turns[early] is not None
    assert turns[late] is None


def test_a_run_at_a_stage_that_the_plan_has_dropped_holds_no_place(database: Sessions) -> None:
    _, stuck = rows.run(database)
    with database.begin() as session:
        session.get_one(StageResult, (stuck, "decode")).state = "done"
        session.add(StageResult(run_id=stuck, stage="accent", state="ready"))
    run_id = upload(database, None)
    assert Line(database, 1).next() == [(run_id, "decode")]


def test_a_run_that_was_cancelled_in_line_never_begins(database: Sessions) -> None:
    first, second = upload(database, None), upload(database, None)
    with database.begin() as session:
        session.get_one(Run, first).state = "cancelled"
    assert next_of(Line(database, 1)) == [second]
