"""Only the learner's words count: what the partner says moves no score but comprehension."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.reports import Dimension
from pipeline.rubric import Rubric
from pipeline.stages.score import score
from pipeline.values import LEARNER, Span, Turn
from tests.factories import upload
from tests.judging import TALK, judged, reported
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
@settings(deadline=None, max_examples=25)  # two whole scorecards an example
@given(pace=st.floats(0.2, 0.9), voiced=st.booleans(), label=st.sampled_from(["S2", "S3"]))
def test_the_partners_voice_moves_no_score_but_comprehension(
    rubric: Rubric, *, pace: float, voiced: bool, label: str
) -> None:
    """Another pace, with or without a voice that the detector hears, and as another person."""
    segments, speech = [], []
    for one in TALK.segments:
        if one.speaker == LEARNER:
            segments.append(one)
            speech.append(Span(start=one.start, end=one.end))
            continue
        words = tuple(
            replace(
                word,
                start=one.start + pace * (word.start - one.start),
                end=one.start + pace * (word.end - one.start),
                speaker_label=label,
            )
            for word in one.words
        )
        segments.append(replace(one, words=words, end=words[-1].end, speaker_label=label))
        speech += [Span(start=one.start, end=words[-1].end)] if voiced else []
    turns = [Turn(label=one.speaker_label, start=one.start, end=one.end) for one in segments]
    changed = replace(TALK, segments=tuple(segments), speech=tuple(speech), turns=tuple(turns))
    before, after = judged(TALK, rubric), judged(changed, rubric)
    for dimension in set(Dimension) - {Dimension.COMPREHENSION}:
        assert after.of(dimension) == before.of(dimension)


@for_every_rubric
def test_the_order_in_which_the_judges_end_moves_nothing(rubric: Rubric) -> None:
    reports = reported(TALK)
    cards = {order: score(upload(), TALK, *order, rubric=rubric) for order in permutations(reports)}
    assert len({repr(card) for card in cards.values()}) == 1


@for_every_rubric
def test_the_same_talk_gives_the_same_scorecard(rubric: Rubric) -> None:
    assert judged(TALK, rubric) == judged(TALK, rubric)
