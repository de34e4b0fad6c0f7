"""Nouns that stand alone behind "other", "different", "some", "all", "most", "a few": more than one is meant."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.grammar_rules.forms import plural
from pipeline.grammar_rules.number import alone
from pipeline.grammar_rules.parse import Hit, Parse, Rule
from pipeline.grammar_rules.words import COUNTED, PERSONS

SOME_ONE = frozenset(
    "apple boy cake chance day dish egg exercise friend girl guy hobby home idea job kid language law lie lesson man "
    "meal name night office person place practice reason school secret space star table thing time way woman".split()
)
""""Some guy", "some day", "some cake": these go with "some" in the singular too."""
MANY_PERSONS = PERSONS | frozenset(
    "student kid child person parent worker employee player visitor tourist user customer people citizen".split()
)
OWN = frozenset(
    "a an the any each every no this that my your his her its our their one another 's".split()
)
"""With one of these in front, one may be meant: "the other student"."""


def bare_plural(parse: Parse) -> Iterator[Hit]:
    """Other student; different country; all student; a few day."""
    for n in range(len(parse)):
        word, noun = parse.word(n), n + 1
        form = parse.word(noun)
        known = {
            "other": form in COUNTED | PERSONS and parse.word(n - 1) not in OWN | {"some", "than"},
            "different": form in COUNTED and parse.word(n - 1) not in OWN | {"something"},
            "some": form in COUNTED - SOME_ONE,
            "all": form in MANY_PERSONS,
            "most": form in MANY_PERSONS and parse.word(n - 1) not in OWN,
            "few": form in COUNTED and parse.word(n - 1) == "a",
        }.get(word, False)
        if known and alone(parse, noun) and n in parse.children(noun):
            determined = any(parse.word(k) in OWN for k in parse.children(noun))
            if determined and word != "few":
                continue
            better = plural(parse.tokens[noun].text)
            yield Hit(noun, noun, better, f"After “{word}” the noun is plural: “{better}”.")


RULES = (
    Rule(
        id="CQ_BARE_PLURAL",
        check=bare_plural,
        wrong=(
            "I like to talk to other [student|students].",
            "We come from different [country|countries].",
            "All [student|students] have a phone.",
            "I stayed there a few [day|days].",
        ),
        right=(
            "The other student left.",
            "He lives in a different country.",
            "I will go there some day.",
            "All day I was at home.",
            "A few good friends came.",
        ),
    ),
)
