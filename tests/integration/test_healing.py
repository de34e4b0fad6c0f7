from __future__ import annotations

import errno
import logging
import threading
from collections import defaultdict
from unittest.mock import Mock
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from config.settings import ReliabilitySettings
from models.database import Sessions, connect, sessions
from models.failures import backoff
from models.ledger import SqlLedger
from models.tables import Conversation, DeadLetter, Run, StageResult
from pipeline.artifacts import Artifact
from pipeline.errors import ClaimLostError, PermanentError, TransientError
from pipeline.plan import PLAN
from pipeline.runner import Claim, Result, run_stage
from tests.integration import rows

DECODE = PLAN["decode"]


@pytest.fixture
def ledger(database: Sessions) -> SqlLedger:
    return SqlLedger(database, PLAN)


def claimed(ledger: SqlLedger, run_id: UUID, name: str = "decode") -> Claim:
    claim = ledger.claim(run_id, PLAN[name], "me")
    assert claim is not None
    return claim


def recorded(ledger: SqlLedger, claim: Claim) -> tuple[str, ...]:
    artifact = Artifact(type=PLAN[claim.stage].gives.__name__, body="{}")
    result = Result(artifact=artifact, key="k", engines=(), seconds=1.0, reused=False)
    return tuple(one.name for one in ledger.record(claim, result))


def sql(database: Sessions, statement: str) -> None:
    with database.begin() as session:
        session.execute(text(statement))


def test_a_stage_sent_again_is_left_alone_for_as_long_again(
    database: Sessions, ledger: SqlLedger
) -> None:
    _, run_id = rows.run(database)
    claimed(ledger, run_id)
    rows.kill(database)
    assert ledger.to_send(older_than=60) == [(run_id, "decode")]
    assert ledger.to_send(older_than=60) == []
    claimed(ledger, run_id)
    rows.kill(database)
    assert ledger.to_send(older_than=60) == [(run_id, "decode")], "a claim in between counts anew"


def test_a_failed_attempt_is_not_hurried(database: Sessions, ledger: SqlLedger) -> None:
    _, run_id = rows.run(database)
    away = TransientError("The media store does not answer.", code="media-store")
    assert ledger.fail(claimed(ledger, run_id), away) is not None
    assert ledger.to_send(older_than=0) == []
    sql(database, "UPDATE stage_results SET next_attempt_at = now() - interval '2 s'")
    assert ledger.to_send(older_than=1) == [(run_id, "decode")]


def test_a_run_that_is_over_is_neither_sent_nor_buried(
    database: Sessions, ledger: SqlLedger
) -> None:
    _, run_id = rows.run(database)
    for _ in range(DECODE.attempts):
        claimed(ledger, run_id)
        rows.kill(database)
    sql(database, "UPDATE runs SET state = 'cancelled'")
    assert ledger.to_send(older_than=-1) == []
    assert ledger.bury_exhausted() == 0
    assert ledger.claim(run_id, DECODE, "me") is None


def test_two_stages_whose_workers_died_bury_the_run_once(
    database: Sessions, ledger: SqlLedger
) -> None:
    talk, run_id = rows.run(database)
    recorded(ledger, claimed(ledger, run_id))
    for name in ("transcribe", "diarize"):
        for _ in range(PLAN[name].attempts):
            claimed(ledger, run_id, name)
            rows.kill(database)
    assert ledger.bury_exhausted() == 1
    assert ledger.bury_exhausted() == 0
    with database.begin() as session:
        letter = session.scalars(select(DeadLetter)).one()
        assert (letter.code, letter.attempts) == ("worker-lost", 3)
        assert session.get_one(Run, run_id).reason == letter.reason
        assert session.get_one(Conversation, talk).status == "failed"


