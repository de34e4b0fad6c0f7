"""An upload's whole way: S3, SQS, intake, queue, workers with the real engines, PostgreSQL, search."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import psutil
import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from cli.main import app
from config.settings import Settings
from embedded.stack import Stack
from models.database import Sessions
from models.run_store import RunStore
from models.tables import (
    Conversation,
    ConversationEvaluation,
    ConversationSegment,
    DeadLetter,
    ProgressTracking,
    Run,
    ScoreEvidence,
    UserAchievement,
    VocabularyAnalysis,
)
from pipeline.errors import PermanentError
from pipeline.plan import PLAN
from pipeline.search import SearchFilters
from tests.e2e.conftest import LONG
from tests.waiting import ended, eventually
from workers.doctor import examine
from workers.intake_sqs import sqs
from workers.submit import submit
from workers.toolbox import s3_media, search_index

Counted = (
    type[Run] | type[ConversationEvaluation] | type[ConversationSegment] | type[VocabularyAnalysis]
)


def count(store: Sessions, table: Counted, conversation: UUID) -> int:
    with store.begin() as session:
        query = select(func.count()).select_from(table)
        return session.scalar(query.where(table.conversation_id == conversation)) or 0


@pytest.fixture(scope="module")
def analysed(given: Settings, store: Sessions, fixtures: Path) -> UUID:
    """A conversation of two minutes whose run is over."""
    recording = fixtures / "conversation.ogg"
    talk = submit(given, recording, user="demo", class_name="Demo class", learner="S1")
    ended(store, talk, LONG)
    return talk


def test_a_recording_becomes_an_evaluation(
    given: Settings, store: Sessions, analysed: UUID
) -> None:
    talk = analysed
    found = ended(store, talk, LONG)
    assert (found.state, found.reason) == ("completed", None)
    assert {one.state for one in found.stages} == {"done"}
    with store.begin() as session:
        row = session.get_one(Conversation, talk)
        assert row.status == "completed"
        assert "learner: " in str(row.transcript)
        assert row.duration_seconds == 120
        evaluation = session.scalars(
            select(ConversationEvaluation).where(ConversationEvaluation.conversation_id == talk)
        ).one()
        evidence = session.scalars(
            select(ScoreEvidence).where(ScoreEvidence.evaluation_id == evaluation.id)
        ).all()
        for name in ("grammar", "vocabulary", "fluency", "pronunciation", "comprehension"):
            rows = [one for one in evidence if one.dimension == name]
            assert rows
            assert sum(one.points for one in rows) == getattr(evaluation, f"{name}_score")
        assert sum((one.points for one in evidence), Decimal(0)) == evaluation.overall_score
        assert session.scalar(select(func.count()).select_from(ProgressTracking))
        assert session.scalar(select(func.count()).select_from(UserAchievement))
    assert count(store, ConversationSegment, talk) > 5
    assert count(store, VocabularyAnalysis, talk) > 20
    hits = search_index(given, store).search("very friendly", SearchFilters())
    assert talk in [one.conversation_id for one in hits]


def test_the_commands_show_it(analysed: UUID) -> None:
    talk = analysed
    run = CliRunner().invoke
    shown = run(app, ["show", str(talk), "--json"])
    assert shown.exit_code == 0, shown.output
    assert json.loads(shown.output)["schema"] == "colloquy.analysis/1"
    assert "grammar" in run(app, ["show", str(talk)]).output
    assert "completed" in run(app, ["status", str(talk)]).output
    assert "WEBVTT" in run(app, ["export", str(talk), "--format", "vtt"]).output
    found = run(app, ["search", "friendly", "--class", "Demo class", "--json"])
    assert json.loads(found.output)[0]["conversation_id"] == str(talk)
    runs = json.loads(run(app, ["runs", "--json"]).output)
    states = [one["state"] for one in runs if one["conversation_id"] == str(talk)]
    assert states == ["completed"]
    assert run(app, ["search", "x", "--from", "yesterday"]).exit_code == 2


def test_the_same_object_again_is_the_same_run(
    given: Settings, store: Sessions, analysed: UUID
) -> None:
    with store.begin() as session:
        run = session.scalars(select(Run).where(Run.conversation_id == analysed)).one()
    record = {"eventName": "ObjectCreated:Put", "s3": {"object": {"key": run.media_key}}}
    queue = sqs(given)
    for _ in range(2):
        queue.send_message(
            QueueUrl=given.media.queue_url, MessageBody=json.dumps({"Records": [record]})
        )
    drained(given)
    assert count(store, Run, run.conversation_id) == 1
    assert count(store, ConversationEvaluation, run.conversation_id) == 1


def drained(given: Settings) -> None:
    """Wait until intake has taken every message."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def look() -> bool:
        answer = sqs(given).get_queue_attributes(
            QueueUrl=given.media.queue_url, AttributeNames=names
        )
        return all(answer["Attributes"][name] == "0" for name in names)

    eventually(look)


