"""Forms of the verb: after auxiliaries, after "to", after "have" and "be", after prepositions."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.grammar_rules.forms import (
    BE,
    IRREGULAR,
    ONLY_PASTS,
    PASTS,
    base_of,
    gerund,
    participle,
    past,
    third,
)
from pipeline.grammar_rules.parse import NOUN_TAGS, Hit, Parse
from pipeline.grammar_rules.words import PURE_VERBS

DOS = frozenset({"do", "does", "did"})
MODALS = frozenset("can could will would shall should may might must ca wo 'll".split())
PASSED_OVER = frozenset({"PRON", "NOUN", "PROPN", "DET", "ADV", "PART", "ADJ"})
HAVES = frozenset({"have", "has", "had", "'ve", "having"})
SINCE_WHEN = frozenset(
    {"never", "ever", "already", "just", "always", "not", "n't", "also", "recently"}
)
WISHES = frozenset("want need try decide hope plan learn wish".split())
OBJECTS = frozenset({"me", "him", "her", "us", "them", "you"})
ENJOYED = frozenset("enjoy avoid finish dislike practise practice suggest mind imagine".split())
PREPOSITIONS = frozenset("for of without about by after before in from at instead".split())
NEVER_PASSIVE = frozenset("happen die occur exist belong appear disappear arrive".split())
ALL_ONE_CAN = frozenset("what whatever everything anything all best much that".split())
"""In "I did all I could to help" the "to" says what for."""


def _auxiliaries(parse: Parse, verb: int) -> list[int]:
    """Auxiliaries before a verb with nothing but subject and adverbs between."""
    return [
        k
        for k in parse.children(verb, "aux")
        if k < verb
        and all(
            parse.pos(m) in PASSED_OVER or m in parse.children(verb) for m in parse.between(k, verb)
        )
    ]


def _not_base(parse: Parse, verb: int) -> str | None:
    """The base form of a verb that stands in another form, None when it is the base already."""
    word = parse.word(verb)
    if word in PASTS:
        return PASTS[word]
    base = parse.lemma(verb)
    if word == base or word in BE:
        return None
    if parse.tag(verb) == "VBZ" and word == third(base):
        return base
    return base if parse.tag(verb) in {"VBD", "VBN"} and word == past(base) else None


def after_auxiliary(parse: Parse) -> Iterator[Hit]:
    """Did went; can goes; doesn't likes."""
    for verb in range(len(parse)):
        if parse.pos(verb) not in {"VERB", "AUX"} or parse.word(verb) == "used":
            continue
        helpers = _auxiliaries(parse, verb)
        if not helpers or len(parse.children(verb, "aux", "auxpass")) != 1:
            continue
        helper = parse.word(helpers[0])
        base = _not_base(parse, verb)
        if (
            base
            and helper in DOS | MODALS
            and not any(parse.word(k) in {",", "and"} for k in parse.between(helpers[0], verb))
        ):
            full = {"ca": "can", "wo": "will", "'ll": "will"}.get(helper, helper)
            yield Hit(
                verb, verb, base, f"After “{full}” the verb stays in its base form: “{base}”."
            )


def modal_to(parse: Parse) -> Iterator[Hit]:
    """Must to go."""
    for n in range(len(parse)):
        after_modal = parse.tag(n) == "MD" and parse.word(n) in {
            "must",
            "can",
            "should",
            "could",
            "may",
            "might",
        }
        verb = n + 2
        if (
            after_modal
            and parse.word(n + 1) == "to"
            and parse.tag(verb) == "VB"
            and parse.pos(n - 1) in {"PRON", "NOUN"}
            and not ALL_ONE_CAN.intersection(parse.before(n))
        ):
            yield Hit(n + 1, verb, parse.word(verb), f"After “{parse.word(n)}” there is no “to”.")


def after_to(parse: Parse) -> Iterator[Hit]:
    """To went; to goes."""
    for n in range(1, len(parse)):
        if (
            parse.word(n - 1) != "to"
            or parse.tag(n - 1) != "TO"
            or parse.pos(n) not in {"VERB", "AUX"}
        ):
            continue
        word = parse.word(n)
        base = PASTS.get(word)
        if base is None and parse.tag(n) in {"VBD", "VBZ"} and word != parse.lemma(n):
            base = parse.lemma(n)
        if (
            base
            and word not in {"left", "lost", "found", "'s"}
            and parse.tag(n + 1) not in NOUN_TAGS
        ):
            yield Hit(n, n, base, f"After “to” the verb stays in its base form: “{base}”.")


def wish_to_gerund(parse: Parse) -> Iterator[Hit]:
    """I want to going."""
    for n in range(len(parse)):
        if (
            parse.lemma(n) in WISHES
            and parse.pos(n) == "VERB"
            and parse.word(n + 1) == "to"
            and parse.tag(n + 2) == "VBG"
        ):
            base = base_of(parse.word(n + 2), parse.lemma(n + 2))
            if parse.tag(n + 3) not in NOUN_TAGS and parse.tokens[n + 2].lemma:
                yield Hit(
                    n + 2, n + 2, base, f"After “{parse.word(n)} to” comes the base form: “{base}”."
                )


