"""Subject and verb."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.grammar_rules.forms import PASTS, base_of, third
from pipeline.grammar_rules.parse import Hit, Parse
from pipeline.grammar_rules.words import (
    ADJECTIVE_PEOPLE,
    BARE_AFTER,
    GROUPS,
    HELPERS,
    INDEFINITE,
    MANDATIVE,
    NAMING,
    PERSONS,
    SAME,
    SINGULAR_S,
    UNITS,
    UNREAL,
    VERSUS,
)

SINGULAR = frozenset({"he", "she", "it", "this"})
PLURAL = frozenset({"i", "you", "we", "they", "these", "those"})
DETERMINERS = frozenset(
    "a an the this that my your his her its our their every each another one".split()
)
MANY = frozenset(
    "two three four five six seven eight nine ten many several some few these those all most".split()
)
JOINS = frozenset({"and", "or", "nor", "&", "plus", "with", "like", "vs", "versus"})
REACH = 6
"""Tokens before a verb in which a helper ("does", "can", "let") may stand that wants its base form."""
WHERE = frozenset({"in", "at", "on", "near", "around", "by", "from"})
"""What stands behind a noun with one of these says where it is, and a relative clause may still go with the noun."""
EACH = frozenset({"one", "each"})
PLURAL_PEOPLE = frozenset({"people", "children", "men", "women", "police"})


def finite(parse: Parse, verb: int) -> int:
    """The word of a verb group that agrees with the subject: its first auxiliary, or the verb."""
    helpers = [k for k in parse.children(verb, "aux", "auxpass") if k < verb]
    return helpers[0] if helpers else verb


def _pairs(parse: Parse) -> Iterator[tuple[int, int]]:
    """Subject and finite verb of each clause that can be judged."""
    for verb in range(len(parse)):
        if parse.pos(verb) not in {"VERB", "AUX"}:
            continue
        subject = parse.subject(verb)
        if subject is None:
            continue
        agreeing = finite(parse, verb)
        ok = parse.tag(agreeing) in {"VBP", "VBZ", "VB", "VBD"} and "'" not in parse.word(agreeing)
        if (
            ok
            and not parse.children(subject, "conj", "cc")
            and not _two_verbs(parse, subject, agreeing)
        ):
            yield subject, agreeing


def _two_verbs(parse: Parse, subject: int, verb: int) -> bool:
    inside = parse.between(subject, verb)
    return any(
        parse.pos(k) in {"VERB", "AUX", "SCONJ"} or parse.word(k) in {"who", "that", ","}
        for k in inside
    )


def _licensed(parse: Parse, subject: int, verb: int) -> bool:
    """Whether something before the subject may want a base form or an unreal "were"."""
    before = parse.before(max(subject, verb))
    if MANDATIVE.intersection(before) or (
        parse.word(verb) == "were" and UNREAL.intersection(before)
    ):
        return True
    near = range(max(parse.start(verb), min(subject, verb) - REACH), verb)
    if any(parse.word(k) in HELPERS and k != verb for k in near):
        return parse.tag(verb) == "VB" or parse.word(verb) not in {"am", "are", "were"}
    head = parse.tokens[verb].head
    return head < subject and parse.lemma(head) in BARE_AFTER and parse.tokens[verb].dep == "ccomp"


def _joined(parse: Parse, subject: int) -> bool:
    """Whether the subject may be the end of "my mother and my brother" that the parse missed."""
    left = subject
    while left > parse.start(subject) and parse.pos(left - 1) in {
        "DET",
        "ADJ",
        "PRON",
        "NOUN",
        "NUM",
        "PROPN",
        "ADV",
    }:
        left -= 1
    at = left - 1
    if parse.word(at) not in JOINS or at < parse.start(subject):
        return False
    return parse.pos(at - 1) in {"NOUN", "PROPN", "PRON"} and parse.pos(
        parse.tokens[at].head
    ) not in {"VERB", "AUX"}


def _agreed(parse: Parse, verb: int, *, singular: bool, first: bool = False) -> str:
    word, base = parse.word(verb), base_of(parse.word(verb), parse.lemma(verb))
    if word in {"was", "were"}:
        return "was" if singular or first else "were"
    if singular:
        return third(base)
    if base == "be":
        return "am" if first else "are"
    return base


def pronoun_verb(parse: Parse) -> Iterator[Hit]:
    """He go; they goes."""
    for subject, verb in _pairs(parse):
        who, word = parse.word(subject), parse.word(verb)
        if _joined(parse, subject) or (word == "have" and verb < subject):
            continue  # "have it delivered" asks nothing
        if who == "it" and parse.word(subject - 1) in NAMING:
            continue
        if who in SINGULAR and _is_plural(parse, verb):
            ok = parse.tag(verb) != "VB" or who in {"he", "she"}
            if ok and not _licensed(parse, subject, verb):
                better = _agreed(parse, verb, singular=True)
                yield Hit(verb, verb, better, f"After “{who}” the verb is “{better}”.")
        elif who in PLURAL and (parse.tag(verb) == "VBZ" or (word == "was" and who != "i")):
            better = _agreed(parse, verb, singular=False, first=who == "i")
            said = "I" if who == "i" else who
            if better != word and abs(subject - verb) <= REACH:
                yield Hit(verb, verb, better, f"With “{said}” the verb is “{better}”.")


def _is_plural(parse: Parse, verb: int) -> bool:
    word = parse.word(verb)
    if word in {"are", "were", "have", "do", "am"}:
        return True
    same = word in {"be", "been", "thank", "please"} | PASTS.keys() or word == third(
        parse.lemma(verb)
    )
    return parse.tag(verb) in {"VBP", "VB"} and parse.lemma(verb) == word and not same


def noun_verb(parse: Parse) -> Iterator[Hit]:
    """My brother live; my friends lives."""
    for subject, verb in _pairs(parse):
        noun = parse.word(subject)
        if _joined(parse, subject) or _asked_of(parse, subject, verb):
            continue
        if parse.word(verb) in {"be", "been"} or VERSUS.intersection(parse.before(verb)):
            continue
        if (
            _one(parse, subject)
            and _is_plural(parse, verb)
            and verb > subject
            and parse.tag(verb) != "VB"
        ):
            if not _licensed(parse, subject, verb) and not _inverted(parse, subject, verb):
                better = _agreed(parse, verb, singular=True)
                yield Hit(verb, verb, better, f"“{noun}” is one: the verb is “{better}”.")
        elif _several(parse, subject) and (parse.tag(verb) == "VBZ" or parse.word(verb) == "was"):
            better = _agreed(parse, verb, singular=False)
            if better != parse.word(verb) and verb > subject:
                yield Hit(verb, verb, better, f"“{noun}” is plural: the verb is “{better}”.")


def _asked_of(parse: Parse, subject: int, verb: int) -> bool:
    """Whether the true subject follows: "what dates is that on"."""
    asked = any(parse.word(k) in {"what", "which"} for k in parse.children(subject))
    return (
        asked and parse.pos(verb) == "AUX" and parse.word(verb + 1) in SINGULAR | {"that", "there"}
    )


def _inverted(parse: Parse, subject: int, verb: int) -> bool:
    joins = {"and", "or", "not", "but"} | (set() if parse.word(subject) in EACH else {"of"})
    return any(parse.word(k) in joins for k in parse.between(subject, verb))


def _one(parse: Parse, subject: int) -> bool:
    noun = parse.word(subject)
    of = any(parse.word(k) == "of" for k in parse.children(subject))
    if noun in INDEFINITE or (noun in EACH and of):
        return True
    if parse.tag(subject) != "NN" or noun in GROUPS | SAME | ADJECTIVE_PEOPLE | SINGULAR_S:
        return False
    words = {parse.word(k) for k in parse.children(subject)}
    return bool(words & DETERMINERS) and not words & (MANY | JOINS | {",", "number", "of"})


def _several(parse: Parse, subject: int) -> bool:
    noun = parse.word(subject)
    if noun in PLURAL_PEOPLE:
        return not any(parse.word(k) in {"a", "one", "of"} for k in parse.children(subject))
    if parse.tag(subject) != "NNS" or noun in SINGULAR_S or parse.lemma(subject) in UNITS | SAME:
        return False
    if parse.tag(subject - 1) == "VBG" or noun in SAME | {"others"}:
        return False  # "adding comments makes it clear": the doing is the subject
    words = {parse.word(k) for k in parse.children(subject)}
    numbers = any(parse.pos(k) == "NUM" for k in parse.children(subject))
    return not words & {"a", "an", "of", ",", "this", "that", "more"} and not numbers


def persons_verb(parse: Parse) -> Iterator[Hit]:
    """My mother and my father is; my friend and I was."""
    for verb in range(len(parse)):
        subject = parse.subject(verb)
        if subject is None or parse.lemma(subject) not in PERSONS or subject > verb:
            continue
        joined = [k for k in parse.children(subject, "conj") if k < verb]
        cc = [parse.word(k) for k in parse.children(subject, "cc")]
        agreeing = finite(parse, verb)
        if (
            len(joined) != 1
            or cc != ["and"]
            or (parse.tag(agreeing) != "VBZ" and parse.word(agreeing) != "was")
        ):
            continue
        other = joined[0]
        known = parse.lemma(other) in PERSONS or parse.word(other) in {"i", "me"}
        if (
            known
            and "'" not in parse.word(agreeing)
            and agreeing > other
            and not _two_verbs(parse, other, agreeing)
        ):
            better = _agreed(parse, agreeing, singular=False)
            yield Hit(agreeing, agreeing, better, f"Two people: the verb is “{better}”.")


def relative_verb(parse: Parse) -> Iterator[Hit]:
    """A man who live; people who lives."""
    for verb in range(len(parse)):
        if parse.tokens[verb].dep != "relcl":
            continue
        who, noun, agreeing = parse.subject(verb), parse.tokens[verb].head, finite(parse, verb)
        if who is None or parse.word(who) not in {"who", "which", "that"} or noun != who - 1:
            continue
        if _inside_another(parse, noun):
            continue
        if parse.children(noun, "conj") or parse.tokens[noun].dep == "conj":
            continue
        if parse.word(who) == "which" and parse.tokens[verb].lemma == "be":
            continue  # "I like films, which is good": all that was said may be meant
        if "'" in parse.word(agreeing) or _two_verbs(parse, who, agreeing):
            continue
        if _one(parse, noun) and _is_plural(parse, agreeing) and parse.tag(agreeing) == "VBP":
            better = _agreed(parse, agreeing, singular=True)
        elif _several(parse, noun) and (
            parse.tag(agreeing) == "VBZ" or parse.word(agreeing) == "was"
        ):
            better = _agreed(parse, agreeing, singular=False)
        else:
            continue
        yield Hit(
            agreeing, agreeing, better, f"The verb goes with “{parse.word(noun)}”: “{better}”."
        )


def _inside_another(parse: Parse, noun: int) -> bool:
    """Whether the verb may go with a noun before: "one of the girls who live", "hotels in the area that are"."""
    if parse.tokens[noun].dep == "pobj" and parse.word(parse.tokens[noun].head) == "of":
        return True
    at = noun - 1
    while parse.pos(at) in {"DET", "ADJ", "NOUN", "PROPN", "PRON"} and at > parse.start(noun):
        at -= 1
    return parse.word(at) in WHERE and parse.tag(at - 1) == "NNS" and parse.tag(noun) == "NN"
