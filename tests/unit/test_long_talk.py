from __future__ import annotations

import random

import pytest

from bench.growth import talk
from pipeline.languages import ENGLISH
from pipeline.stages.attribute import attribute
from tests.factories import upload
from tests.judging import judged
from tests.scorecards import assert_exact, assert_placed
from tests.shipped import RUBRICS


def corpus() -> list[str]:
    """Sentences of common words drawn at random: no run of five comes twice."""
    draw = random.Random(1)  # noqa: S311 - a draw, no secret
    words = sorted(ENGLISH.common)
    return [f"{' '.join(draw.choices(words, k=10))}." for _ in range(4000)]


@pytest.mark.parametrize(
    ("turn", "hours"), [(0.0, 3.0), (120.0, 1.0)], ids=["3-h", "1-h-of-long-turns"]
)
def test_long_talk_is_judged_to_the_end(turn: float, hours: float) -> None:
    heard = talk(corpus(), hours, turn)
    said = attribute(upload(learner_label="S2"), heard.recording, heard.transcript, heard.turns)
    card = judged(said, next(iter(RUBRICS.values())))
    assert {one.state for one in card.dimensions} == {"scored"}
    assert_exact(card)
    assert_placed(card, said)
