"""Comparatives and superlatives."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.grammar_rules.forms import graded
from pipeline.grammar_rules.parse import NOUN_TAGS, Hit, Parse, Rule

SHORT = frozenset(
    "big small cheap fast slow tall short old young long easy high low nice strong large cold warm dirty safe deep "
    "rich poor near great".split()
)
NO_GRADE = frozenset(
    {
        "later",
        "other",
        "upper",
        "lower",
        "inner",
        "outer",
        "sooner",
        "further",
        "lesser",
        "latter",
        "older",
        "younger",
        "less",
        "more",
        "fewer",
    }
)


def double(parse: Parse) -> Iterator[Hit]:
    """More better; most biggest."""
    for n in range(1, len(parse)):
        more, word = parse.word(n - 1), parse.word(n)
        wanted = {"more": {"JJR", "RBR"}, "most": {"JJS", "RBS"}}.get(more, set())
        other_noun = parse.tag(n + 1) in NOUN_TAGS and word in NO_GRADE
        regular = word.endswith(("er", "est", "better", "worse", "best", "worst"))
        if (
            parse.tag(n) in wanted
            and regular
            and word not in {"later", "other", "sooner", "further", "upper", "inner", "lesser"}
            and not other_noun
        ):
            yield Hit(n - 1, n, word, f"“{word.capitalize()}” is enough, without “{more}”.")


def very_more(parse: Parse) -> Iterator[Hit]:
    """Very better."""
    for n in range(1, len(parse)):
        word = parse.word(n)
        if (
            parse.word(n - 1) == "very"
            and parse.tag(n) in {"JJR", "RBR"}
            and word.endswith(("er", "worse"))
            and word not in {"clever", "eager", "bitter", "tender", "sober", "upper"}
        ):
            yield Hit(n - 1, n, f"much {word}", f"A comparative takes “much”: “much {word}”.")


def short(parse: Parse) -> Iterator[Hit]:
    """More big; the most big."""
    for n in range(1, len(parse)):
        more, word = parse.word(n - 1), parse.word(n)
        goes_on = (
            parse.tag(n + 1) in NOUN_TAGS | {"JJ", "HYPH", "VBG", "VBN", "NN"}
            or parse.word(n + 1) == "-"
        )
        if word not in SHORT or parse.tag(n) not in {"JJ", "RB"}:
            continue
        if (
            more == "more"
            and not goes_on
            and parse.word(n - 2) not in {"one", "once", "no", "any", "the"}
            and parse.word(n + 1) != "and"
        ):
            better = graded(word)[0]
            yield Hit(n - 1, n, better, f"Short adjectives take -er: “{better}”.")
        elif (
            more == "most" and parse.word(n - 2) == "the" and parse.tag(n + 1) in {"NN", "IN", "."}
        ):
            better = graded(word)[1]
            yield Hit(n - 1, n, better, f"Short adjectives take -est: “{better}”.")


RULES = (
    Rule(
        id="CQ_DOUBLE_COMPARATIVE",
        check=double,
        wrong=(
            "This one is [more better|better].",
            "It is [more easier|easier] than before.",
            "He is the [most tallest|tallest] boy.",
        ),
        right=("The more, the better.", "We need more sugar.", "Do you want some more later?"),
    ),
    Rule(
        id="CQ_VERY_COMPARATIVE",
        check=very_more,
        wrong=("This is [very bigger|much bigger] than mine.",),
        right=("He is very clever.", "It is much bigger."),
    ),
    Rule(
        id="CQ_SHORT_COMPARATIVE",
        check=short,
        wrong=("My house is [more big|bigger] than yours.", "It is the [most big|biggest] city."),
        right=("We need more old books.", "More young people come.", "It is one more long day."),
    ),
)
