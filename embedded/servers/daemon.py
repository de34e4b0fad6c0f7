"""A server that outlives the command that started it: what is kept of it in a file, and how it ends."""

from __future__ import annotations

import contextlib
import json
import signal
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

LAST = 30.0
"""Seconds for an end in good order: PostgreSQL's last checkpoint, Elasticsearch's flush."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    """One running process: its number alone may have gone to another since, so its start is kept too."""

    pid: int
    created: float
    """Seconds since the epoch, as the system tells it."""
    port: int
    seconds: float
    """From the start until it answered."""

    def keep(self, file: Path) -> None:
        """Write it down, whole or not at all."""
        partial = file.with_name(file.name + ".new")
        partial.write_text(json.dumps(asdict(self)), encoding="utf-8")
        partial.replace(file)

    @property
    def process(self) -> psutil.Process | None:
        """The process; None when it has ended."""
        try:
            found = psutil.Process(self.pid)
            # The system counts in hundredths.
            same = abs(found.create_time() - self.created) < 0.1  # noqa: PLR2004
            return found if same and found.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None

    @property
    def megabytes(self) -> float:
        """Resident memory of it and all it started; what they share is counted for each."""
        found = self.process
        total = 0
        for one in [found, *found.children(recursive=True)] if found else []:
            with contextlib.suppress(psutil.NoSuchProcess):
                total += one.memory_info().rss
        return total / 1024**2

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end; after a while kill it and all it started."""
        found = self.process
        if found is None:
            return
        family = [found, *found.children(recursive=True)]
        with contextlib.suppress(psutil.NoSuchProcess):
            found.send_signal(number)
        for one in psutil.wait_procs(family, LAST)[1]:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()


def kept(file: Path) -> Daemon | None:
    """What was written down; None when there is nothing, or nothing whole."""
    try:
        return Daemon(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
