"""The HTTP service on a real database, with the objects in memory."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from config.settings import ServiceSettings, Settings
from models.admission import Line
from models.database import Sessions
from models.ledger import SqlLedger
from models.run_store import RunStore
from models.tables import Conversation, DeadLetter, Run
from pipeline.errors import UnavailableError
from pipeline.plan import PLAN
from pipeline.uploads import ObjectHead
from service.app import application
from service.conversations import LONGEST_NAME
from service.guard import LONGEST
from service.secrets import SIGNATURE
from tasks import dispatch
from tasks.app import app
from tasks.services import Services
from tests.fakes.uploads import MemoryUploads
from tests.integration import rows

SECRET, TOKEN = "events-secret", "moodle-token"
GIVEN = Settings(
    service=ServiceSettings(
        hook_secret=SecretStr(SECRET),
        tokens={"moodle": SecretStr(TOKEN), "canvas": SecretStr("canvas-token")},
    )
)
BEARER = {"Authorization": f"Bearer {SECRET}"}


@pytest.fixture
def uploads() -> MemoryUploads:
    return MemoryUploads()


@pytest.fixture
def made(database: Sessions, uploads: MemoryUploads, monkeypatch: pytest.MonkeyPatch) -> Services:
    monkeypatch.setattr(dispatch, "send", lambda *_: None)
    return Services(
        ledger=SqlLedger(database, PLAN),
        line=Line(database, 8),
        runs=RunStore(database, PLAN),
        uploads=uploads,
        tools={},
        max_bytes=1000,
    )


@pytest.fixture
def client(made: Services) -> Iterator[TestClient]:
    with TestClient(application(GIVEN, lambda _: made)) as found:
        yield found


@pytest.fixture
def talk(database: Sessions) -> UUID:
    with database.begin() as session:
        return rows.conversation(session, rows.user(session, "anna")).id


def event(*keys: str) -> bytes:
    records = [
        # As versitygw writes them: no size, an ETag in quotes, and the key in the bucket's name.
        {
            "eventName": "s3:ObjectCreated:CompleteMultipartUpload",
            "s3": {
                "bucket": {"name": "media", "arn": f"arn:aws:s3:::media/{key}"},
                "object": {"key": key, "size": 0, "eTag": '"x"', "sequencer": "1"},
            },
        }
        for key in keys
    ]
    return json.dumps({"Records": records}).encode()


def runs(database: Sessions) -> list[str]:
    with database.begin() as session:
        return list(session.scalars(select(Run.media_key)))


def basic(password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'events:{password}'.encode()).decode()}"}


def signature(body: bytes, secret: str = SECRET) -> dict[str, str]:
    made = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {SIGNATURE: f"sha256={made}"}


def test_an_event_becomes_a_run_and_is_answered_after_the_commit(
    client: TestClient, uploads: MemoryUploads, database: Sessions, talk: UUID
) -> None:
    # Not encoded, and with what an encoded one would mean.
    key = f"uploads/{talk}/my talk + more 100%25.wav"
    uploads.put(key)
    body = event(key)
    for headers in (BEARER, basic(SECRET), signature(body)):
        answer = client.post("/hooks/s3", content=body, headers=headers)
        assert answer.status_code == 200, answer.text
        assert runs(database) == [key]
    assert answer.json() == {"outcomes": ["known"]}


def test_a_test_event_is_answered_and_ignored(client: TestClient) -> None:
    answer = client.post("/hooks/s3", content='{"Event": "s3:TestEvent"}', headers=BEARER)
    assert (answer.status_code, answer.json()) == (200, {"outcomes": []})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Bearer {TOKEN}"},
        {"Authorization": SECRET},
        {"Authorization": "Basic !!!"},
        basic("wrong"),
        signature(b"another body"),
        {SIGNATURE: "sha256=", **BEARER},
    ],
)
def test_who_does_not_know_the_secret_is_refused(
    client: TestClient,
    uploads: MemoryUploads,
    database: Sessions,
    *,
    talk: UUID,
    headers: dict[str, str],
) -> None:
    uploads.put(f"uploads/{talk}/a.wav")
    answer = client.post("/hooks/s3", content=event(f"uploads/{talk}/a.wav"), headers=headers)
    assert answer.status_code == 401
    assert runs(database) == []


def test_without_a_secret_nobody_is_answered(made: Services) -> None:
    client = TestClient(application(Settings(), lambda _: made))
    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer None"}):
        assert client.post("/hooks/s3", content=event("x"), headers=headers).status_code == 401
        asked = {"user": "anna", "file_name": "a.wav"}
        assert client.post("/conversations", json=asked, headers=headers).status_code == 401


def test_a_longer_body_than_any_event_is_not_read(client: TestClient, database: Sessions) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(LONGEST // 1000 + 2):
            yield b"x" * 1000

    for content in (b"x" * (LONGEST + 1), pieces()):
        answer = client.post("/hooks/s3", content=content, headers=BEARER)
        assert answer.status_code == 413
    with database.begin() as session:
        assert session.scalar(select(func.count()).select_from(DeadLetter)) == 0


def test_while_anything_is_away_the_sender_is_told_to_come_again(
    made: Services, database: Sessions, talk: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    key = f"uploads/{talk}/Anna.wav"

    class Away(MemoryUploads):
        errors: tuple[Exception, ...] = (
            UnavailableError("The media store does not answer.", code="x", service="media store"),
            OperationalError("SELECT Anna", {}, Exception("Anna")),
        )

        def head(self, key: str) -> ObjectHead | None:
            if self.errors:
                error, *rest = self.errors
                self.errors = tuple(rest)
                raise error
            return super().head(key)

    away = Away()
    away.put(key)
    client = TestClient(application(GIVEN, lambda _: replace(made, uploads=away)))
    for _ in range(2):
        answer = client.post("/hooks/s3", content=event(key), headers=BEARER)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
        assert runs(database) == []
    assert client.post("/hooks/s3", content=event(key), headers=BEARER).status_code == 200
    assert runs(database) == [key]
    assert "Anna" not in caplog.text


def test_a_bug_is_told_without_its_text(
    made: Services, talk: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(MemoryUploads):
        def head(self, key: str) -> ObjectHead | None:
            raise ZeroDivisionError(key)

    client = TestClient(application(GIVEN, lambda _: replace(made, uploads=Broken())))
    answer = client.post("/hooks/s3", content=event(f"uploads/{talk}/Anna.wav"), headers=BEARER)
    assert (answer.status_code, "bug: ZeroDivisionError" in caplog.text) == (500, True)
    assert "Anna" not in caplog.text + answer.text


def test_an_event_without_a_key_has_the_bucket_looked_at(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[object] = []
    monkeypatch.setattr(app, "send_task", lambda *told, **_: sent.append(told))
    answer = client.post("/hooks/s3", content=event(""), headers=BEARER)
    assert answer.json() == {"outcomes": ["ignored"]}
    assert sent == [("sweep", (True,))]


def test_what_is_no_event_is_kept_as_a_dead_letter(client: TestClient, database: Sessions) -> None:
    answer = client.post("/hooks/s3", content=b"hello", headers=BEARER)
    assert answer.json() == {"outcomes": ["refused"]}
    with database.begin() as session:
        assert session.scalars(select(DeadLetter.code)).all() == ["bad-event"]


def test_a_platform_gets_a_conversation_and_an_upload_for_it(
    client: TestClient, uploads: MemoryUploads, database: Sessions, talk: UUID
) -> None:
    assert talk
    asked = {
        "user": "anna",
        "file_name": "Mein Gespräch.m4a",
        "topic": "Travel",
        "learner": "S2",
        "level": "A2",
    }
    answer = client.post("/conversations", json=asked, headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["key"] == f"uploads/{told['id']}/Mein Gespräch.m4a"
    assert told["upload"]["method"] == "PUT"
    assert told["upload"]["headers"] == {"colloquy-learner": "S2"}
    with database.begin() as session:
        row = session.get_one(Conversation, UUID(told["id"]))
        assert (row.title, row.topic, row.difficulty_level) == ("Mein Gespräch", "Travel", "A2")
        assert str(row.status) == "recording"
    uploads.put(told["key"])
    assert client.post("/hooks/s3", content=event(told["key"]), headers=BEARER).status_code == 200
    assert runs(database) == [told["key"]]


@pytest.mark.parametrize(
    "wrong",
    [
        {"user": "nobody"},
        {"class": "no class"},
        {"assignment": str(uuid4())},
        {"file_name": "../a.wav"},
        {"file_name": ".."},
        {"file_name": "a\nb"},
        {"file_name": "ü" * (LONGEST_NAME // 2 + 1)},
        {"level": "D1"},
        {"learner": "Anna"},
        {"speakers": 0},
        {"password": "x"},
    ],
)
def test_what_is_wrong_is_said_and_leaves_no_row(
    client: TestClient, database: Sessions, talk: UUID, wrong: dict[str, object]
) -> None:
    asked = {"user": "anna", "file_name": "a.wav"} | wrong
    answer = client.post("/conversations", json=asked, headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 422
    with database.begin() as session:
        assert session.scalars(select(Conversation.id)).all() == [talk]


def test_the_hook_is_no_platform_and_no_body_tells_who_may_ask(client: TestClient) -> None:
    for headers in (BEARER, {}, basic("wrong")):
        assert client.post("/conversations", json={}, headers=headers).status_code == 401


def test_it_lives_without_the_database_and_is_ready_with_it(made: Services) -> None:
    class Down(RunStore):
        def runs(self, *_: object, **__: object) -> list[object]:  # type: ignore[override]
            raise OperationalError("SELECT 1", {}, Exception())

    good = TestClient(application(GIVEN, lambda _: made))
    down = replace(made, runs=Down(made.runs._sessions, PLAN))
    bad = TestClient(application(GIVEN, lambda _: down))
    assert good.get("/readyz").json() == {"status": "ready"}
    assert (bad.get("/healthz").status_code, bad.get("/readyz").status_code) == (200, 503)
    assert good.get("/docs").status_code == 404
