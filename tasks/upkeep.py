"""Heals: sends again what was committed and not taken, and buries what used up its attempts."""

from __future__ import annotations

import logging
import time

from sqlalchemy.exc import OperationalError

from config.settings import settings
from tasks.app import app
from tasks.services import services
from tasks.stages import send

log = logging.getLogger(__name__)

_ended = [float("-inf")]
"""When this process's last round did, by a clock that nobody sets."""


# Without an expiry: a worker whose clock goes early would throw every round away.
@app.task(name="upkeep")  # type: ignore[untyped-decorator]  # Celery ships no types
def upkeep() -> None:
    """One round; of those that piled up while no worker was free, or the database away, one is enough."""
    if time.monotonic() - _ended[0] < settings().reliability.upkeep_seconds / 2:
        return
    try:
        _round()
    except OperationalError:
        log.warning("upkeep: the database does not answer")
    finally:
        _ended[0] = time.monotonic()


def _round() -> None:
    ledger = services().ledger
    buried = ledger.bury_exhausted()
    stalled = ledger.to_send(settings().reliability.untaken_seconds)
    for run_id, stage in stalled:
        send(stage, run_id)
    if buried or stalled:
        log.warning("upkeep: %d stages sent again, %d runs buried", len(stalled), buried)