def enjoy_to(parse: Parse) -> Iterator[Hit]:
    """I enjoy to play."""
    for n in range(len(parse)):
        if (
            parse.lemma(n) in ENJOYED
            and parse.pos(n) == "VERB"
            and parse.word(n + 1) == "to"
            and parse.tag(n + 2) == "VB"
        ):
            if parse.tag(n) == "VBN" and parse.word(n - 1) in BE:
                continue
            better = gerund(parse.word(n + 2))
            yield Hit(
                n + 1, n + 2, better, f"After “{parse.lemma(n)}” comes the -ing form: “{better}”."
            )


def make_to(parse: Parse) -> Iterator[Hit]:
    """It makes me to feel."""
    for n in range(len(parse)):
        if (
            parse.lemma(n) in {"make", "let"}
            and parse.pos(n) == "VERB"
            and parse.word(n + 1) in OBJECTS
        ):
            if parse.word(n + 2) == "to" and parse.tag(n + 3) == "VB":
                better = parse.word(n + 3)
                yield Hit(
                    n + 2, n + 3, better, f"After “{parse.lemma(n)}” and a person there is no “to”."
                )


def perfect(parse: Parse) -> Iterator[Hit]:
    """Have went; have never go."""
    for have in range(len(parse)):
        if parse.word(have) not in HAVES:
            continue
        verb = have + 1
        adverbs = False
        if (
            parse.word(verb) in {"i", "you", "he", "she", "we", "they"}
            and parse.word(verb + 1) in SINCE_WHEN
        ):
            verb += 1
        while parse.word(verb) in SINCE_WHEN:
            adverbs = adverbs or parse.word(verb) not in {"not", "n't"}
            verb += 1
        word = parse.word(verb)
        base = ONLY_PASTS.get(word)
        if word in {"forgot", "woke", "bore", "lay", "shook"} or (
            base is None and word not in IRREGULAR
        ):
            continue
        if base is None:
            bare = (
                word in PURE_VERBS and participle(word) != word and parse.tag(verb) in {"VB", "VBP"}
            )
            better_known = parse.word(have - 1) in {"to", "'d"} or parse.word(have) == "having"
            if not (bare and adverbs) or better_known or parse.word(verb - 1) in {"not", "n't"}:
                continue
            base = word
        better = participle(base)
        yield Hit(verb, verb, better, f"After “have” comes the third form: “{better}”.")


def be_past(parse: Parse) -> Iterator[Hit]:
    """I was went; it was happened."""
    for verb in range(1, len(parse)):
        be = parse.word(verb - 1)
        if (
            be not in {"am", "is", "are", "was", "were", "'m", "'re"}
            or parse.pos(verb - 1) != "AUX"
        ):
            continue
        word = parse.word(verb)
        base = ONLY_PASTS.get(word)
        never = parse.lemma(verb) in NEVER_PASSIVE and word.endswith("ed")
        if base is None and never and parse.tag(verb) in {"VBN", "VBD"}:
            base = parse.lemma(verb)
        if (
            base is None
            or parse.tag(verb) in NOUN_TAGS | {"JJ"}
            or word in {"forgot", "shot", "awoke", "broke", "woke"}
        ):
            continue
        better = past(base)
        yield Hit(verb - 1, verb, better, f"“{better}” needs no form of “be”.")


def be_base(parse: Parse) -> Iterator[Hit]:
    """I am agree; she is live here."""
    for verb in range(2, len(parse)):
        who, be, word = parse.word(verb - 2), parse.word(verb - 1), parse.word(verb)
        if who not in {"i", "he", "she", "we", "they"} or be not in {
            "am",
            "is",
            "are",
            "was",
            "were",
            "'m",
            "'re",
        }:
            continue
        if parse.tag(verb) not in {"VB", "VBP"} or (
            word not in PURE_VERBS
            and word not in {"agree", "live", "want", "need", "think", "disagree"}
        ):
            continue
        if participle(word) == word or word in {"be", "do"} or parse.tag(verb + 1) in NOUN_TAGS:
            continue
        better = past(word) if be in {"was", "were"} else third(word) if be == "is" else word
        yield Hit(
            verb - 1,
            verb,
            better,
            f"No form of “be” before the verb: “{who if who != 'i' else 'I'} {better}”.",
        )


def preposition_base(parse: Parse) -> Iterator[Hit]:
    """Thanks for help; without know."""
    for n in range(1, len(parse)):
        word, base = parse.word(n - 1), parse.word(n)
        if (
            word not in PREPOSITIONS
            or parse.pos(n - 1) not in {"ADP", "SCONJ"}
            or base not in PURE_VERBS
        ):
            continue
        if (
            parse.tag(n) not in {"VB", "VBP"}
            or parse.tag(n + 1) in {"HYPH", "POS", "CC"}
            or parse.word(n - 2) in {"what", "think", "look"}
        ):
            continue
        if word == "for":
            better = f"to {base}"
            yield Hit(n - 1, n, better, f"A purpose is said with “to”: “{better}”.")
        else:
            better = gerund(base)
            yield Hit(n, n, better, f"After “{word}” the verb ends in -ing: “{better}”.")
