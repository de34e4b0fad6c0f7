"""Heals: sends again what was committed and not taken, buries what used up its attempts, wakes what waited."""

from __future__ import annotations

import logging

from sqlalchemy.exc import OperationalError

from pipeline.scratch import sweep
from tasks.app import UPKEEP_EVERY, app
from tasks.dispatch import dispatch, send
from tasks.services import services

log = logging.getLogger(__name__)

UNTAKEN = 60.0
"""Seconds that a ready stage may wait for a worker before it is sent again. A queue longer than that gets doubles,
which cost one refused claim each."""


@app.task(name="upkeep", expires=UPKEEP_EVERY)  # type: ignore[untyped-decorator]  # Celery ships no types
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
        stalled = ledger.to_send(UNTAKEN)
        dispatch(made)
    except OperationalError:
        log.warning("upkeep: the database does not answer")
        return
    for run_id, stage in stalled:
        send(stage, run_id)
    if buried or stalled:
        log.warning("upkeep: %d stages sent again, %d runs buried", len(stalled), buried)
