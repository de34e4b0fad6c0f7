from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from review.processes import NICE, WORTH_A_PROCESS, spread

NICEST = 19
"""Where niceness ends: the tests' own may lie near it, as under `nice make test`."""


@contextmanager
def niceness() -> Iterator[Callable[[int], int]]:
    yield lambda one: os.nice(0) + 0 * one


def test_processes_of_a_command_let_others_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    found = list(spread(niceness, range(2 * WORTH_A_PROCESS), threading.Event()))
    assert found == [min(NICEST, os.nice(0) + NICE)] * (2 * WORTH_A_PROCESS)
