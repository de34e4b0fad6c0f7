from __future__ import annotations

import urllib.parse
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
)
from moto import mock_aws

from embedded.storage import BUCKET, REGION, Storage
from pipeline.adapters.folder import FolderMedia
from pipeline.adapters.s3 import S3Media
from pipeline.adapters.s3_errors import told
from pipeline.errors import PermanentError, UnavailableError
from pipeline.ports import MediaStore
from pipeline.uploads import UploadStore
from tests.fakes.uploads import MemoryUploads
from tests.servers import free_port
from workers.toolbox import s3_media


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Media]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="media")
        yield S3Media(
            "media", endpoint_url=None, region="us-east-1", access_key="k", secret_key="s"
        )


def over_http(endpoint_url: str) -> S3Media:
    return S3Media(BUCKET, endpoint_url=endpoint_url, region=REGION, access_key="k", secret_key="s")


REAL = pytest.param("real", marks=pytest.mark.servers)
"""The S3 server of `make services`: another program, over HTTPS, in a bucket that keeps versions."""


@pytest.fixture(params=["memory", "folder", "s3", "server", REAL])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> MediaStore:
    if request.param == "memory":
        return MemoryUploads()
    if request.param == "real":
        return s3_media(request.getfixturevalue("own_bucket"))
    if request.param == "server":
        return over_http(request.getfixturevalue("storage").endpoint_url)
    if request.param == "folder":
        (tmp_path / "media").mkdir()
        return FolderMedia(tmp_path / "media")
    found: MediaStore = request.getfixturevalue("s3")
    return found


class TestMediaStore:
    @pytest.mark.parametrize("key", ["a/b.wav", "a/my talk + Zürich.wav"])
    def test_what_was_stored_is_fetched(self, store: MediaStore, tmp_path: Path, key: str) -> None:
        (tmp_path / "x").write_bytes(b"one")
        store.store(key, tmp_path / "x")
        (tmp_path / "x").write_bytes(b"two")
        store.store(key, tmp_path / "x")
        assert store.exists(key)
        with store.fetch(key) as path:
            assert path.read_bytes() == b"two"

    def test_a_missing_object_is_told(self, store: MediaStore) -> None:
        assert not store.exists("no/such")
        with pytest.raises(PermanentError) as caught, store.fetch("no/such"):
            pass
        assert caught.value.code == "media-missing"

    def test_removing_twice_is_no_error(self, store: MediaStore, tmp_path: Path) -> None:
        (tmp_path / "x").write_bytes(b"one")
        store.store("once", tmp_path / "x")
        store.remove("once")
        store.remove("once")
        assert not store.exists("once")


