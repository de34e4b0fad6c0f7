from __future__ import annotations

import pytest

from pipeline.syllables import syllables

BY_DICTIONARY = {
    1: "a the make league walked makes blue cats strength I'm time dance through great reached",
    2: "table business maybe TV OK. tired wanted lovely useful something isn't didn't going movement watches about",
    3: "banana everything entire piano actual beautiful radio video's family's tomorrow example serious creation",
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


@pytest.mark.parametrize("word", ["", "...", "w-", "mm", "hmm", "\u00e9"])
def test_whatever_was_said_has_a_syllable(word: str) -> None:
    assert syllables(word) == 1


@pytest.mark.parametrize(
    ("figures", "count"),
    [("0", 2), ("7", 2), ("12", 1), ("17", 3), ("20", 2), ("42", 3), ("100", 3), ("305", 4), ("1984", 5), ("1500", 6),
     ("2010", 4), ("10,000", 3), ("0351", 5), ("0-3-5-1", 5), ("5551234", 7), ("$5", 3), ("50%.", 4), ("7th", 2)],
)  # fmt: skip
def test_figures_count_as_they_are_read_out(figures: str, count: int) -> None:
    assert syllables(figures) == count
