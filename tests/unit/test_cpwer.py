"""cpWER on examples counted by hand."""

from __future__ import annotations

from bench.cpwer import speaker_errors

ANNA = ["i", "went", "to", "the", "lake"]
BEN = ["was", "it", "cold"]


def test_swapped_labels_are_no_errors() -> None:
    assert speaker_errors([ANNA, BEN], [BEN, ANNA]) == (0, 8)


def test_a_word_under_the_wrong_speaker_is_missing_there_and_too_much_here() -> None:
    # "lake" goes to Ben: a deletion in Anna's words, an insertion in Ben's
    assert speaker_errors([ANNA, BEN], [ANNA[:-1], ["lake", *BEN]]) == (2, 8)


def test_of_a_speaker_split_in_two_the_longer_part_counts() -> None:
    # "i went to" pairs with Anna (2 deletions), "the lake" with nobody (2 insertions)
    assert speaker_errors([ANNA, BEN], [ANNA[:3], ANNA[3:], BEN]) == (4, 8)


def test_a_speaker_who_was_not_found_is_all_deletions() -> None:
    assert speaker_errors([ANNA, BEN], [ANNA]) == (3, 8)


def test_two_speakers_heard_as_one_pay_for_the_words_of_the_other() -> None:
    # Anna's five are right, Ben's three are insertions there and deletions here
    assert speaker_errors([ANNA, BEN], [ANNA + BEN]) == (6, 8)


def test_the_pairing_with_the_fewest_errors_in_all_is_taken_not_the_best_for_each() -> None:
    anna, first, second = list("zbcdef"), list("abcdef"), list("zkldef")
    ben = list("abcdmn")
    # Anna is nearest to the first (1 error), which leaves Ben 5 with the second; the other way round it is 2 and 2
    assert speaker_errors([anna, ben], [first, second]) == (4, 12)


def test_one_stream_each_is_the_plain_word_error_rate() -> None:
    assert speaker_errors([ANNA], [["i", "want", "to", "lake"]]) == (2, 5)


def test_nobody_heard_and_nobody_there() -> None:
    assert speaker_errors([], []) == (0, 0)
    assert speaker_errors([], [ANNA]) == (5, 0)
