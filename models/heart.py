"""Signs of life while an engine works."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import OperationalError

from pipeline.runner import Claim

log = logging.getLogger(__name__)


@contextmanager
def beating(beat: Callable[[], bool], every: float, claim: Claim) -> Iterator[None]:
    """Call `beat` every so many seconds, from a thread, for an engine may be silent for long; until it says False."""
    over = threading.Event()

    def keep() -> None:
        while not over.wait(every):
            try:
                if not beat():
                    return
            except OperationalError:
                # The database is away: the lease outlasts some missed beats, the next may reach it.
                log.warning("heartbeat missed", extra={"run_id": str(claim.run_id)})

    thread = threading.Thread(target=keep, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
