"""Where clauses end, by the real parser, as the fluency stage puts pauses inside or between them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.adapters.spacy import Spacy
from pipeline.stages.fluency import fluency
from pipeline.values import Span
from tests.factories import dialogue


@pytest.fixture(scope="module")
def analyzer() -> Spacy:
    return Spacy()


@pytest.mark.parametrize(
    "said",
    [
        "he likes tea / and / she drinks milk",
        "I think / that he is right",
        "I think / he is right",
        "when I came home / my mother was cooking dinner",
        "the man / who lives next door / is very old",
        "I went to the shop / because I needed bread",
        "I want to buy a new car",
        "he said / he would call me / but / he never did",
        "there are many people in my city",
        "I don't know / what you mean",
        "my favourite food is rice with vegetables",
        "we went to the park / then we ate lunch / then we went home",
        "I like it / (um) / because (uh) it is quiet",
    ],
)
def test_pauses_are_between_clauses_at_the_bars_and_inside_them_elsewhere(
    analyzer: Spacy, said: str
) -> None:
    parts = said.split()
    words = [n for n, one in enumerate(parts) if one != "/"]
    spaced = " <0.5> ".join(parts[n] for n in words)
    expected = ["between" if parts[n + 1] == "/" else "within" for n in words[:-1]]
    made = dialogue(f"L: {spaced}")
    voice = tuple(Span(start=one.start, end=one.end) for one in made.segments[0].words)
    found = fluency(replace(made, speech=voice), text_analyzer=analyzer)
    assert [one.where for one in found.pauses] == expected
