"""The form of the sound moves no score: real engines, one conversation in several forms."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.invariance import FORMS, Shift, compare
from config.settings import settings
from pipeline.reports import Dimension
from workers.local import Analyst

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and lightning warn of their own parts


@pytest.fixture(scope="module")
def shifts(fixtures: Path) -> list[Shift]:
    """All forms in one process, one after the other, so that the models are loaded once."""
    return list(compare(Analyst(settings()), fixtures / "conversation.ogg", "S1"))


@pytest.mark.parametrize("form", FORMS)
def test_the_form_of_the_sound_moves_no_score_by_more_than_it_may(
    shifts: list[Shift], form: str
) -> None:
    found = [one for one in shifts if one.form == form]
    assert {one.dimension for one in found if one.scored} == set(Dimension)
    assert not [str(one) for one in found if not one.within]
