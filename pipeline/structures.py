"""Which grammatical structures a text uses, told from its parse: the CEFR-J grammar profile's, a subset.

Taken are the structures that tags and dependencies can tell; `data/grammar-structures.toml` has each with
its level and its number in the profile.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import comb

from pipeline.grammar_rules.parse import Parse
from pipeline.ports import Token

DRAW = 10
"""Uses that variety is counted in: about as many as are in 60 words, and no more words than that are sure to
be there when grammar is judged."""
UPPER = frozenset({"B1", "B2"})
MODALS = {"can": "can", "ca": "can", "could": "could", "may": "may", "might": "might"} | {
    "must": "must",
    "should": "should",
    "would": "would",
    "'d": "would",
    "will": "will",
    "'ll": "will",
    "wo": "will",
}
SAYS = frozenset({"say", "explain", "report"})
QUESTIONS = frozenset(
    {"ask", "decide", "explain", "know", "learn", "see", "understand", "wonder", "tell", "remember"}
)
SUBORDINATORS = frozenset(
    {"because", "although", "though", "while", "since", "until", "unless", "before", "after"}
)
INTENSIFIERS = frozenset({"much", "far", "even", "lot", "still"})
UNREAL = frozenset({"would", "could", "might", "'d"})
CLAUSES = frozenset({"advcl", "ccomp", "acl", "csubj", "xcomp", "pcomp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """One structure: its level, its number in the profile, its name, and sentences that use it."""

    level: str
    item: str
    title: str
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """A structure at a token."""

    structure: str
    at: int


@cache
def inventory() -> dict[str, Structure]:
    """The data file, by structure."""
    text = files("pipeline").joinpath("data/grammar-structures.toml").read_text("utf-8")
    return {
        name: Structure(
            level=row["level"],
            item=row["item"],
            title=row["title"],
            examples=tuple(row["examples"]),
        )
        for name, row in tomllib.loads(text).items()
    }


def uses(tokens: Sequence[Token]) -> list[Use]:
    """Every use of a structure in one text, in its order, each structure once a token."""
    parse = Parse(tokens)
    found = {
        Use(name, n)
        for n in range(len(parse))
        for kind in (_verb_group, _clause, _complement, _relative, _compared, _fixed)
        for name in kind(parse, n)
    }
    return sorted(found, key=lambda one: (one.at, one.structure))


def variety(found: Sequence[str]) -> float:
    """How many different structures DRAW of the uses hold on average (rarefaction, Hurlbert 1971).

    Does not depend on length; of fewer uses, as many as there are.
    """
    counts = [found.count(one) for one in set(found)]
    if len(found) <= DRAW:
        return float(len(counts))
    draws = comb(len(found), DRAW)
    return sum(1 - comb(len(found) - one, DRAW) / draws for one in counts)


def upper_share(found: Sequence[str]) -> float:
    """Share of the uses that are of a structure at B1 or above."""
    return sum(inventory()[one].level in UPPER for one in found) / len(found) if found else 0.0


def _auxiliaries(parse: Parse, verb: int) -> list[int]:
    return [one for one in parse.children(verb, "aux", "auxpass") if one < verb]


def _modal(parse: Parse, verb: int) -> str | None:
    words = [parse.word(one) for one in _auxiliaries(parse, verb) if parse.tag(one) == "MD"]
    return words[0] if words else None


def _perfect(parse: Parse, verb: int) -> int | None:
    after = parse.tag(verb) in {"VBN", "VBG"} or bool(parse.children(verb, "auxpass"))
    had = [one for one in parse.children(verb, "aux") if parse.lemma(one) in {"have", "'ve"}]
    return had[0] if had and after and had[0] < verb else None


def _verb_group(parse: Parse, verb: int) -> Iterator[str]:
    """Tense, aspect, voice and modality."""
    if parse.pos(verb) not in {"VERB", "AUX"} or parse.tokens[verb].dep in {"aux", "auxpass"}:
        return
    words = _auxiliaries(parse, verb)
    modal, have = _modal(parse, verb), _perfect(parse, verb)
    passive = bool(parse.children(verb, "auxpass")) and parse.tag(verb) == "VBN"
    being = [one for one in words if parse.lemma(one) == "be" and parse.tokens[one].dep == "aux"]
    running = bool(being) and parse.tag(verb) == "VBG"
    if modal in MODALS:
        yield MODALS[modal]
        for name, holds in (("perfect", have), ("progressive", running), ("passive", passive)):
            if holds:
                yield f"modal-{name}"
    elif any(parse.tag(one) == "TO" for one in words):
        if passive:
            yield "infinitive-passive"
    elif have is not None:
        earlier = parse.word(have) in {"had", "'d"}
        name = "-progressive" if running else "-passive" if passive else ""
        yield "past-perfect" if earlier else f"present-perfect{name}"
    else:
        yield from _simple(parse, verb, being[0] if running else None, passive=passive)


def _simple(parse: Parse, verb: int, being: int | None, *, passive: bool) -> Iterator[str]:
    """Without modal and without "have"; "going to" and "used to" are structures of their own."""
    to = _infinitive(parse, verb)
    if being is not None and not (parse.lemma(verb) == "go" and to):
        yield "past-progressive" if parse.tag(being) == "VBD" else "present-progressive"
    elif passive:
        yield "passive"
    elif being is None and _past(parse, verb) and not (parse.word(verb) == "used" and to):
        yield "past"


def _infinitive(parse: Parse, head: int) -> int | None:
    """The verb of "to do" that hangs on a word."""
    for one in parse.children(head, "xcomp"):
        if parse.tag(one) == "VB" and any(parse.tag(k) == "TO" for k in parse.children(one, "aux")):
            return one
    return None


def _past(parse: Parse, verb: int) -> bool:
    words = _auxiliaries(parse, verb)
    return parse.tag(verb) == "VBD" or any(parse.tag(one) == "VBD" for one in words)


def _clause(parse: Parse, verb: int) -> Iterator[str]:
    """Adverbial clauses and conditionals."""
    one = parse.tokens[verb]
    if one.dep != "advcl" or one.pos not in {"VERB", "AUX"}:
        return
    marks = {parse.word(k) for k in parse.children(verb, "mark", "advmod") if k < verb}
    if "if" in marks:
        modal, have = _modal(parse, one.head), _perfect(parse, verb)
        unreal = modal in UNREAL and _past(parse, verb)
        if unreal and have is not None and _perfect(parse, one.head) is not None:
            yield "conditional-third"
        else:
            yield "conditional-second" if unreal else "if-clause"
    elif "whether" in marks:
        yield "whether"
    elif "when" in marks:
        yield "when-clause"
    elif marks >= {"so", "that"}:
        yield "so-that"
    elif marks & SUBORDINATORS:
        yield "subordinate-clause"
    elif one.tag == "VBG" and not _auxiliaries(parse, verb) and not parse.children(verb, "nsubj"):
        yield "participle-clause"


def _complement(parse: Parse, verb: int) -> Iterator[str]:
    """Clauses, infinitives and -ing forms that a verb or a preposition takes."""
    one, head = parse.tokens[verb], parse.lemma(parse.tokens[verb].head)
    if one.pos not in {"VERB", "AUX"} or one.dep not in CLAUSES:
        return
    before = [k for k in parse.children(verb) if k < verb]
    asks = any(parse.tag(k) in {"WP", "WRB", "WDT"} for k in before)
    to = any(parse.tag(k) == "TO" for k in before)
    marks = {parse.word(k) for k in before if parse.tokens[k].dep == "mark"}
    mine = before and parse.start(verb) <= before[0]
    if not mine and one.tag != "VBG":
        return
    if to and asks:
        yield "wh-infinitive"
    elif to and "for" in marks:
        yield "for-infinitive"
    elif to and head in {"ask", "tell"} and one.dep in {"xcomp", "ccomp", "advcl"}:
        yield "ask-to-do"
    elif one.dep == "ccomp" and one.head < verb:
        yield from _content(parse, verb, head, marks, asks=asks)
    elif one.dep in {"xcomp", "pcomp"} and one.tag == "VBG" and one.head < verb:
        yield "preposition-ing" if one.dep == "pcomp" else "verb-ing"


def _content(parse: Parse, verb: int, head: str, marks: set[str], *, asks: bool) -> Iterator[str]:
    """What stands as the object of a verb: that-clauses, indirect questions, causatives."""
    tag = parse.tag(verb)
    subject = bool(parse.children(verb, "nsubj", "nsubjpass", "expl"))
    if marks & {"whether"}:
        yield "whether"
    elif asks and head in QUESTIONS:
        yield "wh-clause"
    elif tag == "VB" and subject and head in {"make", "let", "have"} and not _modal(parse, verb):
        yield "causative"
    elif tag == "VBN" and subject and head in {"have", "get"} and not _auxiliaries(parse, verb):
        yield "have-done"
    elif subject and head == "tell":
        yield "reported-tell"
    elif subject and head in SAYS:
        yield "reported-say"
    elif subject and "that" in marks:
        yield "that-clause"
    elif subject and head in {"think", "know", "hope", "believe", "guess"}:
        yield "clause-without-that"


def _relative(parse: Parse, verb: int) -> Iterator[str]:
    """Relative clauses by their pronoun."""
    one = parse.tokens[verb]
    if one.dep != "relcl":
        return
    for pronoun in range(one.head + 1, verb):
        if parse.tag(pronoun) not in {"WP", "WDT", "WP$", "WRB"} and parse.word(pronoun) != "that":
            continue
        if parse.tokens[pronoun].dep in {"nsubj", "nsubjpass"}:
            yield "relative-which" if parse.word(pronoun) == "which" else "relative-subject"
        elif parse.pos(pronoun - 1) == "ADP" and parse.word(pronoun) in {"which", "whom"}:
            yield "relative-preposition"
        elif parse.tag(pronoun) == "WRB":
            yield "relative-adverb"
        else:
            yield "relative-object"
        return
    if parse.children(verb, "nsubj", "nsubjpass"):
        yield "relative-bare"


def _compared(parse: Parse, n: int) -> Iterator[str]:
    """Comparatives, superlatives and "as ... as"."""
    word, before = parse.word(n), parse.word(n - 1)
    graded = parse.tag(n) in {"JJ", "RB"}
    more = before == "more" and graded
    if (parse.tag(n) in {"JJR", "RBR"} and word not in {"more", "less"}) or more:
        strong = parse.word(n - 2) if more else before
        if strong in INTENSIFIERS:
            yield "comparative-intensified"
        yield "comparative-more" if more else "comparative-er"
    elif parse.tag(n) in {"JJS", "RBS"} and word not in {"most", "least"}:
        yield "superlative-est"
    elif before == "most" and graded and parse.word(n - 2) in {"the", "my", "our", "their"}:
        yield "superlative-most"
    elif before == "as" and graded and parse.word(n + 1) == "as" and word not in {"well", "soon"}:
        yield "as-as"


def _fixed(parse: Parse, n: int) -> Iterator[str]:
    """Structures with a word of their own."""
    to = _infinitive(parse, n)
    word, lemma = parse.word(n), parse.lemma(n)
    if word == "there" and parse.tokens[n].dep == "expl":
        yield "there-be"
    if to is None or to <= n:
        return
    if word == "used" and not _auxiliaries(parse, n):
        yield "used-to"
    elif lemma == "have" and to - n <= 3:  # noqa: PLR2004 - "have to" with an adverb between at most
        yield "have-to"
    elif word == "able":
        yield "be-able-to"
    elif word == "going":
        yield "be-going-to"
    elif lemma == "be" and parse.children(n, "acomp") and parse.word(n - 1) == "it":
        yield "it-to-do"
    elif parse.pos(n) == "VERB" and lemma not in {"ask", "tell"}:
        yield "verb-to-do"
