"""Doing something as a subject: it is one thing."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.grammar_rules.forms import base_of, third
from pipeline.grammar_rules.parse import Hit, Parse, Rule

CLAUSE_FOLLOWS = frozenset(
    {"speaking", "considering", "confirming", "assuming", "hoping", "guessing", "supposing"}
)
"""What comes after is a clause of its own: "confirming all the details are correct"."""
PLURAL_FORMS = frozenset({"are", "were", "have", "do"})


def gerund_verb(parse: Parse) -> Iterator[Hit]:
    """Reading books are; working in a group help."""
    for verb in range(len(parse)):
        doing = [k for k in parse.children(verb, "csubj") if parse.tag(k) == "VBG" and k < verb]
        helpers = parse.children(verb, "aux", "auxpass")
        if len(doing) != 1 or parse.word(doing[0]) in CLAUSE_FOLLOWS:
            continue
        if parse.children(doing[0], "conj", "cc") or parse.subject(verb):
            continue
        at = helpers[0] if helpers else verb
        word = parse.word(at)
        if parse.tag(at) != "VBP" and word not in PLURAL_FORMS:
            continue
        if any(parse.word(k) in {"and", "or", ","} for k in parse.between(doing[0], at)):
            continue
        better = "was" if word == "were" else third(base_of(word, parse.lemma(at)))
        if better != word and at > doing[0] and "'" not in word:
            yield Hit(at, at, better, f"Doing something is one thing: the verb is “{better}”.")


RULES = (
    Rule(
        id="CQ_GERUND_VERB",
        check=gerund_verb,
        wrong=(
            "Reading books [are|is] my hobby.",
            "Taking long walks [have|has] many advantages.",
        ),
        right=(
            "Reading and writing are my hobbies.",
            "Reading books makes me happy.",
            "Confirming all the details are correct.",
        ),
    ),
)
