from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import func, select

from models.checkpoints import SqlParts
from models.database import Sessions
from models.ledger import SqlLedger
from models.tables import DeadLetter, Run, StageCheckpoint, StageResult
from pipeline.artifacts import Artifact
from pipeline.errors import ClaimLostError, TransientError, UnavailableError
from pipeline.parts import Parts, ToBeContinued
from pipeline.plan import PLAN, Plan
from pipeline.runner import Claim, Outcome, Result, run_stage
from pipeline.stage import Context, stage
from pipeline.values import Recording, Upload
from tests.factories import recording
from tests.integration import rows

pytestmark = pytest.mark.database

DECODE = PLAN["decode"]


@pytest.fixture
def ledger(database: Sessions) -> SqlLedger:
    return SqlLedger(database, PLAN)


def claimed(ledger: SqlLedger, run_id: UUID) -> Claim:
    claim = ledger.claim(run_id, DECODE, "me")
    assert claim is not None
    return claim


def count(database: Sessions) -> int:
    with database.begin() as session:
        return session.scalar(select(func.count()).select_from(StageCheckpoint)) or 0


def result(seconds: float = 1.0) -> Result:
    return Result(
        artifact=Artifact(type="Recording", body="{}"),
        key="key",
        engines=(),
        seconds=seconds,
        reused=False,
    )


def test_the_next_attempt_finds_what_the_last_one_kept(
    database: Sessions, ledger: SqlLedger
) -> None:
    _, run_id = rows.run(database)
    ledger.parts(claimed(ledger, run_id), "key").save("first/0-8", b"\0\xff")
    rows.kill(database)
    again = ledger.parts(claimed(ledger, run_id), "key")
    assert again.load("first/0-8") == b"\0\xff"
    assert again.load("first/8-16") is None


def test_what_was_kept_shows_as_progress_at_once_and_only_then(
    database: Sessions, ledger: SqlLedger
) -> None:
    _, run_id = rows.run(database)

    def shown() -> float:
        ledger._beats.clear()
        with database.begin() as session:
            return session.get_one(StageResult, (run_id, "decode")).progress

    ledger.progress(claimed(ledger, run_id), 0.3)
    rows.kill(database)
    claim = claimed(ledger, run_id)
    assert shown() == 0, "nothing was kept of that attempt"
    ledger.progress(claim, 0.4)
    ledger.parts(claim, "key").save("first", b"1")
    rows.kill(database)
    claim = claimed(ledger, run_id)
    assert shown() == 0.4
    ledger.parts(claim, "key")
    ledger.progress(claim, 0.1)
    assert shown() == 0.4, "the engine walks past what was kept"
    ledger.progress(claim, 0.5)
    assert shown() == 0.5
    ledger.parts(claim, "another key")
    assert shown() == 0, "what it stood for is gone"


def test_parts_of_other_content_are_thrown_away(database: Sessions, ledger: SqlLedger) -> None:
    _, run_id = rows.run(database)
    ledger.parts(claimed(ledger, run_id), "key").save("first", b"1")
    rows.kill(database)
    again = ledger.parts(claimed(ledger, run_id), "another key")
    assert again.load("first") is None
    assert count(database) == 0
    again.save("first", b"2")
    assert again.load("first") == b"2"


def test_an_attempt_that_was_overtaken_keeps_nothing_and_ends_quietly(
    database: Sessions, ledger: SqlLedger
) -> None:
    _, run_id = rows.run(database)
    late = claimed(ledger, run_id)
    parts = ledger.parts(late, "key")
    rows.kill(database)
    current = claimed(ledger, run_id)
    with pytest.raises(ClaimLostError) as told:
        parts.save("first", b"late")
    assert ledger.fail(late, told.value) is None
    # Nor does its key throw away what the current attempt keeps.
    ledger.parts(current, "newer key").save("first", b"current")
    ledger.parts(late, "key")
    assert ledger.parts(current, "newer key").load("first") == b"current"
    with database.begin() as session:
        row = session.get_one(StageResult, (run_id, "decode"))
        assert (row.state, row.attempt) == ("running", 2)


def test_a_run_that_is_over_keeps_nothing_more(database: Sessions, ledger: SqlLedger) -> None:
    _, run_id = rows.run(database)
    parts = ledger.parts(claimed(ledger, run_id), "key")
    with database.begin() as session:
        session.get_one(Run, run_id).state = "cancelled"
    with pytest.raises(ClaimLostError):
        parts.save("first", b"1")


