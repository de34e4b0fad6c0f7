"""What is no English, no word or no range, with the real lists and the real analyser."""

from __future__ import annotations

import pytest

from pipeline.adapters.cefr import CefrLists
from pipeline.adapters.spacy import Spacy
from pipeline.adapters.wordfreq import WordFreq
from pipeline.reports import VocabularyReport
from pipeline.stages.vocabulary import vocabulary
from tests.factories import dialogue, upload

ENGLISH = (
    "yesterday I went to the market with my brother and we bought some green apples because my mother "
    "wanted to bake a cake for us"
)
GERMAN = (
    "ich habe keine Ahnung was wir heute machen und warum die Leute immer so viel reden aber morgen gehen "
    "wir zusammen in die Stadt"
)
SPANISH = "no sé qué decir porque mi familia vive en una casa muy grande con el perro y los niños"


@pytest.fixture(scope="module")
def analyzer() -> Spacy:
    return Spacy()


def judge(said: str, analyzer: Spacy) -> VocabularyReport:
    return vocabulary(
        upload(),
        dialogue(f"L: {said}"),
        text_analyzer=analyzer,
        word_frequencies=WordFreq(),
        level_list=CefrLists(),
    )


@pytest.mark.parametrize(
    "said",
    [
        " ".join([GERMAN] * 3),
        " ".join([SPANISH] * 3),
        "blorf snarg wibbleton qzxv frindle dorp " * 12,
        "two hundred forty five 37 1999 three thousand " * 12,
        "Zoë Łukasz François Nguyễn " * 20,
    ],
)
def test_what_is_no_english_word_is_not_enough(said: str, analyzer: Spacy) -> None:
    assert judge(said, analyzer).insufficient is not None


def test_a_switch_to_another_language_shows_no_range(analyzer: Spacy) -> None:
    plain = judge(" ".join([ENGLISH] * 4), analyzer)
    switched = judge(f"{ENGLISH} {ENGLISH} {GERMAN} {SPANISH} {ENGLISH} {ENGLISH}", analyzer)
    assert switched.insufficient is None
    for name in ("rarer_words", "independent_words"):
        one, two = plain.metric(name), switched.metric(name)
        assert one is not None
        assert two is not None
        assert two.value <= one.value
    assert not [one.lemma for one in switched.lemmas if one.is_advanced]


def test_names_in_other_letters_are_no_words_of_the_learners(analyzer: Spacy) -> None:
    said = "yesterday Zoë met Łukasz and François at the market " * 8
    assert {one.lemma for one in judge(said, analyzer).lemmas} == {
        "and",
        "at",
        "market",
        "meet",
        "the",
        "yesterday",
    }
