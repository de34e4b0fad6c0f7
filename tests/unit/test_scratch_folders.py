from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from pipeline.adapters.folder import FolderMedia
from pipeline.adapters.pyav import PyAv
from pipeline.adapters.s3 import S3Media
from pipeline.errors import PermanentError, UnavailableError
from pipeline.scratch import PREFIX, YOUNG, need, scratch, sweep
from pipeline.stage import Context
from pipeline.stages import decode as stage_module
from pipeline.stages.decode import decode
from tests.factories import upload
from tests.fakes.hearing import FakeDecoder
from tests.fakes.uploads import MemoryUploads

WORK = """
import pathlib, sys
from pipeline.scratch import scratch
with scratch() as folder:
    (folder / "media").write_bytes(b"x" * 1000)
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "root"
    made.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(made))
    monkeypatch.setenv("TMPDIR", str(made))
    return made


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_folder_is_gone_with_its_block(root: Path) -> None:
    with scratch() as folder:
        (folder / "media").write_bytes(b"x")
        assert folder.parent == root
    with pytest.raises(PermanentError), scratch():
        raise PermanentError("It holds no sound.", code="no-audio")
    assert list(root.iterdir()) == []


def test_what_a_killed_process_left_is_swept_and_what_a_living_one_has_is_not(root: Path) -> None:
    command = [sys.executable, "-c", WORK]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        folder = Path(worker.stdout.readline().decode().strip())
        assert sweep() == 0
        assert (folder / "media").exists()
        worker.send_signal(signal.SIGKILL)
    assert folder.exists(), "nobody could clean up"
    assert sweep() == 1
    assert list(root.iterdir()) == []


def test_an_empty_folder_is_swept_only_when_nobody_can_be_about_to_lock_it(root: Path) -> None:
    folder = root / f"{PREFIX}new"
    folder.mkdir()
    assert sweep() == 0
    then = folder.stat().st_mtime - YOUNG - 1
    os.utime(folder, (then, then))
    assert sweep() == 1


def test_nothing_else_is_swept(root: Path) -> None:
    for name in ("colloquy-data", "else", f"{PREFIX}file"):
        (root / name).write_text("x") if name.endswith("file") else (root / name).mkdir()
    (root / f"{PREFIX}link").symlink_to(root / "else")
    before = sorted(root.iterdir())
    assert sweep() == 0
    assert sorted(root.iterdir()) == before


def test_a_full_disk_is_waited_for_by_this_machine_alone(root: Path) -> None:
    with pytest.raises(UnavailableError, match="became full") as told, scratch():
        full()
    assert not told.value.shared
    assert told.value.service.startswith("disk space on ")
    assert list(root.iterdir()) == []
    with pytest.raises(PermissionError), scratch():
        raise PermissionError(errno.EACCES, "no")


def decoded(media: MemoryUploads | FolderMedia, decoder: PyAv | FakeDecoder, size: int) -> None:
    told = Context(
        run_id=uuid4(), conversation_id=uuid4(), attempt=1, progress=lambda _fraction: None
    )
    decode(upload(key="media", size=size), media=media, decoder=decoder, context=told)


def test_a_recording_for_which_there_is_no_room_is_not_even_fetched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    free = shutil.disk_usage(tempfile.gettempdir()).free
    media = MemoryUploads()
    monkeypatch.setattr(media, "fetch", lambda *_: pytest.fail("it was fetched"))
    with pytest.raises(UnavailableError, match=r"needs .* GB .* are free"):
        decoded(media, FakeDecoder(), free + 1)
    need(0)


def test_the_sound_counts_as_much_as_the_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(stage_module, "need", asked.append)
    for size in (1000, 4 * 1024**3):
        with pytest.raises(PermanentError):
            decoded(MemoryUploads(), FakeDecoder(), size)
    assert asked == [13_000, 6 * 1024**3]


def test_a_disk_that_fills_while_the_sound_is_written_is_waited_for(
    fixtures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: Path
) -> None:
    @contextmanager
    def almost_full() -> Iterator[Path]:
        with scratch() as folder:
            (folder / "mono.flac").symlink_to("/dev/full")
            yield folder

    monkeypatch.setattr(stage_module, "scratch", almost_full)
    store = tmp_path / "store"
    store.mkdir()
    shutil.copyfile(fixtures / "short.ogg", store / "media")
    with pytest.raises(UnavailableError, match="became full"):
        decoded(FolderMedia(store), PyAv(3600), 1)
    assert [one.name for one in store.iterdir()] == ["media"]
    assert list(root.iterdir()) == []


def test_a_disk_that_fills_while_an_object_comes_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, root: Path
) -> None:
    media = S3Media("b", endpoint_url=None, region="r", access_key="k", secret_key="s")
    monkeypatch.setattr(media, "_download_version", full)
    with pytest.raises(UnavailableError), media.fetch("a", "etag"):
        pytest.fail("it was not there")
    assert list(root.iterdir()) == []


def test_a_copy_that_meets_a_full_disk_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x").write_bytes(b"new")
    store = tmp_path / "store"
    store.mkdir()
    (store / "a").write_bytes(b"old")

    def half(_: Path, to: Path) -> None:
        to.write_bytes(b"n")
        full()

    monkeypatch.setattr(shutil, "copyfile", half)
    with pytest.raises(UnavailableError):
        FolderMedia(store).store("a", tmp_path / "x")
    assert {one.name: one.read_bytes() for one in store.iterdir()} == {"a": b"old"}
