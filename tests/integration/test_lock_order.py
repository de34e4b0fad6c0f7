"""A conversation is deleted while its run is worked on: nobody waits for the other in a ring."""

from __future__ import annotations

import threading
from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import text

from models.cancelling import cancel
from models.database import Sessions
from models.dead_letters import DeadLetters
from models.evaluation_store import SqlEvaluations
from models.ledger import SqlLedger
from pipeline.errors import ClaimLostError, PermanentError
from pipeline.plan import PLAN
from pipeline.runner import Claim
from tests.integration import rows
from tests.integration.commands import BROKEN, fail
from tests.integration.evaluations import at_persist, evaluation, result
from tests.waiting import eventually

DECODE = PLAN["decode"]
Deed = Callable[[], object]


def claimed(database: Sessions, run_id: UUID) -> Claim:
    claim = SqlLedger(database, PLAN).claim(run_id, DECODE, "me")
    assert claim is not None
    return claim


def claiming(database: Sessions, _: UUID, run_id: UUID) -> Deed:
    return lambda: SqlLedger(database, PLAN).claim(run_id, DECODE, "me")


def failing(database: Sessions, _: UUID, run_id: UUID) -> Deed:
    claim = claimed(database, run_id)
    return lambda: SqlLedger(database, PLAN).fail(claim, BROKEN)


def recording(database: Sessions, _: UUID, run_id: UUID) -> Deed:
    claim = claimed(database, run_id)
    return lambda: SqlLedger(database, PLAN).record(claim, result("decode"))


def keeping_a_part(database: Sessions, _: UUID, run_id: UUID) -> Deed:
    parts = SqlLedger(database, PLAN).parts(claimed(database, run_id), "key")
    return lambda: parts.save("first", b"1")


def burying(database: Sessions, _: UUID, run_id: UUID) -> Deed:
    for _attempt in range(DECODE.attempts):
        claimed(database, run_id)
        rows.kill(database)
    return lambda: SqlLedger(database, PLAN).bury_exhausted()


def cancelling(database: Sessions, talk: UUID, run_id: UUID) -> Deed:
    claimed(database, run_id)
    return lambda: cancel(database, talk)


def replaying(database: Sessions, _: UUID, run_id: UUID) -> Deed:
    letter = fail(database, run_id, "decode")
    return lambda: DeadLetters(database, PLAN).replay(letter)


def evaluating(database: Sessions, _: UUID, run_id: UUID) -> Deed:
    attempt = at_persist(database, run_id)
    return lambda: SqlEvaluations(database).save(run_id, attempt, evaluation())


DEEDS = (
    claiming,
    failing,
    recording,
    keeping_a_part,
    burying,
    cancelling,
    replaying,
    evaluating,
)


@pytest.mark.parametrize("prepare", DEEDS)
@pytest.mark.parametrize("whole", ["conversations", "users"])
def test_a_deletion_in_the_middle_of_it_meets_no_deadlock(
    database: Sessions, prepare: Callable[[Sessions, UUID, UUID], Deed], whole: str
) -> None:
    talk, run_id = rows.run(database)
    deed = prepare(database, talk, run_id)
    ended: list[Exception | None] = []

    def work() -> None:
        try:
            deed()
        except Exception as error:  # noqa: BLE001 - whatever comes is looked at below
            ended.append(error)
        else:
            ended.append(None)

    worker = threading.Thread(target=work)
    with database.begin() as deletion:
        mine = deletion.scalar(text("SELECT pg_backend_pid()"))
        owner = deletion.scalar(
            text("SELECT user_id FROM conversations WHERE id = :id"), {"id": talk}
        )
        row = talk if whole == "conversations" else owner
        # As far as the deletion has come when the other begins.
        deletion.execute(
            text(f"SELECT 1 FROM {whole} WHERE id = :id FOR UPDATE"),  # noqa: S608 - one of two
            {"id": row},
        )
        worker.start()
        eventually(lambda: not worker.is_alive() or _waits_for(database, mine))
        # In a ring PostgreSQL would end one of the two, after a second in which both waited.
        deletion.execute(
            text(f"DELETE FROM {whole} WHERE id = :id"),  # noqa: S608 - the same
            {"id": row},
        )
    worker.join(60)
    assert not worker.is_alive()
    # What is gone is told, or nothing is done; it is not as if the database had been away.
    assert isinstance(ended[0], PermanentError | ClaimLostError | None)


def _waits_for(database: Sessions, pid: int | None) -> bool:
    with database.begin() as session:
        found = session.scalar(
            text("SELECT count(*) FROM pg_stat_activity WHERE :pid = ANY(pg_blocking_pids(pid))"),
            {"pid": pid},
        )
    return bool(found)
