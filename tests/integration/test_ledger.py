from __future__ import annotations

import threading
from uuid import UUID

import pytest
from sqlalchemy import func, select

from config.settings import ReliabilitySettings
from models.database import Sessions
from models.ledger import SqlLedger
from models.run_store import RunStore
from models.tables import Conversation, DeadLetter, Run, StageResult
from pipeline.artifacts import Artifact
from pipeline.errors import PermanentError, TransientError
from pipeline.plan import PLAN
from pipeline.runner import Claim, Result
from tests.integration import rows

pytestmark = pytest.mark.database

DECODE, TRANSCRIBE, DIARIZE = PLAN["decode"], PLAN["transcribe"], PLAN["diarize"]


@pytest.fixture
def ledger(database: Sessions) -> SqlLedger:
    return SqlLedger(database, PLAN)


def result(kind: str, key: str = "k") -> Result:
    return Result(
        artifact=Artifact(type=kind, body='{"a":1}'), key=key, engines=(), seconds=1.0, reused=False
    )


def claimed(ledger: SqlLedger, run_id: UUID, name: str, owner: str = "me") -> Claim:
    claim = ledger.claim(run_id, PLAN[name], owner)
    assert claim is not None
    return claim


def state(database: Sessions, run_id: UUID) -> str:
    with database.begin() as session:
        return session.get_one(Run, run_id).state


def test_only_one_gets_the_stage(database: Sessions, ledger: SqlLedger) -> None:
    talk, run_id = rows.run(database)
    claim = claimed(ledger, run_id, "decode")
    assert claim.attempt == 1
    assert list(claim.inputs) == ["Upload"]
    assert ledger.claim(run_id, DECODE, "another") is None
    with database.begin() as session:
        assert session.get_one(Conversation, talk).status == "processing"


def test_a_message_that_comes_twice_costs_no_attempt_while_its_first_holder_works(
    database: Sessions, ledger: SqlLedger
) -> None:
    _, run_id = rows.run(database)
    first = claimed(ledger, run_id, "decode")
    for _ in range(2 * PLAN["decode"].attempts):
        assert ledger.claim(run_id, PLAN["decode"], "me") is None
        assert ledger.beat(first)
    assert lease(database, run_id) > 100, "the beat has lengthened it again"
    with database.begin() as session:
        assert session.get_one(StageResult, (run_id, "decode")).attempt == 1
    assert len(ledger.record(first, result("Recording"))) == 2


def test_after_a_crash_the_same_message_frees_the_stage_within_some_beats(
    database: Sessions, ledger: SqlLedger
) -> None:
    _, run_id = rows.run(database)
    claimed(ledger, run_id, "decode")
    assert ledger.claim(run_id, PLAN["decode"], "another") is None
    assert lease(database, run_id) > 100, "of another message there is nothing to be learnt"
    assert ledger.claim(run_id, PLAN["decode"], "me") is None
    assert lease(database, run_id) <= 3 * ReliabilitySettings().heartbeat_seconds
    rows.kill(database)
    assert ledger.to_send(older_than=60) == [(run_id, "decode")]
    assert claimed(ledger, run_id, "decode").attempt == 2, "a crash counts"


def lease(database: Sessions, run_id: UUID) -> float:
    """Seconds until the claim of `decode` runs out."""
    with database.begin() as session:
        left = select(func.extract("epoch", StageResult.lease_until - func.now()))
        mine = left.where(StageResult.run_id == run_id, StageResult.stage == "decode")
        return float(session.scalars(mine).one())


def test_a_stage_that_is_not_ready_is_not_given(database: Sessions, ledger: SqlLedger) -> None:
    _, run_id = rows.run(database)
    assert ledger.claim(run_id, TRANSCRIBE, "me") is None


def test_a_silent_worker_loses_the_stage_and_its_late_result_is_thrown_away(
    database: Sessions, ledger: SqlLedger
) -> None:
    _, run_id = rows.run(database)
    late = claimed(ledger, run_id, "decode", "dead")
    rows.kill(database)
    claimed(ledger, run_id, "decode", "alive")
    assert ledger.record(late, result("Recording")) == ()
    with database.begin() as session:
        row = session.get_one(StageResult, (run_id, "decode"))
        assert (row.state, row.owner, row.artifact) == ("running", "alive", None)


def test_recording_unlocks_what_follows_once(database: Sessions, ledger: SqlLedger) -> None:
    _, run_id = rows.run(database)
    claim = claimed(ledger, run_id, "decode")
    assert [one.name for one in ledger.record(claim, result("Recording"))] == [
        "transcribe",
        "diarize",
    ]
    assert ledger.record(claim, result("Recording")) == ()
    assert ledger.claim(run_id, DECODE, "me") is None, "a stage that is done is not done again"


