from __future__ import annotations

import pytest

from pipeline.syllables import syllables

BY_DICTIONARY = {
    1: "a the make walked makes blue cats strength I'm time dance through great reached",
    2: "table wanted lovely useful something isn't didn't going movement watches about",
    3: "banana piano actual beautiful radio video's family's tomorrow example serious creation",
    4: "information situation immediate experience ability",
}


@pytest.mark.parametrize(
    ("word", "count"),
    [(word, count) for count, words in BY_DICTIONARY.items() for word in words.split()],
)
def test_common_words(word: str, count: int) -> None:
    assert syllables(word) == count


def test_marks_around_a_word_change_nothing() -> None:
    assert syllables("Table,") == syllables("table") == 2
    assert syllables("isn't.") == 2


@pytest.mark.parametrize("word", ["", "...", "42", "mm", "hmm"])
def test_whatever_was_said_has_a_syllable(word: str) -> None:
    assert syllables(word) == 1
