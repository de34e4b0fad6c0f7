"""MATTR and MTLD against values worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.diversity import GETTYSBURG, PUBLISHED, README, forms, ours
from pipeline.lexical import mattr, mtld, presence, repetition


def test_reference_packages_give_the_same_of_known_texts() -> None:
    assert len(forms(GETTYSBURG)) == 272
    assert (len(forms(README)), len(set(forms(README)))) == (57, 39)
    assert ours() == pytest.approx([published for _, published in PUBLISHED])


def test_presence_sums_to_the_mean_over_all_samples() -> None:
    # of a a b, the samples of two are aa, ab, ab: 1, 2 and 2 different ones
    assert presence(2, 3, 2) + presence(1, 3, 2) == pytest.approx(5 / 3)


def test_repetition_is_what_mattr_misses() -> None:
    # b again after 2 words is a repetition in 3 - 2 windows of three, c at once in 3 - 1
    assert repetition(["a", "b", "c", "b", "a", "c", "c"], window=3) == [0, 0, 0, 1, 0, 0, 2]
    tokens = forms(GETTYSBURG) * 20
    assert 1 - sum(repetition(tokens)) / 50 / len(tokens) == pytest.approx(mattr(tokens), abs=0.01)


def test_mattr_of_windows_by_hand() -> None:
    # windows abc 1, bca 1, caa 2/3
    assert mattr(["a", "b", "c", "a", "a"], window=3) == pytest.approx((1 + 1 + 2 / 3) / 3)


def test_mattr_of_a_text_within_the_window_is_the_plain_ratio() -> None:
    assert mattr(["a", "b", "a"], window=50) == pytest.approx(2 / 3)
    assert mattr(["a", "b", "a"], window=3) == pytest.approx(2 / 3)


def test_mtld_by_hand_with_a_partial_factor() -> None:
    # forwards: a 1, b 1, a 2/3 < .72 -> factor 1; then b 1, c 1: nothing left over. 5 words / 1 factor = 5
    # backwards c b a b a: c 1, b 1, a 1, b 3/4, a 3/5 < .72 -> factor 1. 5 / 1 = 5
    assert mtld(["a", "b", "a", "b", "c"]) == pytest.approx(5.0)
    # forwards a b c a: ratio 3/4, partial (1 - .75) / (1 - .72) = .892857; 4 / .892857 = 4.48; backwards equal
    assert mtld(["a", "b", "c", "a"]) == pytest.approx(4.48)


def test_mtld_takes_the_mean_of_both_directions() -> None:
    # forwards a a b c: a 1, a 1/2 -> factor; b c: ratio 1. 4 / 1 = 4
    # backwards c b a a: 1, 1, 1, 3/4: partial .892857: 4.48
    assert mtld(["a", "a", "b", "c"]) == pytest.approx((4.0 + 4.48) / 2)


def test_no_words_and_no_repetition() -> None:
    assert mattr([]) == 0.0
    assert mtld([]) == 0.0
    assert mtld(["a", "b", "c", "d"]) == 4.0


@given(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=80), st.integers(1, 20))
def test_mattr_is_the_mean_over_windows_counted_afresh(tokens: list[str], window: int) -> None:
    size = min(window, len(tokens))
    ratios = [len(set(tokens[n : n + size])) / size for n in range(len(tokens) - size + 1)]
    assert mattr(tokens, window) == pytest.approx(sum(ratios) / len(ratios))