def test_two_stages_that_finish_together_unlock_the_next(
    database: Sessions, ledger: SqlLedger
) -> None:
    for turn in range(10):
        _, run_id = rows.run(database, etag=str(turn))
        ledger.record(claimed(ledger, run_id, "decode"), result("Recording"))
        claims = [claimed(ledger, run_id, name) for name in ("transcribe", "diarize")]
        kinds = ["Transcript", "SpeakerTurns"]
        unlocked: list[str] = []
        gate = threading.Barrier(2)

        def finish(
            claim: Claim,
            kind: str,
            gate: threading.Barrier = gate,
            unlocked: list[str] = unlocked,
        ) -> None:
            gate.wait()
            unlocked.extend(one.name for one in ledger.record(claim, result(kind)))

        threads = [
            threading.Thread(target=finish, args=pair) for pair in zip(claims, kinds, strict=True)
        ]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert unlocked == ["attribute"]


def test_a_permanent_error_ends_the_run_with_a_dead_letter(
    database: Sessions, ledger: SqlLedger
) -> None:
    talk, run_id = rows.run(database)
    claim = claimed(ledger, run_id, "decode")
    wrong = PermanentError("The file is empty.", code="empty-file", advice="Upload another.")
    assert ledger.fail(claim, wrong) is None
    with database.begin() as session:
        run = session.get_one(Run, run_id)
        letter = session.scalars(select(DeadLetter)).one()
        assert (run.state, run.reason) == ("failed", "The file is empty. Upload another.")
        assert (letter.run_id, letter.stage, letter.code) == (run_id, "decode", "empty-file")
        assert session.get_one(Conversation, talk).status == "failed"
    assert ledger.claim(run_id, DECODE, "me") is None


def test_a_passing_error_is_tried_again_after_a_longer_wait_each_time(
    database: Sessions, ledger: SqlLedger
) -> None:
    _, run_id = rows.run(database)
    away = TransientError("The media store does not answer.", code="media-store")
    waits = []
    for _ in range(DECODE.attempts - 1):
        wait = ledger.fail(claimed(ledger, run_id, "decode"), away)
        assert wait is not None
        waits.append(wait)
    assert 5 <= waits[0] <= 10 <= waits[1] <= 20
    assert ledger.fail(claimed(ledger, run_id, "decode"), away) is None
    assert state(database, run_id) == "failed"


def test_a_bug_is_bounded_and_its_text_stays_in_the_log(
    database: Sessions, ledger: SqlLedger
) -> None:
    _, run_id = rows.run(database)
    assert ledger.fail(claimed(ledger, run_id, "decode"), KeyError("Anna said hello")) is not None
    with database.begin() as session:
        row = session.get_one(StageResult, (run_id, "decode"))
        assert row.error_code == "bug-KeyError"
        assert "Anna" not in str(row.error)


def test_a_stage_whose_worker_dies_every_time_is_buried(
    database: Sessions, ledger: SqlLedger
) -> None:
    _, run_id = rows.run(database)
    for _ in range(DECODE.attempts):
        rows.kill(database)
        claimed(ledger, run_id, "decode")
    assert ledger.bury_exhausted() == 0, "the last attempt still holds its lease"
    rows.kill(database)
    assert ledger.claim(run_id, DECODE, "me") is None
    assert ledger.bury_exhausted() == 1
    assert state(database, run_id) == "failed"


def test_what_was_committed_and_not_taken_is_found(database: Sessions, ledger: SqlLedger) -> None:
    _, run_id = rows.run(database)
    assert ledger.to_send(older_than=3600) == []
    assert ledger.to_send(older_than=-1) == [(run_id, "decode")]
    claimed(ledger, run_id, "decode")
    assert ledger.to_send(older_than=-1) == []
    rows.kill(database)
    assert ledger.to_send(older_than=3600) == [(run_id, "decode")]


def test_a_result_is_used_again_in_its_own_conversation_only(
    database: Sessions, ledger: SqlLedger
) -> None:
    talk, run_id = rows.run(database)
    claim = claimed(ledger, run_id, "decode")
    ledger.record(claim, result("Recording", key="same"))
    _, other = rows.run(database, etag="2")
    assert ledger.reusable(claimed(ledger, other, "decode"), "same") is None
    again = Claim(
        run_id=run_id, conversation_id=talk, stage="decode", attempt=9, inputs=claim.inputs
    )
    assert ledger.reusable(again, "same") == Artifact(type="Recording", body='{"a":1}')


def test_the_same_object_is_one_run_and_another_version_another(database: Sessions) -> None:
    talk, run_id = rows.run(database)
    status = RunStore(database, PLAN).latest(talk)
    assert status is not None
    assert status.id == run_id
    assert [one.stage for one in status.stages] == [one.name for one in PLAN.stages]
    assert not status.over
