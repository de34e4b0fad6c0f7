from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters.batches import BETWEEN, batches, parts, units

TEXTS = st.lists(st.text(st.sampled_from("ab. 🙂é\n"), max_size=30), max_size=12)
SIZES = st.integers(2, 40)


@given(TEXTS, SIZES, SIZES)
def test_every_character_that_is_not_blank_is_sent_once_and_comes_back(
    texts: list[str], fill: int, most: int
) -> None:
    came = [[" " if one.isspace() else "" for one in text] for text in texts]
    for batch in batches(texts, fill=fill, most=most):
        assert units(batch.text) <= most
        at = 0
        for one in batch.text:
            placed = batch.place(at, units(one))
            at += units(one)
            if placed and not one.isspace():
                number, start, end = placed
                came[number][start] += one
                assert end == start + 1
    assert ["".join(one) for one in came] == [
        "".join(" " if one.isspace() else one for one in text) for text in texts
    ]


@given(TEXTS, SIZES)
def test_a_text_alone_goes_whole_where_the_server_takes_it(texts: list[str], fill: int) -> None:
    sent = list(batches(texts, fill=fill, most=1000))
    assert [piece.said for one in sent for piece in one.pieces] == [t for t in texts if t.strip()]
    assert all(len(one.pieces) == 1 or units(one.text) <= fill for one in sent)


def test_what_lies_across_a_border_has_no_place() -> None:
    (batch,) = batches(["one 🙂", "two"], fill=100, most=100)
    assert batch.text == f"one 🙂{BETWEEN}two"
    assert batch.place(4, 2) == (0, 4, 5)
    assert batch.place(4, 3) is None
    assert batch.place(6, 2) is None
    assert batch.place(7, 4) is None
    assert batch.place(8, 3) == (1, 0, 3)


def test_a_long_text_is_parted_behind_a_sentence_or_a_word() -> None:
    assert list(parts("One two. Three four.", 15)) == [(0, "One two. "), (9, "Three four.")]
    assert list(parts("one two three", 8)) == [(0, "one two "), (8, "three")]
    assert list(parts("🙂🙂🙂", 3)) == [(0, "🙂"), (1, "🙂"), (2, "🙂")]
