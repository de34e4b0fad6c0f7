"""The link to a recording: a real database, and the embedded S3 that plays it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import delete
from sqlalchemy.exc import OperationalError

from config.settings import ServiceSettings, Settings
from embedded.process import free_port
from embedded.storage import BUCKET, REGION, Storage
from models.admission import Line
from models.database import Sessions
from models.ledger import SqlLedger
from models.recordings import Recordings
from models.run_store import RunStore
from models.tables import Conversation
from pipeline.adapters.s3 import S3Media
from pipeline.plan import PLAN
from service.app import application
from tasks.services import Services
from tests.integration import walked
from tests.integration.commands import deeds

if TYPE_CHECKING:
    from httpx2 import Response  # what FastAPI's client answers with

SECRET, TOKEN = "events-secret", "moodle-token"
SECONDS = 120
GIVEN = Settings(
    service=ServiceSettings(
        hook_secret=SecretStr(SECRET),
        tokens={"moodle": SecretStr(TOKEN)},
        download_seconds=SECONDS,
    )
)
MOODLE = {"Authorization": f"Bearer {TOKEN}"}
SOUND = bytes(range(256)) * 8


def over_http(address: str) -> S3Media:
    return S3Media(BUCKET, endpoint_url=address, region=REGION, access_key="k", secret_key="s")


@pytest.fixture
def media(storage: Storage) -> S3Media:
    return over_http(storage.endpoint_url)


@pytest.fixture
def made(database: Sessions, media: S3Media) -> Services:
    return Services(
        ledger=SqlLedger(database, PLAN),
        line=Line(database, 8),
        runs=RunStore(database, PLAN),
        uploads=media,
        tools={},
        max_bytes=10_000,
    )


@pytest.fixture
def client(made: Services) -> TestClient:
    return TestClient(application(GIVEN, lambda _: made))


@pytest.fixture
def talk(database: Sessions) -> UUID:
    return walked.conversation(database)


def upload(media: S3Media, folder: Path, talk: UUID, body: bytes, name: str = "a.ogg") -> str:
    """The ETag."""
    (folder / "upload").write_bytes(body)
    key = f"uploads/{talk}/{name}"
    media.upload(key, folder / "upload", {})
    head = media.head(key)
    assert head is not None
    return head.etag


def asked(client: TestClient, talk: object, headers: dict[str, str] = MOODLE) -> Response:
    return client.get(f"/conversations/{talk}/recording", headers=headers)


def heard(answer: Response, part: str | None = None) -> httpx.Response:
    """What the link gives to whoever holds it."""
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()["download"]
    headers = told["headers"] | ({"Range": part} if part else {})
    return httpx.request(told["method"], told["url"], headers=headers, timeout=30)


def refused(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["detail"]


def test_a_platform_hears_the_second_that_the_evidence_points_to(
    client: TestClient,
    media: S3Media,
    database: Sessions,
    *,
    talk: UUID,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    run_id = walked.analysed(database, talk, etag=upload(media, tmp_path, talk, SOUND))
    before = datetime.now(UTC)
    answer = asked(client, talk)
    part = heard(answer, "bytes=256-511")
    assert (part.status_code, part.content) == (206, SOUND[256:512])
    assert part.headers["Content-Type"] == "audio/ogg"
    assert heard(answer).content == SOUND
    told = answer.json()
    assert set(told) == {"download"}
    assert set(told["download"]) == {"method", "url", "headers", "expires_at"}
    assert (told["download"]["method"], told["download"]["headers"]) == ("GET", {})
    until = datetime.fromisoformat(told["download"]["expires_at"])
    assert before <= until - timedelta(seconds=SECONDS) <= datetime.now(UTC)
    assert f"X-Amz-Expires={SECONDS}" in told["download"]["url"]
    assert answer.headers["Cache-Control"] == "no-store"
    noted = {"platform": "moodle", "run": str(run_id), "seconds": SECONDS}
    assert deeds(database, talk) == [("download", noted)]
    assert "Signature" not in caplog.text
    assert "a.ogg" not in caplog.text
    asked(client, talk)
    assert deeds(database, talk) == [("download", noted)] * 2


def test_it_is_the_recording_that_readers_see_the_evaluation_of(
    client: TestClient, media: S3Media, database: Sessions, *, talk: UUID, tmp_path: Path
) -> None:
    upload(media, tmp_path, talk, b"not analysed yet", "z.ogg")
    assert heard(asked(client, talk)).content == b"not analysed yet"
    assert deeds(database, talk)[0][1]["run"] is None
    first = walked.analysed(database, talk, etag=upload(media, tmp_path, talk, b"first"))
    upload(media, tmp_path, talk, b"newer, not analysed yet", "b.ogg")
    assert heard(asked(client, talk)).content == b"first"
    assert deeds(database, talk)[-1][1]["run"] == str(first)
    again = walked.repeated(database, talk, "score")
    walked.finish(database, again)
    assert heard(asked(client, talk)).content == b"first", "a rerun hears what its source heard"


def test_times_are_never_of_another_recording_under_the_same_name(
    client: TestClient, media: S3Media, database: Sessions, *, talk: UUID, tmp_path: Path
) -> None:
    walked.analysed(database, talk, etag=upload(media, tmp_path, talk, b"first"))
    second = upload(media, tmp_path, talk, b"second")
    status, said = refused(asked(client, talk))
    assert (status, "replaced by a newer upload" in said) == (409, True)
    assert "where that upload was refused, upload the recording again" in said
    assert deeds(database, talk) == []
    walked.analysed(database, talk, etag=second)
    assert heard(asked(client, talk)).content == b"second"


def test_what_is_not_there_is_said_and_no_link_is_noted(
    client: TestClient, media: S3Media, database: Sessions, *, talk: UUID, tmp_path: Path
) -> None:
    none = (
        404,
        "There is no recording of this conversation: none was uploaded yet, or it was deleted.",
    )
    assert refused(asked(client, talk)) == none
    walked.analysed(database, talk, etag=upload(media, tmp_path, talk, b"first"))
    media.remove(f"uploads/{talk}/a.ogg")
    assert refused(asked(client, talk)) == (404, "The recording was deleted; its evaluation stays.")
    with database.begin() as session:
        session.execute(delete(Conversation).where(Conversation.id == talk))
    erased, unknown = asked(client, talk), asked(client, uuid4())
    assert erased.status_code == 404
    assert erased.json()["detail"].startswith("There is no such conversation")
    assert (unknown.status_code, unknown.json()) == (erased.status_code, erased.json())
    assert deeds(database, talk) == []


@pytest.mark.parametrize("path", ["1", "talk", f"{UUID(int=0)}0"])
def test_what_is_no_id_is_refused_as_elsewhere(client: TestClient, path: str) -> None:
    answer = asked(client, path)
    assert answer.status_code == 422
    assert [one["type"] for one in answer.json()["detail"]] == ["uuid_parsing"]


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Bearer {SECRET}"}],
)
def test_who_is_no_platform_gets_no_link_and_learns_nothing(
    client: TestClient,
    media: S3Media,
    database: Sessions,
    *,
    talk: UUID,
    tmp_path: Path,
    headers: dict[str, str],
) -> None:
    upload(media, tmp_path, talk, SOUND)
    answers = [asked(client, one, headers) for one in (talk, uuid4(), "no-id")]
    for one in answers:
        assert (one.status_code, one.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert one.json() == answers[0].json()
    assert deeds(database, talk) == []


def test_while_the_media_store_is_away_a_platform_is_told_to_come_again(
    made: Services, media: S3Media, database: Sessions, *, talk: UUID, tmp_path: Path
) -> None:
    away = replace(made, uploads=over_http(f"http://127.0.0.1:{free_port()}"))
    client = TestClient(application(GIVEN, lambda _: away))
    for _ in range(2):
        answer = asked(client, talk)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
        assert "does not answer" in answer.json()["detail"]
        # Once before there is an evaluation, and once with one.
        walked.analysed(database, talk, etag=upload(media, tmp_path, talk, SOUND))
    assert deeds(database, talk) == []


def test_no_link_is_given_that_could_not_be_noted(
    client: TestClient,
    media: S3Media,
    *,
    talk: UUID,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    upload(media, tmp_path, talk, SOUND)

    def fails(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, Exception())

    monkeypatch.setattr(Recordings, "note_link", fails)
    answer = asked(client, talk)
    assert (answer.status_code, "url" in answer.text) == (503, False)