def test_a_ready_stage_without_an_attempt_left_is_buried_unless_it_waits_for_a_service(
    database: Sessions, ledger: SqlLedger
) -> None:
    spent, waiting = (rows.run(database, etag)[1] for etag in "12")
    with database.begin() as session:
        session.execute(update(StageResult).values(attempt=DECODE.attempts))
        session.get_one(StageResult, (waiting, "decode")).waiting_for = "disk"
        row = session.get_one(StageResult, (spent, "decode"))
        row.error_code, row.error = "moving", "The model is being moved."
    assert ledger.claim(spent, DECODE, "me") is None, "and so it would be sent for ever"
    assert ledger.bury_exhausted() == 1
    assert ledger.to_send(older_than=-1) == []
    with database.begin() as session:
        letter = session.scalars(select(DeadLetter)).one()
        assert (letter.run_id, letter.code, letter.attempts) == (spent, "moving", DECODE.attempts)
        assert session.get_one(Run, waiting).state == "queued"


def test_the_last_attempt_may_still_come_in_before_the_burial(
    database: Sessions, ledger: SqlLedger
) -> None:
    _, run_id = rows.run(database)
    for _ in range(DECODE.attempts):
        last = claimed(ledger, run_id)
        rows.kill(database)
    assert recorded(ledger, last) == ("transcribe", "diarize")
    assert ledger.bury_exhausted() == 0


def test_a_stack_that_starts_anew_takes_every_stage_at_once(
    database: Sessions, ledger: SqlLedger
) -> None:
    _, run_id = rows.run(database)
    claimed(ledger, run_id)
    assert ledger.claim(run_id, DECODE, "another") is None
    ledger.release_all()
    assert ledger.claim(run_id, DECODE, "another") is not None


def test_a_stage_added_to_the_plan_is_walked_by_runs_made_before(
    database: Sessions, ledger: SqlLedger
) -> None:
    _, run_id = rows.run(database)
    sql(database, "DELETE FROM stage_results WHERE stage = 'diarize'")
    assert recorded(ledger, claimed(ledger, run_id)) == ("transcribe", "diarize")
    assert claimed(ledger, run_id, "diarize").attempt == 1


def test_progress_keeps_the_lease_and_an_overtaken_attempt_writes_none(
    database: Sessions, ledger: SqlLedger
) -> None:
    _, run_id = rows.run(database)
    late = claimed(ledger, run_id)
    rows.kill(database)
    current = claimed(ledger, run_id)
    rows.kill(database)
    with pytest.raises(ClaimLostError):
        ledger.progress(late, 0.9)
    with database.begin() as session:
        assert session.get_one(StageResult, (run_id, "decode")).progress == 0
    ledger.progress(current, 0.25)
    ledger.progress(current, 0.5)
    with database.begin() as session:
        row = session.get_one(StageResult, (run_id, "decode"))
        assert row.progress == 0.25, "the second came within the same second"
    assert ledger.claim(run_id, DECODE, "another") is None, "the lease holds again"


def test_a_silent_engine_keeps_its_claim(database: Sessions) -> None:
    ledger = SqlLedger(database, PLAN, ReliabilitySettings(heartbeat_seconds=0.02))
    _, run_id = rows.run(database)
    claim = claimed(ledger, run_id)
    rows.kill(database)
    with ledger.keeping(claim):
        threading.Event().wait(0.5)
    assert ledger.claim(run_id, DECODE, "another") is None
    assert not [one for one in threading.enumerate() if one.name == "heartbeat"]


def test_a_run_cancelled_before_its_first_claim_stays_cancelled(
    database: Sessions, ledger: SqlLedger
) -> None:
    talk, run_id = rows.run(database)
    sql(database, "UPDATE runs SET state = 'cancelled'")
    assert ledger.claim(run_id, DECODE, "me") is None
    with database.begin() as session:
        assert session.get_one(Run, run_id).state == "cancelled"
        assert session.get_one(Conversation, talk).status == "recording"


