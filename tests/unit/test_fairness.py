"""Only the learner's words count: what the partner says moves no score but comprehension."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.reports import Dimension
from pipeline.rubric import Rubric
from pipeline.values import LEARNER
from tests.judging import TALK, judged
from tests.scorecards import assert_exact, assert_placed
from tests.shipped import RUBRICS

WORDS = st.sampled_from(["he", "go", "um", "magnificent", "apples", "zzz", "the", "informations"])
for_every_rubric = pytest.mark.parametrize("rubric", RUBRICS.values(), ids=RUBRICS)


@for_every_rubric
def test_the_talk_is_judged_in_all_dimensions(rubric: Rubric) -> None:
    card = judged(TALK, rubric)
    assert [one.reason for one in card.dimensions] == [None] * len(Dimension)
    assert any(row.points < 0 for row in card.evidence)
    assert any(row.place for row in card.evidence)
    assert_exact(card)
    assert_placed(card, TALK)


@for_every_rubric
@settings(deadline=None, max_examples=50)  # two whole scorecards an example
@given(other=st.lists(WORDS, min_size=1, max_size=10), probability=st.floats(0, 1))
def test_the_partners_words_move_no_score_but_comprehension(
    rubric: Rubric, other: list[str], probability: float
) -> None:
    said = cycle(other)
    segments = []
    for one in TALK.segments:
        words = one.words
        if one.speaker != LEARNER:
            words = tuple(replace(word, text=next(said), probability=probability) for word in words)
        text = " ".join(word.text for word in words)
        segments.append(replace(one, words=words, text=text))
    before = judged(TALK, rubric)
    after = judged(replace(TALK, segments=tuple(segments)), rubric)
    for dimension in set(Dimension) - {Dimension.COMPREHENSION}:
        assert after.of(dimension) == before.of(dimension)
        assert [row for row in after.evidence if row.dimension == dimension] == [
            row for row in before.evidence if row.dimension == dimension
        ]


@for_every_rubric
def test_the_same_talk_gives_the_same_scorecard(rubric: Rubric) -> None:
    assert judged(TALK, rubric) == judged(TALK, rubric)