def test_a_text_named_wav_fails_with_a_reason_and_the_next_is_analysed(
    given: Settings, store: Sessions, fixtures: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "my talk + more Zürich.wav"
    wrong.write_text("no recording")
    bad = submit(given, wrong, user="demo", learner="S1")
    good = submit(given, fixtures / "short.ogg", user="demo", learner="S1")
    failed = ended(store, bad, LONG)
    assert failed.state == "failed"
    assert "not a recording" in str(failed.reason)
    with store.begin() as session:
        letter = session.scalars(select(DeadLetter).where(DeadLetter.run_id == failed.id)).one()
        assert (letter.stage, letter.code) == ("decode", "not-media")
        assert session.get_one(Conversation, bad).status == "failed"
    thin = ended(store, good, LONG)
    assert thin.state == "insufficient", "half a minute is too little to judge"
    assert "Not enough evidence" in str(thin.reason)
    assert count(store, ConversationEvaluation, good) == 0
    assert count(store, ConversationSegment, good) > 0
    assert CliRunner().invoke(app, ["status", str(bad)]).exit_code == 0


def test_a_key_that_fits_no_conversation_is_a_dead_letter(
    given: Settings, store: Sessions, tmp_path: Path
) -> None:
    (tmp_path / "x").write_bytes(b"x")
    key = f"uploads/{uuid4()}/a.wav"
    s3_media(given).upload(key, tmp_path / "x", {})
    s3_media(given).upload("elsewhere/a.wav", tmp_path / "x", {})

    def letters() -> list[str]:
        with store.begin() as session:
            query = select(DeadLetter.code).where(DeadLetter.media_key == key)
            return list(session.scalars(query))

    assert eventually(letters) == ["no-conversation"]


def test_a_killed_worker_loses_nothing(
    stack: Stack, given: Settings, store: Sessions, fixtures: Path
) -> None:
    talk = submit(given, fixtures / "short.ogg", user="demo", learner="S1")
    runs = RunStore(store, PLAN)

    def hears() -> bool:
        status = runs.latest(talk)
        working = (
            {one.stage for one in status.stages if one.state == "running"} if status else set()
        )
        return bool(working & {"transcribe", "diarize"})

    eventually(hears)
    worker = stack.children["worker"].process
    for one in psutil.Process(worker.pid).children(recursive=True):
        one.send_signal(signal.SIGKILL)
    worker.kill()
    worker.wait()
    with store.begin() as session:
        # What time would do: the dead worker's lease runs out.
        for row in session.scalars(select(Run).where(Run.conversation_id == talk)):
            assert row.state == "running"
    from models.ledger import SqlLedger  # noqa: PLC0415 - beside its use

    SqlLedger(store, PLAN).release_all()
    stack.start_worker()
    found = ended(store, talk, LONG)
    assert found.state == "insufficient", found
    assert count(store, Run, talk) == 1


def test_an_unknown_user_is_told(given: Settings, fixtures: Path) -> None:
    with pytest.raises(PermanentError, match="no user 'nobody'"):
        submit(given, fixtures / "short.ogg", user="nobody")


def test_the_doctor_finds_everything_well(given: Settings) -> None:
    checks = examine(given)
    assert [one.told for one in checks if not one.good] == []
    assert {"database", "broker", "media store", "grammar", "search"} <= {
        one.name for one in checks
    }


def test_a_second_stack_in_the_same_folder_is_refused(stack: Stack) -> None:
    with pytest.raises(PermanentError, match="runs in"):
        Stack(stack.home).start()


def test_a_teachers_words_are_judged_by_the_workers(
    given: Settings, store: Sessions, analysed: UUID, tmp_path: Path
) -> None:
    run = CliRunner().invoke
    before = json.loads(run(app, ["show", str(analysed), "--json"]).output)
    path = tmp_path / "talk.vtt"
    told = run(app, ["export", str(analysed), "--format", "vtt", "--out", str(path)])
    assert told.exit_code == 0, told.output
    text = path.read_text(encoding="utf-8")
    assert "very friendly" in text
    path.write_text(text.replace("very friendly", "very quixotic friendly"), "utf-8")
    command = Path(sys.executable).with_name("colloquy")
    done = subprocess.run(
        [command, "correct", str(analysed), "--transcript", str(path), "--follow"],
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG,
    )
    assert done.returncode == 0, done.stderr
    assert ended(store, analysed).state == "completed"
    after = json.loads(run(app, ["show", str(analysed), "--json"]).output)
    assert "quixotic" in " ".join(one["text"] for one in after["segments"])
    assert "corrected" in [one["code"] for one in after["warnings"]]
    assert after["scores"]["pronunciation"]["evidence_level"].startswith("acoustic head")
    assert abs(after["scores"]["fluency"]["score"] - before["scores"]["fluency"]["score"]) < 1
    assert count(store, ConversationEvaluation, analysed) == 2
    hits = search_index(given, store).search("quixotic", SearchFilters())
    assert [one.conversation_id for one in hits] == [analysed]


def test_logs_hold_no_word_that_was_said(stack: Stack, analysed: UUID) -> None:
    del analysed
    for log in (stack.home / "logs").glob("*.log"):
        text = log.read_text(errors="replace").lower()
        assert "very friendly" not in text
        assert "quixotic" not in text
        assert "demo@example.org" not in text
