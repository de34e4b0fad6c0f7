"""What Flower shows of a task: the run and the conversation that its message names."""

from __future__ import annotations

import re
import time
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from config.settings import Settings
from models.database import connect, database_url, sessions
from models.runs import Run

ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
AGAIN = 30.0
"""Seconds without a look after a database that did not answer: it would hold the page up for each row."""


class Named:
    """Looks conversations up by run; a run's conversation never changes."""

    def __init__(self, given: Settings) -> None:
        """Connect on first use."""
        self._sessions = sessions(connect(database_url(given)))
        self._away_until = float("-inf")
        self._conversation = lru_cache(maxsize=10_000)(self._looked_up)

    def told(self, task: Any) -> Any:  # noqa: ANN401 - Flower's own objects
        """The task with its arguments in words, as Flower asks for each row of its page."""
        found = ID.search(task.args or "")
        if found is not None:
            task.args = self._words(task.name or "", UUID(found.group()))
        return task

    def _words(self, name: str, number: UUID) -> str:
        if not name.startswith("stage."):
            return f"conversation {number}"
        if time.monotonic() < self._away_until:
            return f"run {number}"
        try:
            return f"run {number} of conversation {self._conversation(number)}"
        except OperationalError:
            self._away_until = time.monotonic() + AGAIN
            return f"run {number}"

    def _looked_up(self, run_id: UUID) -> str:
        with self._sessions.begin() as session:
            found = session.scalar(select(Run.conversation_id).where(Run.id == run_id))
        return str(found or "that is deleted")
