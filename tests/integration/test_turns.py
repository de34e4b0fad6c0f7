"""Long recordings take turns with whoever stands in line."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from models.admission import Line
from models.cancelling import cancel
from models.checkpoints import SqlParts
from models.database import Sessions
from models.ledger import SqlLedger
from models.run_store import RunStore
from models.tables import Run, StageResult
from pipeline.artifacts import freeze
from pipeline.parts import Parts, ToBeContinued
from pipeline.plan import Plan
from pipeline.runner import Claim, Result
from pipeline.stage import Context, stage
from pipeline.values import Recording, Upload
from tasks.app import app
from tasks.dispatch import dispatch as give_turns
from tasks.services import Services
from tasks.stages import work
from tests.factories import recording
from tests.fakes.uploads import MemoryUploads
from tests.integration import rows
from tests.integration.ledger_model import Left

LONG = 10
"""Parts of a long recording, each a turn; a short one has none."""


@stage(version=1)
def decode(upload: Upload, *, context: Context) -> Recording:
    for number in range(upload.size):
        if context.parts.load(str(number)) is None:
            context.parts.save(str(number), b"1")
    return recording()


@stage(version=1)
def listen(upload: Upload, *, context: Context) -> Left:
    for number in range(upload.size):
        if context.parts.load(str(number)) is None:
            context.parts.save(str(number), b"1")
    return Left(by=1)


ONE = Plan(seed=Upload, stages=(decode,))
TWO = Plan(seed=Upload, stages=(decode, listen))


class Turns(SqlLedger):
    """Each part that is kept ends a turn."""

    def parts(self, claim: Claim, key: str) -> Parts:
        return SqlParts(self._sessions, claim, key, turn=0.0)


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> deque[tuple[str, UUID]]:
    """The broker's messages, oldest first."""
    sent: deque[tuple[str, UUID]] = deque()

    def send_task(name: str, args: tuple[str], countdown: float | None) -> None:
        assert not countdown
        sent.append((name.removeprefix("stage."), UUID(args[0])))

    monkeypatch.setattr(app, "send_task", send_task)
    return sent


def services(database: Sessions, plan: Plan, most: int) -> Services:
    return Services(
        ledger=Turns(database, plan),
        line=Line(database, most, plan),
        runs=RunStore(database, plan),
        uploads=MemoryUploads(),
        tools={},
        max_bytes=1,
    )


def upload(database: Sessions, plan: Plan, group: UUID, size: int) -> UUID:
    """A run of the class, in line."""
    with database.begin() as session:
        talk = rows.conversation(session, rows.user(session), group).id
    one = Upload(name="a.wav", key=f"uploads/{talk}/a.wav", size=size, etag="1")
    return RunStore(database, plan).create(talk, one)[0]


def a_long_and_a_short_one(
    database: Sessions, plan: Plan, groups: list[UUID], size: int
) -> tuple[UUID, UUID]:
    return upload(database, plan, groups[0], size), upload(database, plan, groups[1], 0)


@pytest.fixture
def groups(database: Sessions) -> list[UUID]:
    with database.begin() as session:
        return [rows.group(session, f"class {n}").id for n in range(4)]


def worked_off(made: Services, plan: Plan, queue: deque[tuple[str, UUID]]) -> Iterator[UUID]:
    """As one worker does it; the run of each message, when its work is done."""
    while queue:
        name, run_id = queue.popleft()
        work(plan, plan[name], run_id, owner=uuid4().hex, made=made)
        yield run_id


def states(database: Sessions, *runs: UUID) -> list[str]:
    with database.begin() as session:
        return [session.get_one(Run, one).state for one in runs]


def row(database: Sessions, run_id: UUID, name: str = "decode") -> StageResult:
    with database.begin() as session:
        return session.get_one(StageResult, (run_id, name))


def test_a_short_upload_of_another_class_ends_before_two_long_ones_that_hold_all_places(
    database: Sessions, groups: list[UUID], queue: deque[tuple[str, UUID]]
) -> None:
    made = services(database, ONE, most=2)
    long = [upload(database, ONE, groups[0], LONG) for _ in range(2)]
    give_turns(made)
    assert states(database, *long) == ["queued"] * 2
    working = worked_off(made, ONE, queue)
    for _ in range(4):
        next(working)
    short = upload(database, ONE, groups[1], 0)
    give_turns(made)
    assert short not in {run_id for _, run_id in queue}, "both places are taken"
    before = 0
    while states(database, short) != ["completed"]:
        next(working)
        before += 1
    assert before <= 3, "a turn of each long one, and itself"
    assert states(database, *long) == ["running"] * 2
    assert len(queue) <= 2
    for _ in working:
        assert len(queue) <= 2
    assert states(database, *long) == ["completed"] * 2
    assert row(database, long[0]).forgiven == LONG


