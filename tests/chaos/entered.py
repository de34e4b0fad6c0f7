"""The way into a chaos process; what it imports depends on settings that the test itself must not read."""

from __future__ import annotations

from pathlib import Path


def enter(arguments: list[str], environment: dict[str, str], log: Path) -> None:
    """Become a worker, beat or intake."""
    from tests.chaos.process import enter as become  # noqa: PLC0415 - read with the settings of the world

    become(arguments, environment, log)
