"""Rubrics as analysts look at them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.database import Sessions
from models.rubrics import Rubrics
from tests.integration.archived import (
    MOVED,
    archived,
    told,
)
from tests.integration.commands import colloquy

pytestmark = pytest.mark.usefixtures("analyst")


def test_the_list_tells_which_is_in_force_and_by_which_readers_see(
    database: Sessions, mine: Path
) -> None:
    archived(database)
    told("rerun", "--all", "--rubric", mine)
    listed = json.loads(colloquy("rubric", "list", "--json").stdout)
    known = {one["version"]: one for one in listed}
    assert (known["2026.2"]["in_force"], known["2026.2"]["seen"]) == (True, 1)
    assert (known["mine"]["results"], known["mine"]["seen"], known["mine"]["ships"]) == (
        1,
        0,
        False,
    )
    assert "in force by the settings" in colloquy("rubric", "list").stdout
    told("rubric", "activate", mine)
    assert "in force since" in colloquy("rubric", "list").stdout


def test_a_rubric_is_shown_with_what_it_asks_for(database: Sessions, mine: Path) -> None:
    del database
    told_ = colloquy("rubric", "show", mine).stdout
    assert "rubric mine" in told_
    assert "per 100 words" in told_
    document = json.loads(colloquy("rubric", "show", "2026.2", "--json").stdout)
    assert document["version"] == "2026.2"
    assert sum(float(one["points"]) for one in document["criteria"]["grammar"]) == 25


def test_evaluations_are_readable_with_the_rubric_they_were_made_by(
    database: Sessions, mine: Path
) -> None:
    told("rerun", archived(database), "--rubric", mine)
    mine.unlink()
    assert Rubrics(database, "2026.2").read("mine") == MOVED
    assert colloquy("rubric", "show", "mine").exit_code == 0
