from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from pipeline.adapters.folder import FolderMedia
from pipeline.adapters.s3 import S3Media
from pipeline.errors import PermanentError
from pipeline.ports import MediaStore


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Media]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="media")
        yield S3Media(
            "media", endpoint_url=None, region="us-east-1", access_key="k", secret_key="s"
        )


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> MediaStore:
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
        store.store("a", tmp_path / "x")
        store.remove("a")
        store.remove("a")
        assert not store.exists("a")


def test_a_key_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    with pytest.raises(PermanentError, match="outside"):
        FolderMedia(tmp_path / "media").exists("../secret")


def test_metadata_comes_back_as_it_was(s3: S3Media, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"one")
    s3.upload("a", tmp_path / "x", {"colloquy-title": "Zürich 100 %"})
    head = s3.head("a")
    assert head is not None
    assert (head.size, head.metadata) == (3, {"colloquy-title": "Zürich 100 %"})
    assert s3.newest("a") == "a"
    assert s3.newest("b") is None
    assert s3.head("b") is None