def test_many_claim_and_one_gets_it(database: Sessions, ledger: SqlLedger) -> None:
    _, run_id = rows.run(database)
    gate, got = threading.Barrier(5), []

    def take(owner: str) -> None:
        gate.wait()
        got.append(ledger.claim(run_id, DECODE, owner))

    threads = [threading.Thread(target=take, args=(str(n),)) for n in range(5)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len([one for one in got if one is not None]) == 1


def test_the_log_says_where_a_bug_is_and_not_what_was_said(
    database: Sessions, ledger: SqlLedger, caplog: pytest.LogCaptureFixture
) -> None:
    _, run_id = rows.run(database)
    claim = claimed(ledger, run_id)
    said = "Anna said hello"
    try:
        int(said)
    except ValueError as error:
        with caplog.at_level(logging.ERROR):
            ledger.fail(claim, error)
    assert "test_healing.py" in caplog.text
    assert "bug: ValueError" in caplog.text
    assert "Anna" not in caplog.text


@pytest.mark.parametrize(("attempt", "least"), [(1, 5), (2, 10), (3, 20), (30, 300)])
def test_waits_double_up_to_a_limit_with_as_much_jitter_again(attempt: int, least: float) -> None:
    waits = [backoff(attempt) for _ in range(50)]
    assert min(waits) >= least
    assert max(waits) <= 2 * least
    assert len(set(waits)) > 1


def test_what_works_beside_a_stage_that_failed_is_not_shown_as_working(
    database: Sessions, ledger: SqlLedger
) -> None:
    _, run_id = rows.run(database)
    recorded(ledger, claimed(ledger, run_id))
    beside = claimed(ledger, run_id, "diarize")
    broken = PermanentError("The model cannot be loaded.", code="model")
    assert ledger.fail(claimed(ledger, run_id, "transcribe"), broken) is None
    with database.begin() as session:
        row = session.get_one(StageResult, (run_id, "diarize"))
        assert (row.state, row.owner) == ("pending", None)
    assert recorded(ledger, beside) == (), "a late result of a run that is over changes nothing"


def test_progress_that_cannot_be_written_does_not_end_the_work(
    database: Sessions, ledger: SqlLedger
) -> None:
    _, run_id = rows.run(database)
    claim = claimed(ledger, run_id)
    nowhere = connect("postgresql+psycopg://nobody@127.0.0.1:1/none", pooled=False)
    SqlLedger(sessions(nowhere), PLAN).progress(claim, 0.5)
    assert recorded(ledger, claim) == ("transcribe", "diarize")


def test_a_stage_whose_input_is_not_there_fails_and_is_not_claimed_for_ever(
    database: Sessions, ledger: SqlLedger
) -> None:
    talk, run_id = rows.run(database)
    recorded(ledger, claimed(ledger, run_id))
    sql(database, "UPDATE stage_results SET artifact_type = 'AnOlderName' WHERE stage = 'decode'")
    for _ in range(PLAN["transcribe"].attempts):
        run_stage(
            PLAN, PLAN["transcribe"], run_id, owner="me", ledger=ledger, tools=defaultdict(Mock)
        )
    with database.begin() as session:
        assert session.get_one(Run, run_id).state == "failed"
        assert session.get_one(Conversation, talk).status == "failed"


def test_a_stage_that_is_not_in_the_plan_any_more_is_not_sent(
    database: Sessions, ledger: SqlLedger
) -> None:
    _, run_id = rows.run(database)
    with database.begin() as session:
        session.add(StageResult(run_id=run_id, stage="accent", state="ready"))
    assert ledger.to_send(older_than=-1) == [(run_id, "decode")]


def test_a_full_disk_is_waited_for_and_no_bug(
    database: Sessions, ledger: SqlLedger, caplog: pytest.LogCaptureFixture
) -> None:
    _, run_id = rows.run(database)
    media = Mock(engine="")
    media.fetch.side_effect = OSError(errno.ENOSPC, "No space left on device")
    tools = defaultdict(lambda: Mock(engine=""), media=media)
    outcome = run_stage(PLAN, DECODE, run_id, owner="me", ledger=ledger, tools=tools)
    assert outcome.retry_in is None
    with database.begin() as session:
        row = session.get_one(StageResult, (run_id, "decode"))
        assert (row.error_code, row.waits) == ("disk-full", 1)
    assert "bug" not in caplog.text
