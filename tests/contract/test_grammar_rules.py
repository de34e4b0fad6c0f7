"""Every example of every own rule, on the real parse."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

import pytest

from pipeline.adapters.lingotweaker import LingoTweaker
from pipeline.adapters.spacy import Spacy
from pipeline.grammar_rules import RULES, find
from pipeline.slips import slips

MARKED = re.compile(r"\[([^|\]]*)\|([^\]]*)\]")
UNLESS = tomllib.loads(files("pipeline").joinpath("data/grammar-rules.toml").read_text("utf-8"))[
    "unless"
]
WRONG = [(rule.id, text) for rule in RULES for text in rule.wrong]
RIGHT = [(rule.id, text) for rule in RULES for text in rule.right]


@pytest.fixture(scope="module")
def analyzer() -> Spacy:
    return Spacy()


@pytest.mark.parametrize(("rule", "marked"), WRONG)
def test_a_wrong_example_is_found_where_it_is_wrong(
    analyzer: Spacy, rule: str, marked: str
) -> None:
    text = MARKED.sub(r"\1", marked)
    found = find(analyzer.analyze([text])[0])
    mine = [(text[one.start : one.end], one.suggestions[0]) for one in found if one.rule == rule]
    assert mine == MARKED.findall(marked)
    assert all(one.message for one in found)


@pytest.mark.parametrize(("rule", "text"), RIGHT)
def test_a_right_example_is_left_alone_by_all_rules(analyzer: Spacy, rule: str, text: str) -> None:
    assert find(analyzer.analyze([text])[0]) == (), rule


@pytest.mark.parametrize(("rule", "marked"), WRONG)
def test_a_corrected_example_is_left_alone_by_its_rule(
    analyzer: Spacy, rule: str, marked: str
) -> None:
    found = find(analyzer.analyze([MARKED.sub(r"\2", marked)])[0])
    assert rule not in {one.rule for one in found}


def test_every_rule_has_a_family_and_examples_on_both_sides() -> None:
    assert len({one.id for one in RULES}) == len(RULES)
    for rule in RULES:
        assert slips().family(rule.id) is not None, rule.id
        assert rule.wrong, rule.id
        assert rule.right, rule.id


def test_no_text_no_findings() -> None:
    assert find(()) == ()


@pytest.fixture(scope="module")
def checker() -> LingoTweaker:
    return LingoTweaker()


@pytest.mark.parametrize(
    ("rule", "marked", "slip"),
    [
        (rule, text, kind == "wrong")
        for rule, row in UNLESS.items()
        for kind in ("wrong", "right")
        for text in row[kind]
    ],
)
def test_a_checkers_rule_misfires_where_its_patterns_say_and_nowhere_else(
    analyzer: Spacy, checker: LingoTweaker, rule: str, marked: str, *, slip: bool
) -> None:
    """Each example is found by the rule itself: a pattern that is needed no longer should go."""
    text = MARKED.sub(r"\1", marked)
    (found,) = (one for one in checker.check([text], "en")[0] if one.rule == rule)
    said = text[found.start : found.end]
    assert [(said, found.suggestions[0])] == MARKED.findall(marked) or not slip
    assert slips().misfires(found, analyzer.analyze([text])[0]) is not slip
