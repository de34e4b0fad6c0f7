"""How the grammar check is scored against readers' corrections."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from bench.grammar_marks import (
    MARKS,
    LackingError,
    Marked,
    Row,
    agreement,
    f,
    false_alarms,
    found_again,
    hashed,
    learners,
    least_edit,
    marks,
    precision,
    recall,
    span,
    touches,
    touching,
)
from pipeline.reports import GrammarError, Place

A, B = 0, 1


def row(found: Iterable[tuple[int, int]], *readers: Iterable[tuple[int, int]]) -> Row:
    return Row(found=frozenset(found), readers=tuple(map(frozenset, readers)))


ROWS = [
    row([(0, 1), (4, 5)], [(0, 1), (7, 7)], [(0, 1)]),
    row([(2, 3)], [(3, 4)], [(9, 10)]),
    row([], [(1, 1)], []),
]
"""Three findings: the first is both readers', the second nobody's, the third stands beside an edit of one."""


def slip(segment: int, first: int, last: int, suggestion: str | None) -> GrammarError:
    return GrammarError(
        type="agreement",
        rule="RULE",
        source="colloquy",
        message="",
        text="",
        suggestion=suggestion,
        severity="medium",
        counted=True,
        why_not_counted=None,
        place=Place(
            segment=segment,
            words=tuple(f"w{segment}-{n}" for n in range(first, last + 1)),
            start=0,
            end=1,
            start_time=0.0,
            end_time=1.0,
        ),
    )


@pytest.mark.parametrize(
    ("said", "better", "edit"),
    [
        ("go", "goes", (5, 6)),
        ("place have", "place has", (6, 7)),
        ("need thank", "need to thank", (6, 6)),
        ("in next", "next", (5, 6)),
        ("am agree", "agree", (5, 6)),
        ("very very", "very", (6, 7)),
        ("go", "go", (6, 6)),
    ],
)
def test_an_edit_is_as_short_as_it_can_be(said: str, better: str, edit: tuple[int, int]) -> None:
    assert least_edit(said.split(), better.split(), 5) == edit


def test_a_finding_is_placed_by_words_whatever_their_stops_and_capitals() -> None:
    sentence = "yes. he go home. they does."
    assert span(slip(0, 1, 2, "He goes"), sentence) == (2, 3)
    assert span(slip(0, 4, 5, "they do."), sentence) == (5, 6)
    assert span(slip(0, 4, 5, None), sentence) == (4, 6)


@pytest.mark.parametrize(
    ("one", "other", "beside"),
    [
        ((2, 3), (2, 3), True),
        ((2, 3), (3, 4), True),
        ((2, 3), (3, 3), True),
        ((2, 3), (4, 5), False),
        ((2, 2), (3, 3), False),
    ],
)
def test_edits_touch_up_to_the_word_beside(
    one: tuple[int, int], other: tuple[int, int], *, beside: bool
) -> None:
    assert touches(one, other) is touches(other, one) is beside


def test_strict_scores_ask_for_the_same_words() -> None:
    assert precision(ROWS, A) == pytest.approx(1 / 3)
    assert recall(ROWS, A) == pytest.approx(1 / 4)
    assert f(ROWS, A) == pytest.approx(1.25 * (1 / 3) * (1 / 4) / (0.25 / 3 + 1 / 4))
    assert precision(ROWS, B) == pytest.approx(1 / 3)
    assert recall(ROWS, B) == pytest.approx(1 / 2)
    assert touching(ROWS, A) == pytest.approx(2 / 3)
    assert touching(ROWS, B) == pytest.approx(1 / 3)


def test_one_reader_is_scored_as_if_he_were_the_check() -> None:
    right, found = 1 / 2, 1 / 4
    assert agreement(ROWS) == pytest.approx(1.25 * right * found / (0.25 * right + found))


def test_figures_are_the_mean_of_both_readers() -> None:
    by = {one.name.split(": ")[1]: one.value for one in learners(ROWS)[:-1]}
    assert by["strict precision"] == pytest.approx(1 / 3)
    assert by["strict recall"] == pytest.approx((1 / 4 + 1 / 2) / 2)
    assert by["findings that touch an edit"] == pytest.approx(1 / 2)


def test_what_both_readers_changed_is_no_false_alarm() -> None:
    turns = ["he go home.", "they does it.", "we is here."]

    def marked(turn: str, *readers: Iterable[tuple[int, int]]) -> Marked:
        return Marked(
            source="dialogues", sentence=hashed(turn), readers=tuple(map(frozenset, readers))
        )

    found = [slip(0, 1, 1, "goes"), slip(1, 1, 1, "do"), slip(2, 1, 1, "are")]
    both = marked(turns[0], [(1, 2)], [(1, 2)])
    one = marked(turns[1], [(1, 2)], [])
    assert false_alarms(turns, found, [both, one]).value == pytest.approx(100 * 2 / 9)
    assert false_alarms(turns, found, []).value == pytest.approx(100 * 3 / 9)


def test_sentences_are_found_by_their_hash_or_it_is_said_how_many_are_not() -> None:
    known = [Marked(source="ellipse", sentence=hashed(one), readers=()) for one in ("a b.", "c d.")]
    assert found_again(known, iter(["x y.", "c d.", "a b."])) == ["a b.", "c d."]
    with pytest.raises(LackingError, match="1 of 2 marked sentences of ellipse"):
        found_again(known, ["a b."])


def test_the_marks_are_places_and_short_corrections_alone() -> None:
    """No sentence of a corpus that may not be passed on."""
    assert (len(marks("ellipse")), len(marks("dialogues"))) == (600, 154)
    for line in Path(MARKS).read_text("utf-8").splitlines():
        one = json.loads(line)
        assert set(one) == {"source", "sentence", "a", "b"}
        assert re.fullmatch(r"[0-9a-f]{12}", one["sentence"])
        for first, end, better in one["a"] + one["b"]:
            assert 0 <= first <= end
            assert len(better.split()) <= 4
            assert better or first < end
