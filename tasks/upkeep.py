"""Heals: sends again what was committed and not taken, buries what used up its attempts, wakes what waited."""

from __future__ import annotations

import logging
import time

from sqlalchemy.exc import OperationalError

from config.settings import settings
from pipeline.scratch import sweep
from tasks.app import app
from tasks.dispatch import dispatch, send
from tasks.services import services

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
    # On this machine; on every one when a worker process begins.
    swept = sweep()
    if swept:
        log.warning("upkeep: %d temporary folders of dead processes deleted", swept)
    made = services()
    buried = made.ledger.bury_exhausted()
    stalled = made.ledger.to_send(settings().reliability.untaken_seconds)
    dispatch(made)
    for run_id, stage in stalled:
        send(stage, run_id)
    made.runs.rounds.ended("upkeep")
    if buried or stalled:
        log.warning("upkeep: %d stages sent again, %d runs buried", len(stalled), buried)
