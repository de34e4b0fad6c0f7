"""A decoder that an upload can kill: what the file says is done, and any other file is decoded."""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path

from pipeline.adapters.pyav import PyAv
from pipeline.heard import DecodedAudio
from pipeline.ports import Progress

MARK = b"poison "
LIMIT, ATTEMPTS = 12, 2
"""Seconds that a decoding may take, enough on a busy machine, and how often it is tried."""
LONGEST = 600.0
"""Seconds of a recording."""
ROOM = 64 * 1024**2
"""Bytes beyond what the process has that it may take before there is no more."""


class PoisonDecoder:
    """`poison segfault`, `poison oom`, `poison memory` or `poison loop`."""

    engine = "poison decoder 1"

    def decode(self, media: Path, into: Path, progress: Progress) -> DecodedAudio:
        head = media.read_bytes()[:100]
        if head.startswith(MARK):
            deed = head.removeprefix(MARK).decode()
            {"segfault": _crash, "oom": _killed, "memory": _hungry, "loop": _busy}[deed]()
        return PyAv(LONGEST).decode(media, into, progress)


def _crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def _killed() -> None:
    """As the kernel ends a process when the machine has no memory left."""
    os.kill(os.getpid(), signal.SIGKILL)


def _hungry() -> None:
    """Against a limit on the process, which Python meets with a MemoryError."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + ROOM, before[1]))
    try:
        bytearray(4 * ROOM)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def _busy() -> None:
    while True:
        pass
