"""There is and there are."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.grammar_rules.agreement import PLURAL_PEOPLE, finite
from pipeline.grammar_rules.parse import SUBJECTS, Hit, Parse, Rule
from pipeline.grammar_rules.words import GROUPS, SAME, SINGULAR_S, UNITS, UNREAL


def there_be(parse: Parse) -> Iterator[Hit]:
    """There is many people; there are a book."""
    for there in range(len(parse)):
        if parse.tokens[there].dep != "expl" or parse.word(there) != "there":
            continue
        verb = parse.tokens[there].head
        be = finite(parse, verb)
        things = [k for k in parse.children(verb, "attr", *SUBJECTS, "dobj") if k > max(be, there)]
        if not things or parse.word(be) not in {"is", "was", "are", "were"} or abs(be - there) > 1:
            continue
        thing = things[0]
        if parse.children(thing, "conj", "cc") or any(
            parse.word(k) in {"a", "an", "one", "no", "more"}
            for k in range(be, thing)
            if parse.word(be) in {"is", "was"}
        ):
            continue
        plural = parse.tag(thing) == "NNS" or parse.word(thing) in PLURAL_PEOPLE
        units = (
            parse.lemma(thing) in UNITS | SAME - PLURAL_PEOPLE or parse.word(thing) in SINGULAR_S
        )
        one = parse.tag(thing) == "NN" and parse.lemma(thing) not in GROUPS | SAME
        dets = {parse.word(k) for k in parse.children(thing, "det")}
        if plural and not units and parse.word(be) in {"is", "was"}:
            better = "are" if parse.word(be) == "is" else "were"
        elif (
            one
            and dets & {"a", "an"}
            and not UNREAL.intersection(parse.before(be))
            and parse.word(be) in {"are", "were"}
        ):
            better = "is" if parse.word(be) == "are" else "was"
        else:
            continue
        yield Hit(be, be, better, f"The verb goes with “{parse.word(thing)}”: “there {better}”.")


RULES = (
    Rule(
        id="CQ_THERE_BE",
        check=there_be,
        wrong=(
            "There [is|are] many people in my town.",
            "There [was|were] two dogs in the garden.",
            "There [are|is] a big park near my house.",
        ),
        right=(
            "There is a table and two chairs.",
            "There are a lot of people.",
            "There is a number of problems.",
            "There is news for you.",
            "There are a few shops.",
            "Is there a bank near here?",
        ),
    ),
)
