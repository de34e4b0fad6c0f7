"""Rules as data: patterns over words, read once from `data/phrases/*.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from pipeline.grammar_rules.forms import (
    gerund,
    indefinite,
    participle,
    past,
    plural,
    third,
)
from pipeline.grammar_rules.parse import Check, Hit, Parse, Rule

FORMS: Mapping[str, Callable[[str], str]] = {
    "ing": gerund,
    "past": past,
    "participle": participle,
    "plural": plural,
    "third": third,
    "base": str,
    "a": indefinite,
}
"""What may stand behind a place of `better`: "{1:ing}"; it is made of the base form."""
INFLECTED: Mapping[str, Callable[[str], str]] = {
    "VBD": past,
    "VBN": participle,
    "VBG": gerund,
    "VBZ": third,
}
"""How "{0:as take}" gives another verb the form, by Penn tag, in which the wrong one stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One place of a pattern; how it is written stands at the top of `data/phrases/collocations.toml`."""

    words: frozenset[str]
    verbs: frozenset[str]
    tags: frozenset[str]
    negated: bool
    initial: bool

    def fits(self, parse: Parse, n: int) -> bool:
        """Whether the token at a place is one of the options; beyond the text only a negated piece fits."""
        if self.initial and parse.start(n) != n:
            return False
        found = (
            parse.word(n) in self.words
            or parse.tag(n) in self.tags
            or (parse.base(n) in self.verbs and parse.pos(n) in {"VERB", "AUX"})
        )
        return found != self.negated


@dataclass(frozen=True, slots=True)
class Pattern:
    """Pieces in order; those from `first` to `last` are the slip, the others stand around it."""

    pieces: tuple[Piece, ...]
    first: int
    last: int

    def at(self, parse: Parse, n: int) -> bool:
        """Whether the whole pattern stands at a place, inside one sentence."""
        inside = n >= 0 and n + self.last < len(parse)
        return inside and all(one.fits(parse, n + k) for k, one in enumerate(self.pieces))

    @property
    def anchor(self) -> int:
        """The first piece that names its words, by which the pattern is looked up."""
        return next(
            n
            for n, one in enumerate(self.pieces)
            if (one.words or one.verbs) and not one.tags and not one.negated
        )


@dataclass(frozen=True, slots=True)
class Said:
    """A word of a slip as `better` may name it: "{0}" as it stands, "{0:ing}" in another form."""

    text: str
    base: str
    tag: str
    swap: Mapping[str, str]

    def __format__(self, form: str) -> str:
        """In a form of FORMS, by the rule's `swap`, or "as" another verb that is inflected like it."""
        if form == "swap":
            return self.swap[self.text.casefold()]
        if form.startswith("as "):
            verb, *rest = form.split()[1:]
            return " ".join([INFLECTED.get(self.tag, str)(verb), *rest])
        return FORMS[form](self.base) if form else self.text


def piece(text: str, lists: Mapping[str, str]) -> Piece:
    """Read one place of a pattern; "@name" stands for a list of words."""
    negated = text.startswith("!")
    text = text.removeprefix("!")
    initial = text.startswith("^")
    text = text.removeprefix("^")
    verb = text.startswith("~")
    options: dict[str, set[str]] = {"words": set(), "verbs": set(), "tags": set()}
    tag = False
    for one in text.split("|"):
        tag = tag or one.startswith("<")
        kind = "tags" if tag else "verbs" if verb or one.startswith("~") else "words"
        plain = one.strip("~<>") or one
        options[kind].update(lists[plain[1:]].split() if plain.startswith("@") else [plain])
        tag = tag and not one.endswith(">")
    return Piece(
        words=frozenset(options["words"]),
        verbs=frozenset(options["verbs"]),
        tags=frozenset(options["tags"]),
        negated=negated,
        initial=initial,
    )


def patterns(text: str, words: Mapping[str, str]) -> list[Pattern]:
    """Read a pattern, "~depend [from|of] !course" has its slip between the brackets; "(a|b)" may be missing."""
    parts = text.split()
    optional = next((n for n, one in enumerate(parts) if one.strip("[]").startswith("(")), None)
    if optional is not None:
        bare = parts[optional].strip("[]").strip("()")
        with_it = parts[optional].replace(f"({bare})", bare)
        return [
            *patterns(" ".join([*parts[:optional], with_it, *parts[optional + 1 :]]), words),
            *patterns(" ".join([*parts[:optional], *parts[optional + 1 :]]), words),
        ]
    first = next(n for n, one in enumerate(parts) if one.startswith("["))
    last = next(n for n, one in enumerate(parts) if one.endswith("]"))
    return [Pattern(tuple(piece(one.strip("[]"), words) for one in parts), first, last)]


def _index(rows: Sequence[Pattern]) -> Mapping[str, Sequence[tuple[int, Pattern]]]:
    """Patterns by the words of their anchor, verbs behind "~": scanning all at each word took minutes."""
    index: dict[str, list[tuple[int, Pattern]]] = {}
    for one in rows:
        piece = one.pieces[one.anchor]
        for key in (*piece.words, *("~" + verb for verb in piece.verbs)):
            index.setdefault(key, []).append((one.anchor, one))
    return index


def _check(rows: Sequence[Pattern], better: str, message: str, swap: Mapping[str, str]) -> Check:
    index = _index(rows)

    def said(parse: Parse, n: int) -> Said:
        text = parse.tokens[n].text
        initial = parse.start(n) == n and text.split("'")[0] != "I"
        return Said(text.casefold() if initial else text, parse.base(n), parse.tag(n), swap)

    def check(parse: Parse) -> Iterator[Hit]:
        found = {
            (n - anchor + one.first, n - anchor + one.last)
            for n in range(len(parse))
            for key in (parse.word(n), "~" + parse.base(n))
            for anchor, one in index.get(key, ())
            if one.at(parse, n - anchor)
        }
        for first, last in sorted(found):
            words = [said(parse, n) for n in range(first, last + 1)]
            yield Hit(first, last, better.format(*words), message)

    return check


def rules() -> tuple[Rule, ...]:
    """The data files as rules, in the order of their names; their `words` are lists that patterns name."""
    folder = files("pipeline").joinpath("data/phrases")
    found: list[Rule] = []
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        data = tomllib.loads(file.read_text("utf-8"))
        words = data.pop("words", {})
        for name, one in data.items():
            swap = one.get("swap", {})
            known = words | {"swap": " ".join(swap)}
            rows = tuple(row for text in one["patterns"] for row in patterns(text, known))
            found.append(
                Rule(
                    id=name,
                    check=_check(rows, one["better"], one["message"], swap),
                    wrong=tuple(one["wrong"]),
                    right=tuple(one["right"]),
                )
            )
    return tuple(found)


RULES = rules()
