"""Cancelled conversations, by the command."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models.database import Sessions
from models.ledger import SqlLedger
from models.tables import Conversation, ConversationEvaluation, DeadLetter, Run
from pipeline.errors import PermanentError
from pipeline.plan import PLAN
from tasks.intake import receive
from tasks.services import Services
from tests.fakes.uploads import MemoryUploads
from tests.integration import rows
from tests.integration.commands import AWAY, colloquy, deeds, failure, states
from tests.integration.evaluations import (
    at_persist,
    conversation,
    count,
    ended,
    evaluation,
    finish,
    older,
    result,
    saved,
    sent,
)

pytestmark = pytest.mark.usefixtures("command")


@pytest.mark.parametrize("stage", [one.name for one in PLAN.until("persist").stages])
def test_a_conversation_is_cancelled_at_any_stage(database: Sessions, stage: str) -> None:
    talk, run_id = rows.run(database)
    ledger = SqlLedger(database, PLAN)
    for one in PLAN.until(stage).stages[:-1]:
        claim = ledger.claim(run_id, one, "me")
        assert claim is not None
        ledger.record(claim, result(one.name))
    late = ledger.claim(run_id, PLAN[stage], "me")
    assert late is not None
    assert "1 run cancelled" in colloquy("cancel", talk).stdout
    assert ledger.record(late, result(stage)) == ()
    assert ledger.claim(run_id, PLAN[stage], "me") is None
    assert ledger.to_send(-3600) == []
    with database.begin() as session:
        run = session.get_one(Run, run_id)
        assert (run.state, run.reason) == ("cancelled", "The analysis was cancelled.")
        assert session.get_one(Conversation, talk).status == "failed"
    assert set(states(database, run_id).values()) <= {"done"}
    assert count(database, DeadLetter) == 0
    assert deeds(database, run_id) == [("cancel", {"state": "running"})]
    assert "Nothing" in failure("cancel", talk)


def test_what_waits_or_is_queued_is_cancelled_too(database: Sessions) -> None:
    talk, run_id = rows.run(database)
    assert colloquy("cancel", talk).exit_code == 0
    assert deeds(database, run_id) == [("cancel", {"state": "queued"})]
    talk, run_id = rows.run(database, "2")
    ledger = SqlLedger(database, PLAN)
    claim = ledger.claim(run_id, PLAN["decode"], "me")
    assert claim is not None
    assert ledger.fail(claim, AWAY) is not None
    assert colloquy("cancel", talk).exit_code == 0
    assert states(database, run_id) == {}
    assert "no such conversation" in failure("cancel", uuid4())


def test_readers_keep_the_older_evaluation_and_a_late_one_changes_nothing(
    database: Sessions,
) -> None:
    talk = conversation(database)
    ended(database, sent(database, talk, "a.wav"), older())
    second = sent(database, talk, "b.wav")
    attempt = at_persist(database, second)
    colloquy("cancel", talk)
    with pytest.raises(PermanentError, match="overtaken"):
        saved(database, second, evaluation(), attempt)
    with database.begin() as session:
        found = session.get_one(Conversation, talk)
        assert (found.status, found.duration_seconds) == ("completed", 9)
    assert count(database, ConversationEvaluation) == 1


def test_what_is_evaluated_already_is_left_to_end(database: Sessions) -> None:
    talk = conversation(database)
    run_id = sent(database, talk, "a.wav")
    ref = saved(database, run_id, evaluation())
    assert "Nothing" in failure("cancel", talk)
    finish(database, run_id, ref)
    with database.begin() as session:
        assert session.get_one(Run, run_id).state == "completed"


def test_the_same_object_after_a_cancel_is_known_and_another_name_is_new(
    database: Sessions, made: Services
) -> None:
    talk = conversation(database)
    assert isinstance(made.uploads, MemoryUploads)
    made.uploads.put(f"uploads/{talk}/a.wav", b"the same")
    receive(f"uploads/{talk}/a.wav", made)
    colloquy("cancel", talk)
    again = receive(f"uploads/{talk}/a.wav", made)
    assert again.outcome == "known"
    with database.begin() as session:
        assert session.get_one(Run, again.run_id).state == "cancelled"
    made.uploads.put(f"uploads/{talk}/b.wav", b"the same")
    assert receive(f"uploads/{talk}/b.wav", made).outcome == "accepted"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_events SET action = 'x'",
        "DELETE FROM audit_events",
        "TRUNCATE audit_events",
        "SET LOCAL session_replication_role = replica; DELETE FROM audit_events",
    ],
)
def test_the_record_of_deeds_can_only_be_added_to(database: Sessions, change: str) -> None:
    talk, run_id = rows.run(database)
    colloquy("cancel", talk)
    with pytest.raises(DBAPIError, match="can only be added to"), database.begin() as session:
        session.execute(text(change))
    assert len(deeds(database, run_id)) == 1
