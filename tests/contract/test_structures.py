"""Every structure's own examples, on the real parse."""

from __future__ import annotations

import pytest

from pipeline.adapters.spacy import Spacy
from pipeline.structures import inventory, uses

EXAMPLES = [(name, text) for name, one in inventory().items() for text in one.examples]
WITHOUT = [
    ("present-perfect", "I have two brothers and a new car."),
    ("present-perfect", "I have to go home."),
    ("past-perfect", "I had a good time."),
    ("passive", "I was tired and he was nice."),
    ("passive", "I was eating my dinner."),
    ("have-to", "I have something to tell you."),
    ("used-to", "I am used to the cold."),
    ("be-going-to", "I am going to the station."),
    ("present-progressive", "I am going to stay here."),
    ("past", "I am used to it."),
    ("past", "I used to live there."),
    ("there-be", "My house is there."),
    ("comparative-er", "We need more sugar."),
    ("superlative-most", "Most people like it."),
    ("as-as", "As you know, he works as a teacher."),
    ("causative", "I made a cake for you."),
    ("conditional-second", "If it rains, we will stay at home."),
    ("conditional-third", "If I had more money, I would travel."),
    ("when-clause", "When did you go there?"),
    ("relative-subject", "Who is that man?"),
    ("that-clause", "I like that house."),
    ("whether", "I think he is coming."),
]


@pytest.fixture(scope="module")
def analyzer() -> Spacy:
    return Spacy()


@pytest.mark.parametrize(("name", "text"), EXAMPLES)
def test_a_structure_is_found_in_its_examples(analyzer: Spacy, name: str, text: str) -> None:
    assert name in {one.structure for one in uses(analyzer.analyze([text])[0])}


@pytest.mark.parametrize(("name", "text"), WITHOUT)
def test_what_only_looks_like_a_structure_is_none(analyzer: Spacy, name: str, text: str) -> None:
    assert name not in {one.structure for one in uses(analyzer.analyze([text])[0])}


def test_only_structures_of_the_inventory_are_found(analyzer: Spacy) -> None:
    text = " ".join(one for _, one in EXAMPLES)
    assert {one.structure for one in uses(analyzer.analyze([text])[0])} == inventory().keys()


def test_no_text_no_structures() -> None:
    assert uses(()) == []
