"""Sets the wall clock of this process wrong, as its Python code reads it.

Covered: `time.time`, and `datetime.now`, `utcnow` and `today` in Celery, kombu, botocore and our own
modules. Not covered: the monotonic clock, which no wrong date changes, and what C code reads itself.
"""

from __future__ import annotations

import datetime as dt
import sys
import time
from typing import Any

SEEN_BY = ("celery", "kombu", "botocore", "boto3", "tasks", "workers", "models", "pipeline")
"""Packages whose names for `datetime` are replaced, once they are imported."""


class _Meta(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, dt.datetime)

    def __getattr__(cls, name: str) -> Any:  # noqa: ANN401 - whatever `datetime` has of that name
        return getattr(dt.datetime, name)


def shift(seconds: float) -> None:
    """From now on it is `seconds` later; call it after all imports."""
    delta, true_time = dt.timedelta(seconds=seconds), time.time

    class Shifted(metaclass=_Meta):
        """Makes true `datetime`s, of the wrong time."""

        def __new__(cls, *args: Any, **told: Any) -> dt.datetime:  # type: ignore[misc]  # noqa: ANN401 - as the original
            return dt.datetime(*args, **told)  # noqa: DTZ001 - the caller's zone

        @staticmethod
        def now(tz: dt.tzinfo | None = None) -> dt.datetime:
            return dt.datetime.now(tz) + delta

        @staticmethod
        def utcnow() -> dt.datetime:
            return dt.datetime.now(dt.UTC).replace(tzinfo=None) + delta

        @staticmethod
        def today() -> dt.datetime:
            return Shifted.now()

    time.time = lambda: true_time() + seconds
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in SEEN_BY:
            for attribute, value in list(vars(module).items()):
                if value is dt.datetime:
                    setattr(module, attribute, Shifted)
                elif value is true_time:
                    setattr(module, attribute, time.time)
