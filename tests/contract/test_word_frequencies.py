from __future__ import annotations

import pytest

from pipeline.adapters.wordfreq import WordFreq
from pipeline.ports import WordFrequencies
from tests.fakes.text import FakeWordFrequencies


@pytest.fixture(params=[FakeWordFrequencies, WordFreq])
def frequencies(request: pytest.FixtureRequest) -> WordFrequencies:
    made: WordFrequencies = request.param()
    return made


class TestWordFrequencies:
    def test_it_names_itself(self, frequencies: WordFrequencies) -> None:
        assert frequencies.engine

    def test_common_words_are_above_others(self, frequencies: WordFrequencies) -> None:
        the, other = frequencies.zipf("the", "en"), frequencies.zipf("garden", "en")
        assert 8 >= the > other > 0
        assert the == pytest.approx(7.7, abs=0.1)

    def test_a_word_never_seen_is_zero(self, frequencies: WordFrequencies) -> None:
        assert frequencies.zipf("qzxv", "en") == 0

    def test_case_does_not_matter(self, frequencies: WordFrequencies) -> None:
        assert frequencies.zipf("The", "en") == frequencies.zipf("the", "en")
