"""MATTR and MTLD against values worked out by hand."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.lexical import mattr, mtld, presence, repetition

GETTYSBURG = """
Four score and seven years ago our fathers brought forth on this continent, a new nation,
conceived in Liberty, and dedicated to the proposition that all men are created equal. Now we
are engaged in a great civil war, testing whether that nation, or any nation so conceived and so
dedicated, can long endure. We are met on a great battle-field of that war. We have come to
dedicate a portion of that field, as a final resting place for those who here gave their lives
that that nation might live. It is altogether fitting and proper that we should do this. But, in
a larger sense, we can not dedicate - we can not consecrate - we can not hallow - this ground.
The brave men, living and dead, who struggled here, have consecrated it, far above our poor
power to add or detract. The world will little note, nor long remember what we say here, but it
can never forget what they did here. It is for us the living, rather, to be dedicated here to
the unfinished work which they who fought here have thus far so nobly advanced. It is rather for
us to be here dedicated to the great task remaining before us - that from these honored dead we
take increased devotion to that cause for which they gave the last full measure of devotion -
that we here highly resolve that these dead shall not have died in vain - that this nation,
under God, shall have a new birth of freedom - and that government of the people, by the people,
for the people, shall not perish from the earth.
"""
"""Lincoln's address, Bliss copy."""
README = """
Measure of textual lexical diversity, computed as the mean length of sequential words in a text that
maintains a minimum threshold TTR score. Iterates over words until TTR scores falls below a threshold,
then increase factor counter by 1 and start over. McCarthy and Jarvis (2010, pg. 385) recommends a
factor threshold in the range of [0.660, 0.750]. (McCarthy 2005, McCarthy and Jarvis 2010)
"""
"""The worked example of the package lexicalrichness 0.5.1 (MIT licence)."""


def forms(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


def test_a_reference_package_gives_the_same_of_a_known_text() -> None:
    # lexical-diversity 0.1.1 (K. Kyle): mattr(window_length=50), mtld()
    tokens = forms(GETTYSBURG)
    assert len(tokens) == 272
    assert mattr(tokens) == pytest.approx(0.7664573991031387)
    assert mtld(tokens) == pytest.approx(58.13140794223827)


def test_mattr_of_a_published_worked_example() -> None:
    # lexicalrichness ends an MTLD stretch at exactly .72 (46.79), we and lexical-diversity below it: MATTR only
    tokens = forms(README)
    assert (len(tokens), len(set(tokens))) == (57, 39)
    assert mattr(tokens, window=25) == pytest.approx(0.8351515151515151)


def test_presence_sums_to_the_mean_over_all_samples() -> None:
    # of a a b, the samples of two are aa, ab, ab: 1, 2 and 2 different ones
    assert presence(2, 3, 2) + presence(1, 3, 2) == pytest.approx(5 / 3)


def test_presence_of_a_published_index() -> None:
    # HD-D with 42 words of the worked example: lexicalrichness 0.5.1 gives 0.7468703323966486
    tokens = forms(README)
    expected = sum(presence(tokens.count(one), len(tokens), 42) for one in set(tokens))
    assert expected / 42 == pytest.approx(0.7468703323966486)


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
