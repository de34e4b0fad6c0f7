"""Heals: sends again what was committed and not taken, buries what used up its attempts, wakes what waited."""

from __future__ import annotations

import logging

from sqlalchemy.exc import OperationalError

from config.settings import settings
from pipeline.scratch import sweep
from tasks.app import app
from tasks.dispatch import dispatch, send
from tasks.services import services

log = logging.getLogger(__name__)


@app.task(name="upkeep", expires=settings().reliability.upkeep_seconds)  # type: ignore[untyped-decorator]  # Celery ships no types
def upkeep() -> None:
    """One round."""
    # On this machine; on every one when a worker process begins.
    swept = sweep()
    if swept:
        log.warning("upkeep: %d temporary folders of dead processes deleted", swept)
    made = services()
    ledger = made.ledger
    try:
        buried = ledger.bury_exhausted()
        stalled = ledger.to_send(settings().reliability.untaken_seconds)
        dispatch(made)
    except OperationalError:
        log.warning("upkeep: the database does not answer")
        return
    for run_id, stage in stalled:
        send(stage, run_id)
    if buried or stalled:
        log.warning("upkeep: %d stages sent again, %d runs buried", len(stalled), buried)
