"""What is asked of S3 beyond the port: signatures, parts, versions, links, encryption; on moto and on the real server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from botocore.exceptions import SSLError
from pydantic import SecretStr

from config.settings import MediaSettings, Settings
from embedded.storage import BUCKET, REGION, Storage
from pipeline.adapters.s3 import S3Media
from pipeline.adapters.s3_errors import told
from pipeline.errors import PermanentError, UnavailableError
from tests.servers import s3_client
from workers.toolbox import s3_media

BODY = bytes(range(256)) * 40_000
"""10 MB, more than one part."""


@dataclass(frozen=True)
class Site:
    """A server with a bucket, and a prefix of the test's own in it."""

    settings: Settings
    prefix: str

    def media(self, **changes: object) -> S3Media:
        told = self.settings.media.model_copy(update=changes)
        return s3_media(self.settings.model_copy(update={"media": told}))

    @property
    def raw(self) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
        return s3_client(self.settings)

    @property
    def bucket(self) -> str:
        return self.settings.media.bucket

    @property
    def trusted(self) -> str | bool:
        """As requests takes it."""
        return str(self.settings.media.ca) if self.settings.media.ca else True


@pytest.fixture(scope="module")
def embedded(storage: Storage) -> Settings:
    told = MediaSettings(
        endpoint_url=storage.endpoint_url,
        bucket=BUCKET,
        region=REGION,
        access_key=SecretStr("k"),
        secret_key=SecretStr("s"),
    )
    return Settings(media=told)


@pytest.fixture(params=["embedded", pytest.param("own_bucket", marks=pytest.mark.servers)])
def site(request: pytest.FixtureRequest) -> Site:
    return Site(request.getfixturevalue(request.param), f"test/{uuid4()}/")


@pytest.fixture
def large(tmp_path: Path) -> Path:
    (tmp_path / "large").write_bytes(BODY)
    return tmp_path / "large"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    (tmp_path / "small").write_bytes(b"one")
    return tmp_path / "small"


def test_a_large_object_goes_in_parts_and_comes_back_whole(site: Site, large: Path) -> None:
    media, key = site.media(), site.prefix + "large"
    media.store(key, large)
    head = media.head(key)
    assert head is not None
    assert head.etag.endswith("-2")
    for etag in (head.etag, ""):
        with media.fetch(key, etag) as path:
            assert path.read_bytes() == BODY
            kept = path
        assert not kept.exists()


def test_metadata_and_odd_names_come_back_as_they_were(site: Site, small: Path) -> None:
    media, key = site.media(), site.prefix + "my talk + Zürich 100%25.wav"
    media.upload(key, small, {"colloquy-title": "Zürich 100 %"})
    head = media.head(key)
    assert head is not None
    assert (head.size, head.metadata) == (3, {"colloquy-title": "Zürich 100 %"})
    assert media.newest(site.prefix) == key
    assert list(media.keys(site.prefix)) == [key]


def test_a_part_of_a_long_recording_is_read_through_a_link(site: Site, large: Path) -> None:
    media, key = site.media(), site.prefix + "long recording.ogg"
    media.store(key, large)
    link = media.download_link(key, 60)
    whole = requests.get(link, verify=site.trusted, timeout=30)
    assert (whole.status_code, whole.content == BODY) == (200, True)
    assert whole.headers["Content-Type"] == "audio/ogg", "the store was told none"
    for asked, expected in (
        ("bytes=8388600-8388699", BODY[8388600:8388700]),  # over the border of two parts
        (f"bytes={len(BODY) - 10}-", BODY[-10:]),
        ("bytes=-5", BODY[-5:]),
    ):
        part = requests.get(link, headers={"Range": asked}, verify=site.trusted, timeout=30)
        assert (part.status_code, part.content) == (206, expected)
        assert part.headers["Content-Range"].endswith(f"/{len(BODY)}")
        assert part.headers["Content-Type"] == "audio/ogg"


def test_nothing_that_somebody_uploaded_runs_in_a_browser(site: Site) -> None:
    media, key = site.media(), site.prefix + "talk.html"
    offer = media.offer(key, {}, 60)
    headers = offer.headers | {"Content-Type": "text/html"}
    body = b"<script>alert(1)</script>"
    sent = requests.put(offer.url, data=body, headers=headers, verify=site.trusted, timeout=30)
    assert sent.status_code == 200
    got = requests.get(media.download_link(key, 60), verify=site.trusted, timeout=30)
    assert (got.content, got.headers["Content-Type"]) == (body, "application/octet-stream")


def test_whoever_has_a_link_uploads_with_the_metadata_it_was_made_for(site: Site) -> None:
    media, key = site.media(), site.prefix + "a+b ü.wav"
    link = media.offer(key, {"colloquy-title": "Zürich 100 %"}, 60)
    sent = requests.put(
        link.url, data=b"sound", headers=link.headers, verify=site.trusted, timeout=30
    )
    assert sent.status_code == 200
    head = media.head(key)
    assert head is not None
    assert (head.size, head.metadata) == (5, {"colloquy-title": "Zürich 100 %"})


