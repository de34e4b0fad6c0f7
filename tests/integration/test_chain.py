"""The whole chain on real servers and a real worker, with engines that hear a known talk at once."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import psutil
import pytest
from sqlalchemy import func, select, update

from config.settings import Settings, settings
from embedded.stack import Stack
from models.database import Sessions
from models.ledger import SqlLedger
from models.run_store import RunStore
from models.tables import (
    Conversation,
    ConversationEvaluation,
    ConversationSegment,
    DeadLetter,
    ScoreEvidence,
    StageResult,
)
from pipeline.plan import PLAN
from tasks.intake import enqueue, metadata
from tests.fakes.quick import TALK
from tests.integration.stacks import (
    attempts,
    counts,
    database_of,
    drained,
    letters,
    reached,
    running,
    tell,
    tell_text,
)
from tests.waiting import ended, eventually
from workers.submit import submit
from workers.toolbox import s3_media


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("chain")) as made:
        yield made


@pytest.fixture(scope="module")
def given(stack: Stack) -> Settings:
    del stack
    return settings()


@pytest.fixture(scope="module")
def store(stack: Stack) -> Iterator[Sessions]:
    with database_of(stack) as made:
        yield made


@pytest.fixture
def gate(stack: Stack) -> Iterator[Path]:
    """A file at which the transcriber stops; gone after the test."""
    path = stack.home / "gate"
    for one in (path.with_suffix(".wait"), path.with_suffix(".away")):
        one.unlink(missing_ok=True)
    yield path
    path.unlink(missing_ok=True)


@pytest.fixture
def recording(fixtures: Path) -> Path:
    return fixtures / "short.ogg"


def test_one_upload_becomes_one_evaluation(
    given: Settings, store: Sessions, fixtures: Path
) -> None:
    talk = submit(given, fixtures / "conversation.ogg", user="demo", learner="S2", speakers=2)
    found = ended(store, talk)
    assert (found.state, found.reason) == ("completed", None)
    assert {one.stage: one.state for one in found.stages} == {
        one.name: "done" for one in PLAN.stages
    }
    assert counts(store, talk) == (1, 1)
    assert attempts(store, talk) == {}
    with store.begin() as session:
        evaluation = session.scalars(
            select(ConversationEvaluation).where(ConversationEvaluation.conversation_id == talk)
        ).one()
        points = session.scalars(
            select(ScoreEvidence.points).where(ScoreEvidence.evaluation_id == evaluation.id)
        ).all()
        said = session.scalars(
            select(ConversationSegment.text_content)
            .where(ConversationSegment.conversation_id == talk)
            .order_by(ConversationSegment.segment_number)
        ).all()
    assert sum(points, Decimal(0)) == evaluation.overall_score
    assert list(said) == [one.text for one in TALK.segments]


def test_the_same_event_again_and_late_is_the_same_run(
    given: Settings, store: Sessions, recording: Path
) -> None:
    talk = submit(given, recording, user="demo", learner="S2")
    key = f"uploads/{talk}/{recording.name}"
    tell(given, key, key)
    assert ended(store, talk).state == "completed"
    tell(given, key)
    enqueue(talk)
    drained(given)
    assert counts(store, talk) == (1, 1)
    s3_media(given).remove(key)
    tell(given, key)
    drained(given)
    with store.begin() as session:
        status = session.get_one(Conversation, talk).status
    assert status == "completed", "an event that comes after the object is gone changes nothing"


def test_a_broken_file_fails_with_a_dead_letter_and_the_next_is_done(
    given: Settings, store: Sessions, recording: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "my talk + more 100% Zürich.wav"
    broken.write_bytes(b"RIFF\0\0\0\0 no recording")
    bad = submit(given, broken, user="demo", learner="S2")
    good = submit(given, recording, user="demo", learner="S2")
    failed = ended(store, bad)
    assert failed.state == "failed"
    assert attempts(store, bad) == {one.name: 0 for one in PLAN.stages if one.name != "decode"}
    assert letters(store, f"uploads/{bad}/{broken.name}") == ["not-media"]
    with store.begin() as session:
        assert session.get_one(Conversation, bad).status == "failed"
    assert ended(store, good).state == "completed"


def test_what_cannot_become_a_run_is_a_dead_letter_and_stops_nothing(
    given: Settings, store: Sessions, tmp_path: Path
) -> None:
    (tmp_path / "x").write_bytes(b"x")
    media = s3_media(given)
    stray = f"uploads/{uuid4()}/a b.wav"
    talk = RunStore(store, PLAN).new_conversation("demo", title="x")
    # As a platform may send it; `submit` refuses it itself.
    media.upload(f"uploads/{talk}/x", tmp_path / "x", metadata(assignment=uuid4()))
    media.upload(stray, tmp_path / "x", {})
    media.upload("derived/a.flac", tmp_path / "x", {})
    tell_text(given, "no event at all")
    drained(given)
    assert letters(store, stray) == ["no-conversation"]
    assert letters(store, "derived/a.flac") == []
    with store.begin() as session:
        keys = session.scalars(select(DeadLetter.media_key).where(DeadLetter.code == "bad-event"))
        assert [str(one).partition(" ")[0] for one in keys] == ["queue"]
    assert letters(store, f"uploads/{talk}/x") == ["unknown-assignment"]
    with store.begin() as session:
        assert session.get_one(Conversation, talk).status == "failed"


def test_enqueue_without_an_upload_is_a_dead_letter(store: Sessions) -> None:
    talk = uuid4()
    enqueue(talk)
    assert eventually(lambda: letters(store, f"uploads/{talk}/")) == ["media-missing"]


def test_a_passing_failure_is_tried_again(
    given: Settings, store: Sessions, recording: Path, gate: Path
) -> None:
    gate.write_text("away")
    talk = submit(given, recording, user="demo", learner="S2")
    reached(gate, "away")
    gate.unlink()
    assert ended(store, talk).state == "completed"
    assert attempts(store, talk) == {"transcribe": 2}


def test_a_pool_process_killed_in_a_stage_costs_one_attempt(
    given: Settings, store: Sessions, recording: Path, gate: Path
) -> None:
    gate.write_text("wait")
    talk = submit(given, recording, user="demo", learner="S2")
    os.kill(reached(gate, "wait"), signal.SIGKILL)
    gate.unlink()
    assert ended(store, talk).state == "completed"
    assert attempts(store, talk) == {"transcribe": 2}
    assert counts(store, talk) == (1, 1)


def test_upkeep_heals_what_a_killed_worker_held(
    stack: Stack, given: Settings, store: Sessions, recording: Path, gate: Path
) -> None:
    gate.write_text("wait")
    talk = submit(given, recording, user="demo", learner="S2")
    alone = psutil.Process(reached(gate, "wait"))
    eventually(lambda: _diarized(store, talk))
    worker = stack.children["worker"].process
    worker.kill()
    worker.wait()
    assert alone.wait(10) is None, "the pool process ends with its worker"
    gate.unlink()
    # What time would do.
    SqlLedger(store, PLAN).release_all()
    stack.start_worker()
    assert ended(store, talk).state == "completed"
    assert attempts(store, talk) == {"transcribe": 2}
    assert counts(store, talk) == (1, 1)


def test_upkeep_does_not_wait_for_long_stages(
    given: Settings, store: Sessions, recording: Path, gate: Path
) -> None:
    gate.write_text("wait")
    talks = [submit(given, recording, user="demo", learner="S2") for _ in range(3)]
    # Both pool processes are at the gate: the third upload's stages wait for a worker, and for long.
    eventually(lambda: _states(store, "transcribe").count("running") == 2)
    eventually(lambda: _wait_for_an_hour(store))
    eventually(lambda: _sent_again(store))
    gate.unlink()
    for talk in talks:
        assert ended(store, talk).state == "completed"


def _states(store: Sessions, stage: str) -> list[str]:
    with store.begin() as session:
        return list(session.scalars(select(StageResult.state).where(StageResult.stage == stage)))


def _wait_for_an_hour(store: Sessions) -> bool:
    """Whether there is a ready stage; as if it had been sent an hour ago."""
    aged = (
        update(StageResult)
        .where(StageResult.state == "ready")
        .values(next_attempt_at=func.now() - timedelta(hours=1))
        .returning(StageResult.stage)
    )
    with store.begin() as session:
        return bool(session.scalars(aged).all())


def _sent_again(store: Sessions) -> bool:
    query = select(StageResult.stage).where(
        StageResult.state == "ready",
        StageResult.next_attempt_at > func.now() - timedelta(minutes=30),
    )
    with store.begin() as session:
        return session.scalars(query).first() is not None


def test_a_broker_that_is_away_for_a_while_loses_nothing(
    stack: Stack, given: Settings, store: Sessions, recording: Path, gate: Path
) -> None:
    gate.write_text("wait")
    talk = submit(given, recording, user="demo", learner="S2")
    reached(gate, "wait")
    server = psutil.Process(stack.valkey.pid)
    server.suspend()
    gate.unlink()
    time.sleep(1.0)  # as long as it is away
    server.resume()
    assert ended(store, talk).state == "completed"
    assert counts(store, talk) == (1, 1)


def test_a_database_that_restarts_in_the_middle_of_a_stage_loses_nothing(
    stack: Stack, given: Settings, store: Sessions, recording: Path, gate: Path
) -> None:
    gate.write_text("wait")
    talk = submit(given, recording, user="demo", learner="S2")
    reached(gate, "wait")
    eventually(lambda: _diarized(store, talk))
    stack.postgres.stop()
    gate.unlink()
    time.sleep(1.0)  # as long as it is away
    stack.postgres.start()
    assert ended(store, talk).state == "completed"
    assert counts(store, talk) == (1, 1)
    for log in (stack.home / "logs").glob("*.log"):
        text = log.read_text()
        assert "painted every single door" not in text
        assert "demo@example.org" not in text


def _diarized(store: Sessions, talk: UUID) -> bool:
    status = RunStore(store, PLAN).latest(talk)
    return status is not None and any(
        (one.stage, one.state) == ("diarize", "done") for one in status.stages
    )
