"""The judging stages one after the other, on fakes: from a dialogue to the scorecard."""

from __future__ import annotations

from pipeline.reports import Report
from pipeline.rubric import Rubric
from pipeline.scores import Scorecard
from pipeline.stages.comprehension import comprehension
from pipeline.stages.fluency import fluency
from pipeline.stages.grammar import grammar
from pipeline.stages.pronunciation import pronunciation
from pipeline.stages.score import score
from pipeline.stages.vocabulary import vocabulary
from pipeline.values import Dialogue
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

OWN = (
    "yesterday he go to the <0.6> market (um) and bought~ green [apple] apples with my brother",
    "on Monday I was at home <1.2> because the (uh) weather was bad and I read many book",
    "he go fishing with two friends when the sea is quiet and they come back late",
    "we cooked [the] the dinner together <0.8> and it was very good I think",
    "then my sister called and told us about a apple cake that she had made~ there",
    "after that nothing happened so I (um) watched a film and went to bed early",
)
TALK = dialogue(
    *(
        line
        for n, said in enumerate(OWN)
        for line in (f"P: what did you do on day {n}?", f"L: {said}")
    )
)
"""Enough for every judge, with slips, doubts, pauses and repairs."""


def reported(talk: Dialogue) -> tuple[Report, ...]:
    """What the five judges say; pronunciation is heard by one that hears everybody alike."""
    analyzer = FakeTextAnalyzer()
    return (
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
    )


def judged(talk: Dialogue, rubric: Rubric) -> Scorecard:
    """The reports, scored."""
    return score(upload(), talk, *reported(talk), rubric=rubric)
