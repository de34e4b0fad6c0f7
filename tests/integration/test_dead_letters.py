"""Dead letters: listed, shown, replayed, discarded, by the command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from cli import dead
from embedded.postgres import Postgres
from embedded.process import free_port
from models.admission import Line
from models.database import Sessions
from models.ledger import SqlLedger
from models.run_store import RunStore
from models.tables import Conversation, DeadLetter, Run, StageResult
from pipeline.plan import PLAN
from tasks.intake import receive
from tasks.services import Services
from tests.integration import rows
from tests.integration.commands import AWAY, BROKEN, colloquy, deeds, fail, failure, states
from tests.integration.evaluations import (
    conversation,
    ended,
    evaluation,
    indexed,
    result,
    saved,
    sent,
)
from tests.report_factories import scorecard

pytestmark = pytest.mark.usefixtures("command")


def test_the_list_has_the_open_ones_by_stage_code_and_day(database: Sessions) -> None:
    assert "no dead letters" in colloquy("dead", "list").stdout
    first = fail(database, rows.run(database, "1")[1], "decode")
    second = fail(database, rows.run(database, "2")[1], "transcribe", AWAY)
    RunStore(database, PLAN).refuse("uploads/x/y", "no-conversation", "It fits none.", None)
    with database.begin() as session:
        letter = session.get_one(DeadLetter, first)
        letter.created_at = datetime.now(UTC) - timedelta(days=3)
    since = (datetime.now(UTC) - timedelta(days=1)).date()

    def listed(*filters: object) -> list[str]:
        found = json.loads(colloquy("dead", "list", "--json", *filters).stdout)
        return [one["stage"] for one in found]

    assert listed() == ["decode", "transcribe", None]
    assert listed("--stage", "transcribe") == ["transcribe"]
    assert listed("--code", "not-media") == ["decode"]
    assert listed("--since", since) == ["transcribe", None]
    said = " ".join(colloquy("dead", "list").stdout.split())
    assert f"{second}" in said
    assert "away: The model is away." in said


def test_one_is_shown_with_what_an_operator_needs(database: Sessions) -> None:
    talk, run_id = rows.run(database)
    letter = fail(database, run_id, "transcribe", AWAY)
    said = colloquy("dead", "show", letter).stdout
    for part in (
        "transcribe", "3", "The model is away. (away)", "engine 1.2", str(talk),
        f"colloquy dead replay {letter}",
    ):  # fmt: skip
        assert part in said
    assert json.loads(colloquy("dead", "show", letter, "--json").stdout)["attempts"] == 3


def test_replay_resumes_at_the_stage_that_failed(
    database: Sessions, told: list[tuple[str, UUID]]
) -> None:
    talk, run_id = rows.run(database)
    letter = fail(database, run_id, "transcribe", AWAY)
    assert "1 replayed" in colloquy("dead", "replay", letter).stdout
    assert set(told) == {("transcribe", run_id), ("diarize", run_id)}
    assert states(database, run_id) == {
        "decode": "done",
        "transcribe": "ready",
        "diarize": "ready",
    }
    with database.begin() as session:
        assert session.get_one(Run, run_id).reason is None
        assert session.get_one(Conversation, talk).status == "processing"
    ((action, detail),) = deeds(database, letter)
    assert (action, detail["stage"]) == ("replay", "transcribe")
    assert "replayed already" in failure("dead", "replay", letter)
    assert "closed" in colloquy("dead", "show", letter).stdout


def test_after_a_replay_attempts_begin_anew_and_a_late_result_is_still_refused(
    database: Sessions,
) -> None:
    _, run_id = rows.run(database)
    ledger = SqlLedger(database, PLAN)
    late = ledger.claim(run_id, PLAN["decode"], "me")
    assert late is not None
    letter = fail(database, run_id, "decode", AWAY)
    colloquy("dead", "replay", letter)
    again = fail(database, run_id, "decode", AWAY)
    assert again != letter
    with database.begin() as session:
        assert session.get_one(DeadLetter, again).attempts == 3
        assert session.get_one(StageResult, (run_id, "decode")).attempt == 6
    colloquy("dead", "replay", again)
    current = ledger.claim(run_id, PLAN["decode"], "me")
    assert current is not None
    assert ledger.record(late, result("decode")) == ()
    assert len(ledger.record(current, result("decode"))) == 2


def test_a_run_with_too_little_evidence_is_still_one_after_its_index_was_replayed(
    database: Sessions,
) -> None:
    talk = conversation(database)
    run_id = sent(database, talk, "a.wav")
    short = evaluation(scorecard(insufficient="The learner said too little."))
    ref = saved(database, run_id, short)
    letter = fail(database, run_id, "index", BROKEN)
    colloquy("dead", "replay", letter)
    indexed(database, talk)
    with database.begin() as session:
        run = session.get_one(Run, run_id)
        assert (run.state, run.reason) == ("queued", "The learner said too little.")
    assert ref.state == "insufficient"
    ledger = SqlLedger(database, PLAN)
    claim = ledger.claim(run_id, PLAN["index"], "me")
    assert claim is not None
    ledger.record(claim, result("index"))
    with database.begin() as session:
        assert session.get_one(Run, run_id).state == "insufficient"


def test_what_readers_would_not_see_is_not_replayed(database: Sessions) -> None:
    talk = conversation(database)
    letter = fail(database, sent(database, talk, "a.wav"), "decode")
    ended(database, sent(database, talk, "b.wav"), evaluation())
    assert "newer upload" in failure("dead", "replay", letter)
    assert "newer upload" in failure("dead", "replay", "--all", "--stage", "decode")
    with database.begin() as session:
        assert session.get_one(Conversation, talk).status == "completed"


def test_all_are_replayed_by_stage_and_code(
    database: Sessions, told: list[tuple[str, UUID]]
) -> None:
    runs = [rows.run(database, str(n))[1] for n in range(3)]
    for run_id, error in zip(runs, (BROKEN, AWAY, AWAY), strict=True):
        fail(database, run_id, "decode", error)
    assert "2 replayed" in colloquy("dead", "replay", "--all", "--code", "away").stdout
    assert "0 replayed" in colloquy("dead", "replay", "--all", "--stage", "score").stdout
    assert told == [("decode", one) for one in runs[1:]]


def test_what_is_replayed_stands_in_line_like_every_upload(
    database: Sessions,
    made: Services,
    told: list[tuple[str, UUID]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = Line(database, 1)
    monkeypatch.setattr(dead, "_services", lambda: replace(made, line=line))
    for number in range(3):
        fail(database, rows.run(database, str(number))[1], "decode")
    assert "3 replayed" in colloquy("dead", "replay", "--all").stdout
    assert len(told) == 1
    assert line.waiting() == 2


def test_one_that_cannot_be_replayed_does_not_keep_the_others(
    database: Sessions, made: Services
) -> None:
    receive("uploads/foo/", made, encoded=False)
    fail(database, rows.run(database)[1], "decode")
    found = colloquy("dead", "replay", "--all")
    assert (found.exit_code, found.stdout) == (1, "1 replayed\n")
    said = " ".join(found.stderr.split())
    assert "The folder that this dead letter names is of no conversation." in said
    assert "1 could not be replayed" in said


def test_of_an_unknown_or_deleted_one_is_told(database: Sessions) -> None:
    assert "no dead letter" in failure("dead", "replay", uuid4())
    assert "no dead letter" in failure("dead", "show", uuid4())
    assert "no dead letter" in failure("dead", "discard", uuid4(), "--yes")
    talk, run_id = rows.run(database)
    letter = fail(database, run_id, "decode")
    with database.begin() as session:
        session.delete(session.get_one(Conversation, talk))
    assert "goes with its conversation" in failure("dead", "replay", letter)


@pytest.mark.parametrize(
    "wrong",
    [
        ["replay"],
        ["replay", "no id"],
        ["replay", str(uuid4()), "--all"],
        ["replay", str(uuid4()), "--stage", "decode"],
        ["list", "--stage", "nonsense"],
        ["list", "--since", "yesterday"],
        ["discard"],
    ],
)
def test_what_is_wrong_use_has_exit_status_2(wrong: list[str]) -> None:
    assert colloquy("dead", *wrong).exit_code == 2


def test_discarding_asks_and_is_kept_in_the_record(database: Sessions) -> None:
    _, run_id = rows.run(database)
    letter = fail(database, run_id, "decode")
    assert colloquy("dead", "discard", letter, answer="n\n").exit_code == 1
    assert deeds(database, letter) == []
    assert colloquy("dead", "discard", letter, answer="y\n").exit_code == 0
    assert deeds(database, letter) == [("discard", {"code": "not-media", "stage": "decode"})]
    assert "no dead letters" in colloquy("dead", "list").stdout
    assert "discarded already" in failure("dead", "discard", letter, "--yes")
    assert "discarded already" in failure("dead", "replay", letter)
    with database.begin() as session:
        assert session.get_one(Run, run_id).state == "failed"


def test_several_are_discarded_together_or_not_at_all(database: Sessions) -> None:
    one, other, closed = (
        fail(database, rows.run(database, etag)[1], "decode") for etag in ("1", "2", "3")
    )
    colloquy("dead", "discard", closed, "--yes")
    assert "discarded already" in failure("dead", "discard", one, closed, "--yes")
    assert deeds(database, one) == []
    assert "2 discarded" in colloquy("dead", "discard", one, other, one, "--yes").stdout
    assert len(deeds(database, one)) == len(deeds(database, other)) == 1


def test_the_same_one_named_twice_is_replayed_once(
    database: Sessions, told: list[tuple[str, UUID]]
) -> None:
    _, run_id = rows.run(database)
    letter = fail(database, run_id, "decode")
    found = colloquy("dead", "replay", letter, letter)
    assert (found.exit_code, found.stdout) == (0, "1 replayed\n")
    assert told == [("decode", run_id)]


def test_a_replay_says_on_stderr_nothing_of_a_broker_that_upkeep_stands_in_for(
    database: Sessions, server: Postgres
) -> None:
    _, run_id = rows.run(database)
    letter = fail(database, run_id, "decode")
    away = {
        "COLLOQUY_DATABASE__URL": server.url,
        "COLLOQUY_BROKER__URL": f"redis://127.0.0.1:{free_port()}/0",
    }
    command = [sys.executable, "-c", "from cli.main import main; main()"]
    found = subprocess.run(
        [*command, "dead", "replay", str(letter)],
        capture_output=True,
        text=True,
        env=os.environ | away,
        check=True,
    )
    assert (found.stdout, found.stderr) == ("1 replayed\n", "")
    assert SqlLedger(database, PLAN).to_send(older_than=-1) == [(run_id, "decode")]
