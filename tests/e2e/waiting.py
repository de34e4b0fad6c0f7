"""Waits for a run's end."""

from __future__ import annotations

import time
from uuid import UUID

from models.database import Sessions
from models.run_store import RunStore
from models.status import RunStatus
from pipeline.plan import PLAN

PATIENCE = 240.0
"""Seconds for a conversation of two minutes on a machine that is busy with other things."""


def ended(store: Sessions, conversation: UUID) -> RunStatus:
    """The conversation's run when nothing more will happen to it."""
    runs = RunStore(store, PLAN)
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        found = runs.latest(conversation)
        if found is not None and found.over:
            return found
        time.sleep(0.2)
    raise AssertionError(runs.latest(conversation))
