from __future__ import annotations

import pytest

from pipeline.adapters.lingotweaker import LingoTweaker
from pipeline.adapters.spacy import Spacy
from pipeline.ports import GrammarChecker
from pipeline.stages.grammar import grammar
from tests import factories
from tests.contract.grammar import GrammarCheckerContract
from tests.fakes.language import FakeGrammarChecker

FILL = "I live in a small town near the river and I like to walk there every day with my dog. " * 3


@pytest.fixture(scope="module", params=[FakeGrammarChecker, LingoTweaker])
def checker(request: pytest.FixtureRequest) -> GrammarChecker:
    made: GrammarChecker = request.param()
    return made


class TestGrammarChecker(GrammarCheckerContract):
    pass


def test_real_rules_and_a_real_parse_find_the_slip_where_it_was_said() -> None:
    talk = factories.dialogue("P: He go home?", f"L: {FILL}", "L: Yesterday (um) he go to school.")
    found = grammar(talk, grammar_checker=LingoTweaker(), text_analyzer=Spacy())
    (slip,) = found.errors
    segment = talk.segments[slip.place.segment]
    assert segment.speaker == "learner"
    assert segment.text[slip.place.start : slip.place.end] == "go"
    assert (slip.type, slip.suggestion, slip.counted) == ("agreement", "goes", True)
    clauses = found.metric("clauses_per_sentence")
    assert clauses is not None
    assert clauses.value == pytest.approx(7 / 4)
