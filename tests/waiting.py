"""Waiting for what will be, with a bound."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar
from uuid import UUID

from sqlalchemy.exc import OperationalError

from models.database import Sessions
from models.run_store import RunStore
from models.status import RunStatus
from pipeline.plan import PLAN

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds; the quick engines need three for a whole run on an idle machine."""
PAUSE = 0.1
"""Seconds between two looks."""


def within(
    look: Callable[[], T | None], patience: float = PATIENCE, pause: float = PAUSE
) -> T | None:
    """The first thing that is found; what there is then, when that takes too long."""
    limit = time.monotonic() + patience
    while not (found := look()) and time.monotonic() < limit:
        time.sleep(pause)
    return found


def eventually(look: Callable[[], T | None], patience: float = PATIENCE, pause: float = PAUSE) -> T:
    """The first thing that is found; AssertionError when there is none for too long."""
    if found := within(look, patience, pause):
        return found
    raise AssertionError(f"not within {patience} s")


def answered(action: Callable[[], T], patience: float = PATIENCE, pause: float = PAUSE) -> T:
    """What the database answers when it is there; a test must not fail by what it breaks."""
    answers: list[T] = []

    def asked() -> bool:
        with suppress(OperationalError):
            answers.append(action())
        return bool(answers)

    eventually(asked, patience, pause)
    return answers[0]


def ended(store: Sessions, conversation: UUID, patience: float = PATIENCE) -> RunStatus:
    """The conversation's run when it is over."""
    runs = RunStore(store, PLAN)

    def look() -> RunStatus | None:
        found = answered(lambda: runs.latest(conversation), patience)
        return found if found is not None and found.over else None

    if found := within(look, patience):
        return found
    raise AssertionError(f"not over within {patience} s: {runs.latest(conversation)}")
