"""Only the learner's words count: what the partner says moves no score but comprehension."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from itertools import cycle

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.reports import Dimension
from pipeline.rubric import parse
from pipeline.scores import Scorecard
from pipeline.stages.comprehension import comprehension
from pipeline.stages.fluency import fluency
from pipeline.stages.grammar import grammar
from pipeline.stages.pronunciation import pronunciation
from pipeline.stages.score import score
from pipeline.stages.vocabulary import vocabulary
from pipeline.values import LEARNER, Dialogue
from tests.factories import context, dialogue, recording, upload
from tests.fakes.hearing import FakePronunciationJudge
from tests.fakes.language import FakeGrammarChecker
from tests.fakes.text import (
    FakeLevelList,
    FakeSentenceVectors,
    FakeTextAnalyzer,
    FakeWordFrequencies,
)
from tests.fakes.voices import NamedMedia

RUBRIC = parse(files("config").joinpath("rubrics/2026.2.toml").read_text("utf-8"))
OWN = "L: yesterday he go to the <0.6> market (um) and bought~ green [apple] apples with my brother"
TALK = dialogue(*(line for n in range(6) for line in (f"P: what did you do on day {n}?", OWN)))
WORDS = st.sampled_from(["he", "go", "um", "magnificent", "apples", "zzz", "the", "informations"])


def judged(talk: Dialogue) -> Scorecard:
    analyzer = FakeTextAnalyzer()
    return score(
        upload(),
        talk,
        grammar(talk, grammar_checker=FakeGrammarChecker(), text_analyzer=analyzer),
        vocabulary(
            upload(),
            talk,
            text_analyzer=analyzer,
            word_frequencies=FakeWordFrequencies(),
            level_list=FakeLevelList(),
        ),
        fluency(talk, text_analyzer=analyzer),
        pronunciation(
            recording(),
            talk,
            media=NamedMedia(),
            pronunciation_judge=FakePronunciationJudge(),
            context=context(),
        ),
        comprehension(talk, sentence_vectors=FakeSentenceVectors()),
        rubric=RUBRIC,
    )


def test_the_talk_is_judged_in_all_dimensions() -> None:
    card = judged(TALK)
    assert [one.reason for one in card.dimensions] == [None] * len(Dimension)
    assert any(row.points < 0 for row in card.evidence)


@settings(deadline=None, max_examples=50)  # two whole scorecards an example
@given(st.lists(WORDS, min_size=1, max_size=10), st.floats(0, 1))
def test_the_partners_words_move_no_score_but_comprehension(
    other: list[str], probability: float
) -> None:
    said = cycle(other)
    segments = []
    for one in TALK.segments:
        words = one.words
        if one.speaker != LEARNER:
            words = tuple(replace(word, text=next(said), probability=probability) for word in words)
        text = " ".join(word.text for word in words)
        segments.append(replace(one, words=words, text=text))
    before, after = judged(TALK), judged(replace(TALK, segments=tuple(segments)))
    for dimension in set(Dimension) - {Dimension.COMPREHENSION}:
        assert after.of(dimension) == before.of(dimension)
        assert [row for row in after.evidence if row.dimension == dimension] == [
            row for row in before.evidence if row.dimension == dimension
        ]
