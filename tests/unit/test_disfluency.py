from __future__ import annotations

import pytest

from pipeline.disfluency import bare, marked
from tests import factories


@pytest.mark.parametrize(
    ("text", "fillers", "repairs"),
    [
        ("I um like it", "um", ""),
        ("Um, I Er... like hmm it", "Um, Er... hmm", ""),
        ("I like it, you know, like this", "", ""),
        ("I I went home", "", "I"),
        ("I, I went home", "", "I,"),
        ("I I I went home", "", "I I"),
        ("to the to the shop", "", "to the"),
        ("I want to I want to go", "", "I want to"),
        ("we wh- what now", "", "wh-"),
        ("I w- I went", "", "I w-"),
        ("to the sh- to the shop", "", "to the sh-"),
        ("I um I went", "um", "I"),
        ("he go I mean he goes", "", "he go I mean"),
        ("very very good", "", ""),
        ("very very very very good", "", ""),
        ("I like it. It is good", "", ""),
        ("I went. I went. I slept", "", ""),
        ("he had had enough", "", ""),
        ("number 5 5 1", "", ""),
        ("number two one one seven", "", ""),
        ("I mean it", "", ""),
        ("I'm sorry I'm late", "", ""),
        ("I am sorry I am late", "", ""),
        ("home - - now", "", ""),
        ("", "", ""),
    ],
)
def test_disfluencies_are_marked(text: str, fillers: str, repairs: str) -> None:
    found = marked([factories.word(one) for one in text.split()])
    assert " ".join(one.text for one in found if one.filler) == fillers
    assert " ".join(one.text for one in found if one.repair) == repairs


def test_marking_changes_nothing_else_and_marking_again_nothing_at_all() -> None:
    said = [factories.word(one) for one in ("I", "um", "I", "w-", "went")]
    once = marked(said)
    assert [one.text for one in once] == [one.text for one in said]
    assert marked(once) == once


def test_a_bare_word_has_neither_case_nor_marks_at_its_ends() -> None:
    assert [bare(one) for one in ("“Don't!”", "É,", "...", "wh-")] == ["don't", "é", "", "wh"]