def test_long_ones_do_not_keep_a_crowd_of_another_class_waiting_until_they_end(
    database: Sessions, groups: list[UUID], queue: deque[tuple[str, UUID]]
) -> None:
    made = services(database, ONE, most=2)
    long = [upload(database, ONE, group, LONG) for group in groups[:3]]
    crowd = [upload(database, ONE, groups[3], 0) for _ in range(4)]
    give_turns(made)
    order = list(worked_off(made, ONE, queue))
    assert states(database, *long, *crowd) == ["completed"] * 7
    last = max(order.index(one) for one in crowd)
    assert last < 4 * 4, "one upload of the crowd in each round of the four classes"


def test_in_its_own_class_it_goes_behind_those_who_stand_there(
    database: Sessions, groups: list[UUID], queue: deque[tuple[str, UUID]]
) -> None:
    made = services(database, ONE, most=1)
    long = upload(database, ONE, groups[0], LONG)
    crowd = [upload(database, ONE, groups[0], 0) for _ in range(3)]
    give_turns(made)
    order = list(worked_off(made, ONE, queue))
    assert order[:5] == [long, *crowd, long]
    assert states(database, long) == ["completed"]


def test_a_message_that_comes_twice_does_not_go_before_the_line(
    database: Sessions, groups: list[UUID], queue: deque[tuple[str, UUID]]
) -> None:
    made = services(database, ONE, most=1)
    long, short = a_long_and_a_short_one(database, ONE, groups, LONG)
    give_turns(made)
    queue.extend([queue[0]] * 3)
    working = worked_off(made, ONE, queue)
    assert [next(working) for _ in range(5)] == [long, long, long, long, short]
    assert row(database, long).attempt == 1, "it has had one turn, as the others"


@pytest.mark.usefixtures("queue")
def test_a_worker_that_dies_after_a_turn_costs_nobody_a_turn(
    database: Sessions, groups: list[UUID]
) -> None:
    made = services(database, ONE, most=1)
    long, short = a_long_and_a_short_one(database, ONE, groups, LONG)
    give_turns(made)
    claim = made.ledger.claim(long, decode, "me")
    assert claim is not None
    with pytest.raises(ToBeContinued):
        made.ledger.parts(claim, "key").save("0", b"1")
    assert made.ledger.to_send(older_than=-1) == [], "upkeep sends nothing that stands in line"
    assert made.ledger.bury_exhausted() == 0
    assert made.line.waiting() == 2
    assert made.line.next() == [(short, "decode")]
    assert made.line.waiting() == 1


def test_it_is_said_what_it_waits_for_and_it_can_be_cancelled(
    database: Sessions, groups: list[UUID], queue: deque[tuple[str, UUID]]
) -> None:
    made = services(database, ONE, most=1)
    long, short = a_long_and_a_short_one(database, ONE, groups, LONG)
    give_turns(made)
    next(worked_off(made, ONE, queue))
    (told,) = [one for one in made.runs.runs() if one.id == long]
    assert told.state == "running"
    assert told.waiting is not None
    assert told.waiting.told.startswith("waiting for its turn since")
    cancel(database, told.conversation_id)
    assert made.line.waiting() == 0
    assert list(worked_off(made, ONE, queue)) == [short]
    assert states(database, long) == ["cancelled"]


def test_two_stages_of_a_run_give_their_place_up_together_and_both_come_to_their_end(
    database: Sessions, groups: list[UUID], queue: deque[tuple[str, UUID]]
) -> None:
    made = services(database, TWO, most=1)
    long, short = a_long_and_a_short_one(database, TWO, groups, 3)
    give_turns(made)
    working, most = worked_off(made, TWO, queue), 0
    assert next(working) == long
    assert [one.waiting_for for one in stages(database, long)] == ["its turn", None]
    assert next(working) == long
    assert [one.waiting_for for one in stages(database, long)] == ["its turn", "its turn"]
    assert {run_id for _, run_id in queue} == {short}
    for _ in working:
        most = max(most, len(queue))
    assert most == 2, "never more than a message a stage"
    assert states(database, long, short) == ["completed"] * 2


@pytest.mark.usefixtures("queue")
def test_a_stage_in_line_again_goes_on_when_the_other_stage_of_its_run_is_done(
    database: Sessions, groups: list[UUID]
) -> None:
    made = services(database, TWO, most=1)
    long, short = a_long_and_a_short_one(database, TWO, groups, 2)
    give_turns(made)
    claims = [made.ledger.claim(long, one, "me") for one in TWO.stages]
    assert claims[0] is not None
    assert claims[1] is not None
    with pytest.raises(ToBeContinued):
        made.ledger.parts(claims[0], "key").save("0", b"1")
    cancel(database, conversation(database, short))
    assert made.line.next() == [], "the other stage is at work"
    done = Result(artifact=freeze(Left(by=1)), key="k", engines=(), seconds=1.0, reused=False)
    assert made.ledger.record(claims[1], done) == ()
    assert made.line.next() == [(long, "decode")]


def stages(database: Sessions, run_id: UUID) -> list[StageResult]:
    return [row(database, run_id, one.name) for one in TWO.stages]


def conversation(database: Sessions, run_id: UUID) -> UUID:
    with database.begin() as session:
        return session.get_one(Run, run_id).conversation_id
