"""Heals: sends again what was committed and not taken, and buries what used up its attempts."""

from __future__ import annotations

import logging

from sqlalchemy.exc import OperationalError

from config.settings import settings
from tasks.app import app
from tasks.services import services
from tasks.stages import send

log = logging.getLogger(__name__)


@app.task(name="upkeep", expires=settings().reliability.upkeep_seconds)  # type: ignore[untyped-decorator]  # Celery ships no types
def upkeep() -> None:
    """One round."""
    ledger = services().ledger
    try:
        buried = ledger.bury_exhausted()
        stalled = ledger.to_send(settings().reliability.untaken_seconds)
    except OperationalError:
        log.warning("upkeep: the database does not answer")
        return
    for run_id, stage in stalled:
        send(stage, run_id)
    if buried or stalled:
        log.warning("upkeep: %d stages sent again, %d runs buried", len(stalled), buried)
