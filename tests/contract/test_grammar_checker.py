from __future__ import annotations

import pytest

from pipeline.adapters.lingotweaker import LingoTweaker
from pipeline.adapters.spacy import Spacy
from pipeline.errors import PermanentError
from pipeline.slips import slips
from pipeline.stages.grammar import grammar
from tests import factories


@pytest.fixture(scope="module")
def checker() -> LingoTweaker:
    return LingoTweaker()


@pytest.mark.parametrize(
    ("text", "slip", "better"),
    [
        ("He go to school.", "go", "goes"),
        ("É naïve — he go home 🙂 now.", "go", "goes"),
        ("I have many informations.", "informations", "information"),
    ],
)
def test_offsets_are_code_points(checker: LingoTweaker, text: str, slip: str, better: str) -> None:
    found = next(one for one in checker.check([text], "en")[0] if better in one.suggestions)
    assert text[found.start : found.end] == slip


def test_texts_keep_their_order(checker: LingoTweaker) -> None:
    found = checker.check(["All is well.", "He go home.", ""], "en")
    assert [bool(one) for one in found] == [False, True, False]


def test_another_language_is_refused(checker: LingoTweaker) -> None:
    with pytest.raises(PermanentError, match="'fr'"):
        checker.check(["Il vont."], "fr")


FILL = "I live in a small town near the river and I like to walk there every day with my dog. " * 3


def test_slips_are_found_where_they_were_said(checker: LingoTweaker) -> None:
    talk = factories.dialogue("P: He go home?", f"L: {FILL}", "L: Yesterday (um) he go to school.")
    found = grammar(talk, grammar_checker=checker, text_analyzer=Spacy())
    slip = next(one for one in found.errors if one.text == "go")
    segment = talk.segments[slip.place.segment]
    assert segment.speaker == "learner"
    assert segment.text[slip.place.start : slip.place.end] == "go"
    assert (slip.type, slip.suggestion, slip.counted) == ("agreement", "goes", True)
    assert [one for one in found.errors if one.place.segment == 0] == [], (
        "the partner's are not looked at"
    )


def test_a_slip_in_a_word_that_was_not_sure_costs_nothing(checker: LingoTweaker) -> None:
    talk = factories.dialogue(f"L: {FILL}", "L: My friend he go~ to school.")
    found = grammar(talk, grammar_checker=checker, text_analyzer=Spacy())
    slip = next(one for one in found.errors if "go" in one.text)
    assert not slip.counted
    assert slip.why_not_counted
    rate = found.metric("errors_per_100_words")
    assert rate is not None
    assert rate.value == 0


@pytest.mark.parametrize(
    "rule", ["EN_A_VS_AN", "MORFOLOGIK_RULE_EN_US", "ENGLISH_WORD_REPEAT_RULE"]
)
def test_what_the_recogniser_chose_is_not_the_learners(rule: str) -> None:
    assert slips().family(rule) is None


def test_few_words_are_not_judged(checker: LingoTweaker) -> None:
    talk = factories.dialogue("L: He go home.")
    found = grammar(talk, grammar_checker=checker, text_analyzer=Spacy())
    assert "at least" in str(found.insufficient)
