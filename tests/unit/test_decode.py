from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
import pytest

from pipeline.adapters.folder import FolderMedia
from pipeline.errors import PermanentError
from pipeline.stage import Context
from pipeline.stages.decode import decode
from pipeline.values import Recording
from tests import sounds
from tests.factories import upload
from tests.fakes.hearing import FakeDecoder
from tests.fakes.uploads import MemoryUploads

TALK = UUID(int=7)


def run(
    folder: Path,
    decoder: FakeDecoder | None = None,
    told: list[float] | None = None,
) -> Recording:
    return decode(
        upload(key="media"),
        media=FolderMedia(folder),
        decoder=decoder or FakeDecoder(),
        context=Context(
            run_id=uuid4(),
            conversation_id=TALK,
            attempt=1,
            progress=(told if told is not None else []).append,
        ),
    )


def test_the_sound_is_stored_beside_the_upload_under_the_hash_of_its_bytes(tmp_path: Path) -> None:
    media = sounds.wav(tmp_path / "media", np.zeros(32_000))
    sha256 = hashlib.sha256(media.read_bytes()).hexdigest()
    told: list[float] = []
    found = run(tmp_path, told=told)
    assert (found.key, found.sha256) == (f"derived/{TALK}/{sha256}.flac", sha256)
    assert (tmp_path / found.key).read_bytes() == media.read_bytes()
    assert (found.duration, found.sample_rate, found.channels) == (2.0, 16_000, 1)
    assert found.notices == ()
    assert told == [0.5, 1.0]


def test_each_speakers_channel_is_an_object(tmp_path: Path) -> None:
    sounds.wav(tmp_path / "media", np.zeros((100, 2)))
    found = run(tmp_path, FakeDecoder(channel_files=2))
    assert len(set(found.channel_keys)) == 2
    assert all((tmp_path / key).is_file() for key in found.channel_keys)


def test_a_damaged_file_and_a_narrow_band_are_noted(tmp_path: Path) -> None:
    sounds.wav(tmp_path / "media", np.zeros(100), 8000)
    found = run(tmp_path, FakeDecoder(truncated=True))
    assert [one.code for one in found.notices] == ["truncated", "narrow-band"]
    assert "8000 Hz" in found.notices[1].message


def test_nothing_is_stored_and_nothing_left_of_a_file_that_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    (tmp_path / "media").write_text("no recording")
    with pytest.raises(PermanentError, match="not a recording"):
        run(tmp_path)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["media", "scratch"]
    assert list(scratch.iterdir()) == []


def test_a_recording_that_was_replaced_is_not_read_a_second_time() -> None:
    media = MemoryUploads()
    media.put("media", b"first")
    asked = upload(key="media", etag=media.heads["media"].etag)
    media.put("media", b"second")
    with pytest.raises(PermanentError) as caught:
        decode(
            asked,
            media=media,
            decoder=FakeDecoder(),
            context=Context(
                run_id=uuid4(), conversation_id=TALK, attempt=1, progress=lambda _: None
            ),
        )
    assert caught.value.code == "replaced"
    assert list(media.bodies) == ["media"]