def test_an_older_version_is_not_taken_for_the_newer_one(site: Site, small: Path) -> None:
    bucket = {"Bucket": site.bucket, "VersioningConfiguration": {"Status": "Enabled"}}
    site.raw.put_bucket_versioning(**bucket)
    media, key = site.media(), site.prefix + "talk.wav"
    media.store(key, small)
    first = media.head(key)
    assert first is not None
    small.write_bytes(b"other")
    media.store(key, small)
    with pytest.raises(PermanentError) as caught, media.fetch(key, first.etag):
        pass
    assert caught.value.code == "replaced"
    media.remove(key)
    assert not media.exists(key), "a deleted object is gone, though its versions stay"
    with pytest.raises(PermanentError) as caught, media.fetch(key):
        pass
    assert caught.value.code == "media-missing"
    kept = site.raw.list_object_versions(Bucket=site.bucket, Prefix=key)["Versions"]
    assert sorted(one["Size"] for one in kept) == [3, 5]


def test_a_missing_bucket_is_no_missing_object(site: Site) -> None:
    other = site.media(bucket="no-such-bucket")
    # The answer to a head of either is 404 without a code of its own.
    for action in (other.head, other.exists, other.newest):
        with pytest.raises(UnavailableError) as caught:
            action("a")
        assert caught.value.code == "no-bucket"
    for etag in ("", "etag"):
        with pytest.raises(UnavailableError) as caught, other.fetch("a", etag):
            pass
        assert caught.value.code == "no-bucket"


def test_requests_are_signed_with_version_4(site: Site) -> None:
    for link in (site.media().download_link("a", 60), site.media().offer("a", {}, 60).url):
        assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in link
    asked: list[bytes] = []
    media = site.media()
    media._client.meta.events.register(
        "before-send.s3", lambda request, **_: asked.append(request.headers["Authorization"])
    )
    media.exists(site.prefix)
    assert asked[0].startswith(b"AWS4-HMAC-SHA256")


@pytest.mark.servers
@pytest.mark.parametrize(
    "changes", [{"secret_key": SecretStr("wrong")}, {"access_key": SecretStr("nobody")}]
)
def test_wrong_keys_are_waited_for_and_named(
    own_bucket: Settings, small: Path, changes: dict[str, object]
) -> None:
    """moto checks no keys."""
    media = Site(own_bucket, "test/").media(**changes)
    for action in (media.newest, media.head, media.remove, lambda key: media.store(key, small)):
        with pytest.raises(UnavailableError) as caught:
            action("test/a")
        assert caught.value.code == "media-refused"
        assert "media.secret_key" in caught.value.advice


@pytest.mark.servers
def test_a_link_is_good_for_what_it_was_made_for_only(
    own_bucket: Settings, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(own_bucket, f"test/{uuid4()}/")
    media, key = site.media(), site.prefix + "a.wav"
    media.store(key, small)
    link = media.download_link(key, 60)
    put = media.offer(key, {"colloquy-title": "a"}, 60)

    def get(url: str) -> int:
        asked = {"Range": "bytes=0-0"}
        return requests.get(url, headers=asked, verify=site.trusted, timeout=30).status_code

    assert get(link) == 206
    assert get(link.replace("a.wav", "b.wav")) == 403
    assert get(link.replace("X-Amz-Expires=60", "X-Amz-Expires=600")) == 403
    assert get(link.replace("audio%2F", "text%2F")) == 403
    with monkeypatch.context() as patch:
        before = datetime.now(UTC) - timedelta(seconds=90)
        patch.setattr("botocore.auth.get_current_datetime", lambda: before)
        expired, valid = (media.download_link(key, seconds) for seconds in (60, 600))
    assert (get(valid), get(expired)) == (206, 403)
    assert requests.put(link, data=b"x", verify=site.trusted, timeout=30).status_code == 403
    without = requests.put(put.url, data=b"x", verify=site.trusted, timeout=30)
    assert without.status_code == 403, "the metadata is signed"


def test_encryption_is_asked_for_with_every_object(site: Site, small: Path) -> None:
    media, key = site.media(encryption="AES256"), site.prefix + "a"
    asked: list[object] = []
    media._client.meta.events.register(
        "before-send.s3",
        lambda request, **_: asked.append(request.headers["x-amz-server-side-encryption"]),
    )
    media.store(key, small)
    media.upload(key, small, {})
    assert asked == [b"AES256", b"AES256"]
    link = media.offer(key, {}, 60)
    sent = requests.put(link.url, data=b"x", headers=link.headers, verify=site.trusted, timeout=30)
    assert sent.status_code == 200


def test_whether_the_store_encrypts_is_seen(embedded: Settings) -> None:
    media = Site(embedded, "test/").media(encryption="AES256")
    assert media.encrypts("test/empty")
    assert not media.exists("test/empty")
    assert Site(embedded, "").media().encrypts("test/empty"), "nothing was asked for"


@pytest.mark.servers
def test_a_store_that_takes_the_wish_and_does_not_encrypt_is_found_out(
    own_bucket: Settings,
) -> None:
    media = Site(own_bucket, "test/").media(encryption="AES256")
    assert not media.encrypts("test/empty")
    assert not media.exists("test/empty")


def test_a_certificate_that_is_not_trusted_and_an_old_tls_are_told() -> None:
    for error, code in (
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", "media-tls"),
        ("[SSL: TLSV1_ALERT_PROTOCOL_VERSION] tlsv1 alert protocol version", "media-tls"),
        ("[SSL: UNSUPPORTED_PROTOCOL] unsupported protocol", "media-tls"),
        ("EOF occurred in violation of protocol", "media-store"),  # it was cut off
    ):
        found = told(SSLError(endpoint_url="https://127.0.0.1:1", error=error))
        assert isinstance(found, UnavailableError)
        assert found.code == code
