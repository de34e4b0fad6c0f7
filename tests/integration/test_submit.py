"""`submit` on a real database, with the bucket in memory."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from config.settings import DatabaseSettings, MediaSettings, Settings
from embedded.postgres import Postgres
from models.admission import Line
from models.database import Sessions
from models.ledger import SqlLedger
from models.run_store import RunStore
from models.tables import Assignment, Conversation, DeadLetter, Run
from pipeline.errors import PermanentError, TransientError
from pipeline.plan import PLAN
from tasks import dispatch
from tasks.intake import receive
from tasks.services import Services
from tests.fakes.uploads import MemoryUploads
from tests.integration import rows
from workers import submit as module
from workers.submit import submit

MOST = 100


@pytest.fixture
def given(server: Postgres, database: Sessions) -> Settings:
    with database.begin() as session:
        rows.user(session, "anna")
    return Settings(
        database=DatabaseSettings(url=SecretStr(server.url)), media=MediaSettings(max_bytes=MOST)
    )


@pytest.fixture
def uploads(monkeypatch: pytest.MonkeyPatch) -> MemoryUploads:
    made = MemoryUploads()
    monkeypatch.setattr(module, "s3_media", lambda _: made)
    return made


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    path = tmp_path / "talk.wav"
    path.write_bytes(b"talk")
    return path


@pytest.mark.parametrize(
    ("body", "learner", "code"),
    [
        (b"", None, "empty-file"),
        (b"x" * (MOST + 1), None, "too-large"),
        (b"x", "the tall one", "no-file"),
        (b"x", "S0", "no-file"),
    ],
)
def test_what_would_be_refused_makes_no_row(
    given: Settings,
    uploads: MemoryUploads,
    database: Sessions,
    talk: Path,
    *,
    body: bytes,
    learner: str | None,
    code: str,
) -> None:
    talk.write_bytes(body)
    with pytest.raises(PermanentError) as caught:
        submit(given, talk, user="anna", learner=learner)
    assert caught.value.code == code
    assert uploads.bodies == {}
    with database.begin() as session:
        assert session.scalars(select(Conversation)).all() == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TransientError("Away.", code="media-store"), "media-store"),
        (KeyboardInterrupt(), "broken-off"),
    ],
)
def test_an_upload_that_fails_fails_its_conversation(
    given: Settings,
    database: Sessions,
    talk: Path,
    *,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    code: str,
) -> None:
    class Away(MemoryUploads):
        def upload(self, key: str, path: Path, metadata: dict[str, str]) -> None:
            del key, path, metadata
            raise error

    monkeypatch.setattr(module, "s3_media", lambda _: Away())
    with pytest.raises(type(error)):
        submit(given, talk, user="anna")
    with database.begin() as session:
        row = session.scalars(select(Conversation)).one()
        assert row.status == "failed"
        assert session.scalars(select(DeadLetter.code)).one() == code


def test_a_voice_sample_is_kept_for_the_learners_recordings(
    given: Settings,
    uploads: MemoryUploads,
    database: Sessions,
    talk: Path,
    *,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dispatch, "send", lambda *_: None)
    (talk.parent / "anna.wav").write_bytes(b"voice")
    services = Services(
        ledger=SqlLedger(database, PLAN),
        line=Line(database, 8),
        runs=RunStore(database, PLAN),
        uploads=uploads,
        tools={},
        max_bytes=MOST,
    )
    for learner in (str(talk.parent / "anna.wav"), None):
        made = submit(given, talk, user="anna", learner=learner)
        run_id = receive(f"uploads/{made}/talk.wav", services).run_id
        with database.begin() as session:
            key = session.get_one(Run, run_id).seed["learner_voice"]
            assert key == f"voices/{session.get_one(Conversation, made).user_id}"
        assert uploads.bodies[key] == b"voice"


def test_an_unknown_assignment_is_told_before_anything_is_made(
    given: Settings, database: Sessions, talk: Path
) -> None:
    with pytest.raises(PermanentError, match="assignment that does not exist"):
        submit(given, talk, user="anna", assignment=UUID(int=0))
    with database.begin() as session:
        assert not session.scalars(select(Conversation.id)).all()


def test_an_assignment_brings_its_class(
    given: Settings, uploads: MemoryUploads, database: Sessions, talk: Path
) -> None:
    with database.begin() as session:
        group = rows.group(session).id
        task = Assignment(
            class_id=group, title="T", description="d", instructions="i", difficulty_level="B1"
        )
        session.add(task)
        session.flush()
    made = submit(given, talk, user="anna", assignment=task.id)
    assert list(uploads.bodies) == [f"uploads/{made}/talk.wav"]
    with database.begin() as session:
        assert session.get_one(Conversation, made).class_id == group


@pytest.mark.parametrize(("told", "row"), [("C1", "C1"), (None, "B1")])
def test_the_level_that_was_told_goes_with_the_recording(
    given: Settings,
    uploads: MemoryUploads,
    database: Sessions,
    talk: Path,
    *,
    told: str | None,
    row: str,
) -> None:
    made = submit(given, talk, user="anna", level=told)
    (head,) = uploads.heads.values()
    assert head.metadata.get("colloquy-level") == told
    with database.begin() as session:
        assert session.get_one(Conversation, made).difficulty_level == row
