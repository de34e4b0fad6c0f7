"""Ports of the embedded stack in tests: any, since two processes of pytest that want the same take it from each other."""

from __future__ import annotations

from embedded.stack import PORTS

USUAL = tuple(PORTS.values())
"""Those of a stack that is started by its command."""


def take_any() -> None:
    """For every stack that this process starts."""
    PORTS.update(dict.fromkeys(PORTS, 0))
