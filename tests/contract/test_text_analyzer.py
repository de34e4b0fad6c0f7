from __future__ import annotations

import pytest

from pipeline.adapters.spacy import Spacy
from pipeline.ports import TextAnalyzer
from tests.fakes.text import FakeTextAnalyzer

TEXTS = ("The dogs can't go.", "I see small cats 😀 in the café, Anna.", "")


@pytest.fixture(scope="module", params=[FakeTextAnalyzer, Spacy])
def analyzer(request: pytest.FixtureRequest) -> TextAnalyzer:
    made: TextAnalyzer = request.param()
    return made


class TestTextAnalyzer:
    def test_it_names_itself(self, analyzer: TextAnalyzer) -> None:
        assert analyzer.engine

    def test_offsets_are_code_points_of_the_token(self, analyzer: TextAnalyzer) -> None:
        for text, tokens in zip(TEXTS, analyzer.analyze(TEXTS), strict=True):
            assert [text[one.start : one.end] for one in tokens] == [one.text for one in tokens]

    def test_every_letter_belongs_to_one_token(self, analyzer: TextAnalyzer) -> None:
        (tokens,) = analyzer.analyze(TEXTS[:1])
        covered = [n for one in tokens for n in range(one.start, one.end)]
        assert covered == [n for n, letter in enumerate(TEXTS[0]) if letter != " "]

    def test_lemmas_of_forms_and_contractions(self, analyzer: TextAnalyzer) -> None:
        (tokens,) = analyzer.analyze(TEXTS[:1])
        assert [one.lemma.casefold() for one in tokens] == ["the", "dog", "can", "not", "go", "."]

    def test_parts_of_speech(self, analyzer: TextAnalyzer) -> None:
        (tokens,) = analyzer.analyze(TEXTS[:1])
        assert [one.pos for one in tokens] == ["DET", "NOUN", "AUX", "PART", "VERB", "PUNCT"]

    def test_names_are_told_from_words(self, analyzer: TextAnalyzer) -> None:
        tokens = analyzer.analyze(TEXTS)[1]
        assert [one.text for one in tokens if one.pos == "PROPN"] == ["Anna"]

    def test_heads_are_tokens_of_the_same_text(self, analyzer: TextAnalyzer) -> None:
        for tokens in analyzer.analyze(TEXTS):
            assert all(0 <= one.head < len(tokens) for one in tokens)

    def test_no_text_no_tokens(self, analyzer: TextAnalyzer) -> None:
        assert analyzer.analyze([]) == []
        assert analyzer.analyze([""]) == [()]

    def test_company_changes_nothing(self, analyzer: TextAnalyzer) -> None:
        together = analyzer.analyze(TEXTS)
        assert together == [analyzer.analyze([text])[0] for text in TEXTS]
        assert together == analyzer.analyze(TEXTS)
