"""One thing looked at; needs no settings, so that they can be looked at too."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How far a server was come to."""

    reached: bool
    """It answers, in TLS that is trusted where it should be encrypted."""
    version: str | None = None
    """As the server tells it; None where it does not, or was not come to that far."""
    tls: str | None = None
    """None for a connection that is not encrypted."""
    round_trip_ms: float | None = None
    """Of one small question on an open connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at."""

    name: str
    good: bool
    told: str
    milliseconds: float
    server: Contact | None = None
    """None for what is no server."""


def look(name: str, at: Callable[[], str], told: Callable[[Exception], str]) -> Check:
    """What `at` gave, or what is `told` of its failure."""
    started = time.monotonic()
    try:
        found, good = at(), True
    except Exception as error:  # noqa: BLE001 - whatever a client raises is what is wrong
        found, good = told(error), False
    return Check(name=name, good=good, told=found, milliseconds=spent(started))


def spent(started: float) -> float:
    """Milliseconds since a monotonic time."""
    return round(1000 * (time.monotonic() - started), 1)
