"""Collocations: patterns over words, read once from `data/collocations.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from pipeline.grammar_rules.parse import Check, Hit, Parse, Rule


@dataclass(frozen=True, slots=True)
class Piece:
    """One place of a pattern: "a|b" words, "~go" forms of a verb, "<NN|NNS>" tags, "!x" anything but."""

    kind: str
    options: frozenset[str]
    negated: bool

    def fits(self, parse: Parse, n: int) -> bool:
        """Whether the token at a place is one of the options; beyond the text only a negated piece fits."""
        if self.kind == "~":
            found = parse.pos(n) in {"VERB", "AUX"} and parse.lemma(n) in self.options
        elif self.kind == "<":
            found = parse.tag(n) in self.options
        else:
            found = parse.word(n) in self.options
        return found != self.negated


@dataclass(frozen=True, slots=True)
class Pattern:
    """Pieces in order; those from `first` to `last` are the slip, the others stand around it."""

    pieces: tuple[Piece, ...]
    first: int
    last: int

    def at(self, parse: Parse, n: int) -> bool:
        """Whether the whole pattern stands at a place, inside one sentence."""
        inside = n + self.last < len(parse)
        return inside and all(one.fits(parse, n + k) for k, one in enumerate(self.pieces))


def piece(text: str) -> Piece:
    """Read one place of a pattern."""
    negated = text.startswith("!")
    text = text.removeprefix("!")
    kind = text[0] if text[0] in "~<" and len(text) > 1 else ""
    return Piece(kind, frozenset(text.strip("~<>").split("|")), negated)


def pattern(text: str) -> Pattern:
    """Read a pattern: "~depend [from|of] !course" has its slip between the brackets."""
    parts = text.split()
    first = next(n for n, one in enumerate(parts) if one.startswith("["))
    last = next(n for n, one in enumerate(parts) if one.endswith("]"))
    return Pattern(tuple(piece(one.strip("[]")) for one in parts), first, last)


def _check(patterns: tuple[Pattern, ...], better: str, message: str) -> Check:
    def check(parse: Parse) -> Iterator[Hit]:
        for n in range(len(parse)):
            for one in patterns:
                if one.at(parse, n):
                    first, last = n + one.first, n + one.last
                    words = [parse.tokens[k].text for k in range(first, last + 1)]
                    yield Hit(first, last, better.format(*words), message)
                    break

    return check


def rules() -> tuple[Rule, ...]:
    """The data file as rules."""
    data = tomllib.loads(files("pipeline").joinpath("data/collocations.toml").read_text("utf-8"))
    return tuple(
        Rule(
            id=name,
            check=_check(tuple(map(pattern, one["patterns"])), one["better"], one["message"]),
            wrong=tuple(one["wrong"]),
            right=tuple(one["right"]),
        )
        for name, one in data.items()
    )


RULES = rules()
