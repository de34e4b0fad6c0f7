from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.exchanges import Pair, asked_again, pairs
from tests.factories import dialogue


def numbers(*lines: str) -> list[tuple[list[int], list[int]]]:
    return [
        ([part.number for part in one.prompt], [part.number for part in one.reply])
        for one in pairs(dialogue(*lines).segments)
    ]


def only(*lines: str) -> Pair:
    (found,) = pairs(dialogue(*lines).segments)
    return found


def test_a_murmur_does_not_cut_a_reply_in_two() -> None:
    lines = ("P: Where do you live?", "L: Well I live", "P: Mhm", "L: in a village")
    assert numbers(*lines) == [([0], [1, 3])]
    assert only(*lines).said == "Well I live in a village"


def test_a_late_second_half_belongs_to_the_reply() -> None:
    assert only("P: When do you get up?", "L: Well", "L: <3> at seven").answer == "in kind"


def test_several_prompts_in_a_row_are_one() -> None:
    lines = ("P: I love my garden", "P: Where do you live?", "P2: Tell us about it", "L: In Rome")
    assert numbers(*lines) == [([0, 1, 2], [3])]
    assert [one.kind for one in only(*lines).questions] == ["where", "request"]


def test_what_the_learner_starts_with_replies_to_nothing() -> None:
    assert numbers("L: Hello I am Ana", "P: Nice to meet you", "L: You too") == [([1], [2])]


def test_the_learners_own_question_is_a_follow_up_and_no_miss() -> None:
    pair = only("P: When shall we meet?", "L: Do you work?")
    assert pair.asks_back
    assert pair.answer == "asked back"


@pytest.mark.parametrize(
    "said", ["Could you repeat that?", "Sorry?", "What?", "I don't understand"]
)
def test_a_request_to_repeat_is_neither_an_answer_nor_a_follow_up(said: str) -> None:
    pair = only("P: When do you get up?", f"L: {said}")
    assert pair.repair_request
    assert (pair.answer, pair.asks_back, pair.measured) == (None, False, False)


def test_a_word_that_may_be_misheard_could_have_been_the_answer() -> None:
    assert only("P: When do you get up?", "L: my kitchen door").answer == "missed"
    assert only("P: When do you get up?", "L: my kitchen~ door").answer is None


@pytest.mark.parametrize(
    ("prompt", "reply", "measured"),
    [
        ("Do you like tea?", "Yes please", True),
        ("When do you get up?", "Yes please", True),
        ("What did you eat?", "Soup", False),
        ("I live in a village", "Oh yes", False),
        ("I live in a village", "My village is bigger", True),
        ("When do you get up?", "I don't know", False),
        ("What did you eat?", "(um) [so] soup", False),
        ("What did you eat?", "banana " * 500, False),
    ],
)
def test_a_reply_is_measured_where_it_says_something(
    prompt: str, reply: str, *, measured: bool
) -> None:
    assert only(f"P: {prompt}", f"L: {reply}").measured is measured


@pytest.mark.parametrize(
    ("reply", "second", "again"),
    [
        ("It rains", "When do you usually go shopping?", True),
        ("It rains", "No, I mean how often.", True),
        ("It rains", "Where do you usually go shopping?", False),
        ("It rains", "And what then?", False),
        ("Could you repeat that?", "When do you usually go shopping?", False),
    ],
)
def test_a_question_put_again(reply: str, second: str, *, again: bool) -> None:
    lines = ("P: When do you usually go shopping?", f"L: {reply}", f"P: {second}", "L: At six")
    one, two = pairs(dialogue(*lines).segments)
    assert asked_again(one, two) is again


def test_a_prompt_is_read_by_its_surest_words_and_never_by_unsure_ones_beside_them() -> None:
    found = only("P: he's~ fond of green tea", "L: I do like green tea")
    (prompt,) = found.prompt
    half = tuple(replace(one, probability=min(one.probability, 0.55)) for one in prompt.words)
    heard = replace(found, prompt=(replace(prompt, words=half),))
    assert {told for told, _ in heard.readings} == {"fond of green tea"}
