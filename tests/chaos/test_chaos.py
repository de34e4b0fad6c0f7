"""The short form of `make chaos`."""

from __future__ import annotations

import logging
from itertools import islice
from pathlib import Path

import pytest

from tests.chaos.chaos import run
from tests.chaos.faults import KINDS, schedule
from tests.chaos.uploads import VARIANTS

SEED = 2405
"""Of the seeds below 20,000 the one whose first 25 kills come soonest with every kind of fault among them."""


def test_a_seed_repeats_its_schedule() -> None:
    assert list(islice(schedule(7), 50)) == list(islice(schedule(7), 50))
    assert list(islice(schedule(7), 50)) != list(islice(schedule(8), 50))
    assert {one.kind for one in islice(schedule(7), 1000)} == set(KINDS)


def test_nothing_is_lost_and_nothing_is_done_twice_whatever_is_killed(
    tmp_path: Path, fixtures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger("chaos").setLevel(logging.INFO)
    verdict = run(tmp_path, fixtures, kills=25, seed=SEED)
    with capsys.disabled():
        print(f"\n{verdict.line}")
    assert verdict.wrong == []
    assert verdict.kills >= 25
    assert verdict.runs > len(VARIANTS), "uploads came while things broke"
    assert verdict.healed > 0, "work was hit, and taken up again"
