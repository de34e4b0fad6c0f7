"""Whether a process works: it touches a file, and `python -m workers.alive [SECONDS]` looks how old that is.

For health checks of containers. Exit status 0 is alive and ready: no process touches its file before it takes
work. A worker and beat do not touch it while the broker is away, in which a stage may still be at work: what
restarts processes should wait longer (600) than what only counts them (the default).
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from config.settings import settings

LONGEST = 60.0
"""Seconds: all touch it every 2 to 10 s, on a busy machine some times that."""


def touch() -> None:
    """Say that this process works."""
    file = settings().workers.alive
    if file is not None:
        file.touch()


def alive(file: Path, longest: float = LONGEST) -> bool:
    """Whether it was touched within so many seconds."""
    try:
        return time.time() - file.stat().st_mtime < longest
    except FileNotFoundError:
        return False


def main() -> int:
    """0 where the process works."""
    file = settings().workers.alive
    if file is None:
        sys.stderr.write("Set COLLOQUY_WORKERS__ALIVE to a file.\n")
        return 2
    longest = float(sys.argv[1]) if sys.argv[1:] else LONGEST
    return 0 if alive(file, longest) else 1


if __name__ == "__main__":
    sys.exit(main())
