"""What the answers are made with; one a process."""

from __future__ import annotations

import threading
from collections.abc import Callable

from fastapi import Request

from config.settings import Settings
from tasks.services import Services


class Shelf:
    """The settings, and the services, made when they are first asked for."""

    def __init__(self, settings: Settings, make: Callable[[Settings], Services]) -> None:
        """Make nothing yet: the process answers before the database does."""
        self.settings = settings
        self._make = make
        self._made: Services | None = None
        self._lock = threading.Lock()

    def services(self) -> Services:
        """The same for all requests."""
        with self._lock:
            if self._made is None:
                self._made = self._make(self.settings)
            return self._made


def shelf(request: Request) -> Shelf:
    """That of the request's application."""
    found: Shelf = request.app.state.shelf
    return found
