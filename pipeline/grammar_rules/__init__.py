"""Grammar rules of our own, over a parsed text; pure functions, the standard library only."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.grammar_rules import (
    agreement_rules,
    comparison,
    number,
    phrases,
    quantity,
    subjects,
    there,
    verbs_rules,
)
from pipeline.grammar_rules.parse import Hit, Parse, Rule
from pipeline.ports import GrammarFinding, Token

SOURCE = "colloquy"
RULES: tuple[Rule, ...] = (
    *agreement_rules.RULES,
    *there.RULES,
    *verbs_rules.RULES,
    *subjects.RULES,
    *number.RULES,
    *quantity.RULES,
    *comparison.RULES,
    *phrases.RULES,
)
QUOTES = frozenset('"“”«»‘`')  # noqa: RUF001 - these are the marks


def find(tokens: Sequence[Token]) -> tuple[GrammarFinding, ...]:
    """What the rules find in one text, in its order."""
    parse = Parse(tokens)
    found = [
        _finding(parse, rule.id, hit)
        for rule in RULES
        for hit in rule.check(parse)
        if not _doubtful(parse, hit)
    ]
    return tuple(sorted(found, key=lambda one: (one.start, one.end, one.rule)))


def _doubtful(parse: Parse, hit: Hit) -> bool:
    """Quoted words, parts of hyphenated ones, and sentences without a verb, whose parse is a guess."""
    near = {parse.word(n) for n in range(hit.first - 1, hit.last + 2)}
    sentence = range(parse.start(hit.first), parse.stop(hit.last))
    verbless = all(parse.pos(n) not in {"VERB", "AUX"} for n in sentence)
    return bool(near & (QUOTES | {"-", "--", "–"})) or verbless  # noqa: RUF001


def _finding(parse: Parse, rule: str, hit: Hit) -> GrammarFinding:
    """The hit as whole words: the "do" of "don't" is corrected together with its "n't"."""
    first, last, better = hit.first, hit.last, hit.better
    while last + 1 < len(parse) and _glued(parse, last):
        last += 1
        better += parse.tokens[last].text
    while first > 0 and _glued(parse, first - 1):
        own = better.startswith(("'", "n't"))
        first -= 1
        better = parse.tokens[first].text + ("" if own else " ") + better
    if parse.tokens[first].text[0].isupper() and not better[0].isupper():
        better = better[0].upper() + better[1:]
    return GrammarFinding(
        start=parse.tokens[first].start,
        end=parse.tokens[last].end,
        rule=rule,
        category="GRAMMAR",
        message=hit.message,
        suggestions=(better,),
    )


def _glued(parse: Parse, n: int) -> bool:
    one, following = parse.tokens[n], parse.tokens[n + 1]
    return (
        one.end == following.start
        and one.text[-1].isalnum()
        and following.pos not in {"PUNCT", "SYM"}
    )
