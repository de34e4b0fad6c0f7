"""Temporary folders that never stay: gone with their block, or swept once their process has died."""

from __future__ import annotations

import errno
import fcntl
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import UnavailableError

PREFIX = "colloquy-run-"
"""Of the folders' names: nothing else below the root is swept."""
YOUNG = 60.0
"""Seconds that an empty folder is left alone: its process may just be about to lock it."""
FULL = {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for this block alone, below `tempfile`'s root.

    UnavailableError where the block meets a full disk. The folder is locked for as long as this process
    lives: the lock, unlike a process id, means the same in every container that shares the root.
    """
    with enough_disk(), tempfile.TemporaryDirectory(prefix=PREFIX) as name:
        lock = os.open(name, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield Path(name)
        finally:
            os.close(lock)


@contextmanager
def enough_disk() -> Iterator[None]:
    """A full disk is waited for: room comes back when other work ends or an operator makes some."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise disk_full("The disk became full.") from error
        raise


def need(size: int) -> None:
    """UnavailableError where fewer bytes are free below the root."""
    free = shutil.disk_usage(tempfile.gettempdir()).free
    if free < size:
        raise disk_full(
            f"It needs {size / 1024**3:.1f} GB of disk space and {free / 1024**3:.1f} GB are free."
        )


def disk_full(message: str) -> UnavailableError:
    """What is told of it; of this machine alone, others may have room."""
    return UnavailableError(
        message,
        code="disk-full",
        service=f"disk space on {platform.node()}",
        advice="Make room in the workers' temporary folder; it is tried again.",
        shared=False,
    )


def sweep() -> int:
    """Delete the folders that dead processes left below the root; how many."""
    count = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if _left_behind(folder):
            shutil.rmtree(folder, ignore_errors=True)
            count += not folder.exists()
    return count


def _left_behind(folder: Path) -> bool:
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        # Another user's, no folder, or gone by now.
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return any(folder.iterdir()) or time.time() - folder.stat().st_mtime > YOUNG
    except OSError:
        return False
    finally:
        os.close(lock)
