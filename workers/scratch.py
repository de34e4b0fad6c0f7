"""A process's own folder for temporary files: what a killed one left, the next one removes."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path

ROOT = Path(tempfile.gettempdir())
"""Looked up before any process takes a folder of its own in it."""
PREFIX = "colloquy-scratch-"
_held: dict[int, tuple[Path, int]] = {}
"""By process: its folder and the lock on it, which ends with the process, however it ends."""


def take() -> None:
    """From now on this process's temporary files are in a folder of its own; removes those of the dead."""
    if os.getpid() in _held:
        return
    for folder in ROOT.glob(f"{PREFIX}*"):
        _remove_if_left(folder)
    # Locked before it has its name: nobody can take it for one that was left.
    made = Path(tempfile.mkdtemp(prefix="colloquy-new-", dir=ROOT))
    lock = os.open(made, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    folder = made.rename(ROOT / made.name.replace("colloquy-new-", PREFIX))
    _held[os.getpid()] = folder, lock
    tempfile.tempdir = str(folder)


def leave() -> None:
    """At an orderly end."""
    if os.getpid() in _held:
        folder, lock = _held.pop(os.getpid())
        tempfile.tempdir = None
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _remove_if_left(folder: Path) -> None:
    with contextlib.suppress(OSError):
        lock = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)
