"""Whether a file was opened by anything in this process: Python, FFmpeg or another library (Linux)."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

IN_OPEN = 0x20
"""inotify(7)."""


@contextmanager
def watched(path: Path) -> Iterator[Callable[[], bool]]:
    """Gives a function that tells whether the file was opened since."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.inotify_init1(os.O_NONBLOCK)
    if handle < 0 or libc.inotify_add_watch(handle, os.fsencode(path), IN_OPEN) < 0:
        raise OSError(ctypes.get_errno(), "inotify", str(path))

    def opened() -> bool:
        try:
            return bool(os.read(handle, 4096))
        except BlockingIOError:
            return False

    try:
        yield opened
    finally:
        os.close(handle)
