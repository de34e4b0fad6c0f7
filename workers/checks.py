"""One thing looked at; needs no settings, so that they can be looked at too."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at."""

    name: str
    good: bool
    told: str
    milliseconds: float


def look(name: str, at: Callable[[], str], told: Callable[[Exception], str]) -> Check:
    """What `at` gave, or what is `told` of its failure."""
    started = time.monotonic()
    try:
        found, good = at(), True
    except Exception as error:  # noqa: BLE001 - whatever a client raises is what is wrong
        found, good = told(error), False
    spent = 1000 * (time.monotonic() - started)
    return Check(name=name, good=good, told=found, milliseconds=round(spent, 1))
