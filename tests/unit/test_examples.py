from __future__ import annotations

import random
from dataclasses import replace

import pytest

from pipeline.examples import example
from pipeline.sureness import SURELY
from tests.judging import TALK, reported
from tests.shipped import RUBRICS

RUBRIC = RUBRICS["2026.2"]


@pytest.mark.parametrize("seed", range(8))
def test_nothing_is_quoted_as_said_well_that_may_have_been_misheard(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - a draw, no secret
    segments = tuple(
        replace(
            one,
            words=tuple(
                replace(word, probability=draw.choice((0.55, SURELY - 0.01, 0.95, 0.95, 0.95)))
                for word in one.words
            ),
        )
        for one in TALK.segments
    )
    talk = replace(TALK, segments=segments)
    heard = {word.id: word.probability for one in segments for word in one.words}
    quoted = [
        example(talk, report, criterion, ())
        for report in reported(talk)
        for criterion in RUBRIC.criteria[report.dimension]
    ]
    words = [heard[one] for place in quoted if place is not None for one in place.words]
    assert words
    assert min(words) >= SURELY