def test_attempts_that_each_keep_a_part_are_not_used_up(
    database: Sessions, ledger: SqlLedger
) -> None:
    _, run_id = rows.run(database)
    for number in range(2 * DECODE.attempts):
        ledger.parts(claimed(ledger, run_id), "key").save(str(number), b"1")
        rows.kill(database)
        assert ledger.bury_exhausted() == 0
    # From here on it stands still, and that many times only.
    for _ in range(DECODE.attempts):
        claimed(ledger, run_id)
        rows.kill(database)
    assert ledger.claim(run_id, DECODE, "me") is None
    assert ledger.bury_exhausted() == 1
    with database.begin() as session:
        assert session.scalars(select(DeadLetter)).one().attempts == DECODE.attempts


def test_a_failure_after_a_new_part_is_the_first_one_again(
    database: Sessions, ledger: SqlLedger
) -> None:
    _, run_id = rows.run(database)
    away = TransientError("The media store does not answer.", code="media-store")
    for number in range(DECODE.attempts + 1):
        claim = claimed(ledger, run_id)
        ledger.parts(claim, "key").save(str(number), b"1")
        wait = ledger.fail(claim, away)
        assert wait is not None
        assert 5 <= wait <= 10
    ledger.parts(claimed(ledger, run_id), "key").save("last", b"1")
    with database.begin() as session:
        row = session.get_one(StageResult, (run_id, "decode"))
        assert (row.error, row.error_code) == (None, None), "it has come past that"
    rows.kill(database)
    waits = [ledger.fail(claimed(ledger, run_id), away) for _ in range(DECODE.attempts)]
    assert waits[-1] is None
    assert None not in waits[:-1]


def test_waits_for_a_service_and_new_parts_mix_and_neither_uses_attempts_up(
    database: Sessions, ledger: SqlLedger
) -> None:
    _, run_id = rows.run(database)
    full = UnavailableError("The disk is full.", code="disk-full", service="disk", shared=False)
    away = TransientError("The model is being moved.", code="moving")
    for number in range(2 * DECODE.attempts):
        assert ledger.fail(claimed(ledger, run_id), full) is None
        claim = claimed(ledger, run_id)
        ledger.parts(claim, "key").save(str(number), b"1")
        assert ledger.fail(claim, full) is None
    with database.begin() as session:
        row = session.get_one(StageResult, (run_id, "decode"))
        assert (row.attempt, row.forgiven, row.waits) == (4 * DECODE.attempts,) * 2 + (0,)
    waits = [ledger.fail(claimed(ledger, run_id), away) for _ in range(DECODE.attempts)]
    assert [one is None for one in waits] == [False] * (DECODE.attempts - 1) + [True]


def long_plan(pieces: int, made: list[str]) -> Plan:
    """One stage that keeps so many parts."""

    @stage(version=1)
    def decode(upload: Upload, *, context: Context) -> Recording:
        del upload
        for number in range(pieces):
            if context.parts.load(str(number)) is None:
                made.append(str(number))
                context.parts.save(str(number), b"1")
        return recording()

    return Plan(seed=Upload, stages=(decode,))


def test_a_long_stage_gives_its_slot_up_after_each_turn_and_goes_on_in_the_next(
    database: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    plan = long_plan(2 * DECODE.attempts, made)
    _, run_id = rows.run(database)
    ledger = SqlLedger(database, plan)

    def at_once(claim: Claim, key: str) -> Parts:
        return SqlParts(database, claim, key, turn=0.0)

    monkeypatch.setattr(ledger, "parts", at_once)
    seconds = []
    for number in range(2 * DECODE.attempts):
        outcome = run_stage(plan, plan["decode"], run_id, owner="me", ledger=ledger, tools={})
        assert outcome == Outcome(retry_in=0.0)
        with database.begin() as session:
            row = session.get_one(StageResult, (run_id, "decode"))
            assert (row.state, row.owner, row.lease_until, row.error) == ("ready", None, None, None)
            assert row.seconds is not None
            seconds.append(row.seconds)
        assert len(made) == number + 1
        assert ledger.to_send(older_than=60) == [], "it was sent by its worker"
        assert ledger.to_send(older_than=-1) == [(run_id, "decode")], "unless that one died first"
    run_stage(plan, plan["decode"], run_id, owner="me", ledger=ledger, tools={})
    assert made == [str(number) for number in range(2 * DECODE.attempts)]
    assert seconds == sorted(seconds)
    with database.begin() as session:
        row = session.get_one(StageResult, (run_id, "decode"))
        assert row.state == "done"
        assert row.seconds is not None
        assert row.seconds > seconds[-1]
    assert count(database) == 0


def test_a_turn_ends_only_with_a_part_that_was_kept(database: Sessions, ledger: SqlLedger) -> None:
    _, run_id = rows.run(database)
    parts = SqlParts(database, claimed(ledger, run_id), "key", turn=0.0)
    assert parts.load("first") is None
    with pytest.raises(ToBeContinued):
        parts.save("first", b"1")
    assert parts.load("first") == b"1"
    # The stage is free: what is done in the ended turn comes too late.
    with pytest.raises(ClaimLostError):
        parts.save("second", b"2")