@pytest.mark.parametrize("kind", ["memory", "s3", "server", REAL])
def test_another_version_than_the_one_asked_for_is_not_read(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    """On the stores that intake reads from; a folder knows no versions."""
    media: UploadStore
    if kind == "memory":
        media = MemoryUploads()
    elif kind == "real":
        media = s3_media(request.getfixturevalue("own_bucket"))
    elif kind == "s3":
        media = request.getfixturevalue("s3")
    else:
        media = over_http(request.getfixturevalue("storage").endpoint_url)
    (tmp_path / "x").write_bytes(b"one")
    media.store("a b", tmp_path / "x")
    first = media.head("a b")
    assert first is not None
    with media.fetch("a b", first.etag) as path:
        assert path.read_bytes() == b"one"
    (tmp_path / "x").write_bytes(b"two")
    media.store("a b", tmp_path / "x")
    with pytest.raises(PermanentError) as caught, media.fetch("a b", first.etag):
        pass
    assert caught.value.code == "replaced"
    media.remove("a b")
    with pytest.raises(PermanentError) as caught, media.fetch("a b", first.etag):
        pass
    assert caught.value.code == "media-missing"


def test_a_key_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    with pytest.raises(PermanentError, match="outside"):
        FolderMedia(tmp_path / "media").exists("../secret")


def test_every_key_under_a_prefix_is_told_however_many_an_answer_holds(
    s3: S3Media, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x").write_bytes(b"x")
    for key in ("a/1", "a/2", "a/3", "a/4", "a/5", "b/1"):
        s3.store(key, tmp_path / "x")
    ask, answers = s3._client.list_objects_v2, list[int]()

    def few(**asked: object) -> Any:  # noqa: ANN401 - boto3's documents
        found = ask(**asked, MaxKeys=2)
        answers.append(found["KeyCount"])
        return found

    monkeypatch.setattr(s3._client, "list_objects_v2", few)
    assert list(s3.keys("a/")) == ["a/1", "a/2", "a/3", "a/4", "a/5"]
    assert answers == [2, 2, 1]
    assert list(s3.keys("c/")) == []


@pytest.mark.parametrize("kind", ["memory", "s3", "server"])
def test_objects_are_listed_by_key_with_what_tells_them_apart(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    media: UploadStore
    if kind == "memory":
        media = MemoryUploads()
    elif kind == "s3":
        media = request.getfixturevalue("s3")
    else:
        media = over_http(request.getfixturevalue("storage").endpoint_url)
    (tmp_path / "x").write_bytes(b"one")
    before = datetime.now(UTC) - timedelta(seconds=60)
    for key in ("l/2 b", "l/1", "l/3/x", "m"):
        media.upload(key, tmp_path / "x", {})
    found = list(media.listed("l/"))
    assert [one.key for one in found] == ["l/1", "l/2 b", "l/3/x"]
    head = media.head("l/1")
    assert head is not None
    assert {one.etag for one in found} == {head.etag}
    assert all(one.modified > before for one in found)
    assert [one.key for one in media.listed("l/", "l/1")] == ["l/2 b", "l/3/x"]
    assert [one.key for one in media.listed("l/", "l/3")] == ["l/3/x"]


def test_whoever_holds_an_offer_uploads_with_what_was_said(storage: Storage) -> None:
    media, key = over_http(storage.endpoint_url), "o/my talk + Zürich.wav"
    offer = media.offer(key, {"colloquy-learner": "S2", "colloquy-topic": "Zürich"}, 60)
    answer = httpx.put(offer.url, content=b"body", headers=offer.headers, timeout=30)
    assert answer.status_code == 200
    head = media.head(key)
    assert head is not None
    assert (head.size, head.metadata["colloquy-topic"]) == (4, "Zürich")
    # What was promised of the upload is part of what is signed.
    signed = urllib.parse.parse_qs(urllib.parse.urlsplit(offer.url).query)
    assert "x-amz-meta-colloquy-learner" in signed["X-Amz-SignedHeaders"][0]
    assert signed["X-Amz-Expires"] == ["60"]
    assert signed["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]


def test_an_offer_names_the_address_that_is_known_outside() -> None:
    media = S3Media(
        "media", endpoint_url="http://s3:7070", region=REGION, access_key="k", secret_key="s",
        public_url="https://media.example.org",
    )  # fmt: skip
    for link in (media.offer("a", {}, 60).url, media.download_link("a", 60)):
        assert link.startswith("https://media.example.org/media/a?")


def test_a_store_that_is_away_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"one")
    media = over_http(f"http://127.0.0.1:{free_port()}")
    for action in (media.exists, media.head, media.newest, media.remove):
        with pytest.raises(UnavailableError, match="does not answer"):
            action("a")
    with pytest.raises(UnavailableError, match="does not answer"):
        media.store("a", tmp_path / "x")


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("NoSuchKey", "media-missing"),
        ("SlowDown", "media-store"),
        ("InternalError", "media-store"),
    ],
)
def test_what_the_store_answers_decides(code: str, meaning: str) -> None:
    assert told(ClientError({"Error": {"Code": code}}, "GetObject")).code == meaning


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("403", "media-refused"),
        ("InvalidAccessKeyId", "media-refused"),
        ("SignatureDoesNotMatch", "media-refused"),
        ("ExpiredToken", "media-refused"),
        ("NoSuchBucket", "no-bucket"),
    ],
)
def test_what_operators_must_mend_is_waited_for_and_says_what_to_check(
    code: str, meaning: str
) -> None:
    answer = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 403}}
    found = told(ClientError(answer, "GetObject"))
    assert isinstance(found, UnavailableError)
    assert (found.code, found.service, found.shared) == (meaning, "media store", True)
    assert found.advice.startswith("Check media.")


@pytest.mark.parametrize(
    ("status", "shared"), [(400, False), (405, False), (429, True), (500, True), (503, True)]
)
def test_only_what_is_the_stores_own_fault_is_an_outage(status: int, shared: bool) -> None:  # noqa: FBT001 - a table
    answer = {"Error": {"Code": "Odd"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    assert isinstance(told(ClientError(answer, "GetObject")), UnavailableError) == shared


@pytest.mark.parametrize("error", [EndpointConnectionError, ConnectionClosedError])
def test_a_connection_that_is_not_there_or_breaks_off_is_an_outage(
    error: type[BotoCoreError],
) -> None:
    assert isinstance(told(error(endpoint_url="http://127.0.0.1:1")), UnavailableError)
