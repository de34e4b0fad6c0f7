"""One and many: nouns after number words, "a", "much", and nouns that are not counted."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.grammar_rules.forms import plural
from pipeline.grammar_rules.parse import NOUN_TAGS, Hit, Parse, Rule
from pipeline.grammar_rules.words import (
    ADJECTIVE_PEOPLE,
    AN_AMOUNT,
    COUNTED,
    COUNTED_MASS,
    GROUPS,
    MASS,
    NUMBERS,
    OWNED,
    OWNERS_IN_S,
    SAME,
    SINGULAR_S,
    VERSUS,
)

MANY = frozenset({"many", "several", "few", "various", "these", "those", "both", "fewer"})
OWNERS = frozenset("the my your his her our their these those its".split())
UNMARKED = GROUPS | SAME | ADJECTIVE_PEOPLE
UNCHANGED = frozenset("head star grade tomorrow today tonight please pm am plus".split())
"""What stands unmarked behind a number: "ten head of cattle", "a four star hotel", "at six tomorrow", "the 7 plus"."""
NO_NUMBER = frozenset({"%", "$", "€", "£", "number", "room", "page", "chapter", "level", "world"})


def alone(parse: Parse, n: int) -> bool:
    """Whether a token is a singular noun that could be counted and is the whole of its noun group."""
    word = parse.word(n)
    plain = word.isalpha() and len(word) > 2 and word not in UNMARKED  # noqa: PLR2004 - "TV", "pm"
    return parse.tag(n) == "NN" and plain and not parse.noun_goes_on(n)


def _noun_after(parse: Parse, n: int) -> int | None:
    """The noun at a place or after one adjective."""
    for at in (n, n + 1):
        if parse.tag(at) in NOUN_TAGS:
            return at
        if parse.tag(at) not in {"JJ", "JJS", "JJR"}:
            return None
    return None


def number_noun(parse: Parse) -> Iterator[Hit]:
    """Two brother; many friend."""
    for n in range(len(parse)):
        word = parse.word(n)
        number = word in NUMBERS or (word.isdigit() and 1 < int(word) < 1000)  # noqa: PLR2004 - a year is no count
        if not (number or word in MANY) or parse.word(n - 1) in NO_NUMBER | {"a", "-", "the"} & (
            {"a"} if number else {"a", "-"}
        ):
            continue
        noun = _noun_after(parse, n + 1)
        if noun is None or not alone(parse, noun) or n not in parse.children(noun):
            continue
        if number and (parse.word(noun) in UNCHANGED or parse.pos(n - 1) == "NUM"):
            continue
        if parse.word(noun) in MASS or (
            word in {"both", "these", "those"} and parse.word(noun + 1) in {"and", "of"}
        ):
            continue
        if (word in {"these", "those"} and parse.word(noun) not in COUNTED) or parse.word(
            noun + 1
        ) in {"and", "or"}:
            continue
        better = plural(parse.tokens[noun].text)
        yield Hit(noun, noun, better, f"After “{word}” the noun is plural: “{better}”.")


def one_of(parse: Parse) -> Iterator[Hit]:
    """One of my friend."""
    for n in range(len(parse)):
        if parse.word(n) != "one" or parse.word(n + 1) != "of" or parse.word(n + 2) not in OWNERS:
            continue
        at = n + 3
        while parse.tag(at) in {"JJ", "JJS", "RBS", "VBG", "VBN"}:
            at += 1
        if alone(parse, at) and parse.word(at) not in MASS | {"kind"}:
            better = plural(parse.tokens[at].text)
            yield Hit(at, at, better, f"“One of” takes the plural: “{better}”.")


def a_plural(parse: Parse) -> Iterator[Hit]:
    """A books; another problems; every days."""
    for n in range(len(parse)):
        word = parse.word(n)
        if word not in {"a", "an", "another", "every", "each"} or parse.pos(n) != "DET":
            continue
        noun = _noun_after(parse, n + 1)
        if noun is None or parse.tag(noun) != "NNS" or parse.noun_goes_on(noun):
            continue
        if parse.word(noun + 1) in VERSUS:
            continue
        form = parse.word(noun)
        if (
            form in SINGULAR_S | SAME | COUNTED_MASS.keys() | {"ways"}
            or not form.endswith("s")
            or n not in parse.children(noun)
        ):
            continue
        if noun > n + 1 and parse.word(n + 1) in {
            "few",
            "good",
            "great",
            "many",
            "hundred",
            "thousand",
            "couple",
            "dozen",
            "other",
            "single",
        }:
            continue
        single = parse.lemma(noun)
        if single == form or (noun > n + 1 and single not in COUNTED):
            continue
        yield Hit(noun, noun, single, f"“{word.capitalize()}” means one: “{single}”.")


def lot_of(parse: Parse) -> Iterator[Hit]:
    """A lot of friend."""
    for n in range(len(parse)):
        if parse.word(n) not in {"lot", "lots", "plenty"} or parse.word(n + 1) != "of":
            continue
        noun = _noun_after(parse, n + 2)
        if noun is not None and alone(parse, noun) and parse.word(noun) in COUNTED:
            better = plural(parse.word(noun))
            yield Hit(noun, noun, better, f"“A lot of” takes the plural: “{better}”.")


def uncounted(parse: Parse) -> Iterator[Hit]:
    """Informations; childrens."""
    for n in range(len(parse)):
        word = parse.word(n)
        verb = parse.tag(n) == "VBZ" and word in {
            "mans",
            "progresses",
            "stuffs",
            "evidences",
            "peoples",
        }
        if (
            word in COUNTED_MASS
            and not verb
            and not (word in OWNERS_IN_S and parse.word(n + 1) in OWNED)
            and parse.tag(n) not in {"NNP", "NNPS"}
            and parse.tag(n + 1) not in NOUN_TAGS | {"POS", "JJ"}
        ):
            better = COUNTED_MASS[word]
            yield Hit(n, n, better, f"The noun has no form “{word}”: “{better}”.")


def a_mass(parse: Parse) -> Iterator[Hit]:
    """A advice; an information."""
    for n in range(len(parse)):
        if parse.word(n) not in {"a", "an"}:
            continue
        noun = n + 1
        word = parse.word(noun)
        if (
            word in AN_AMOUNT
            and parse.tag(noun) in {"NN", "NNS"}
            and parse.tag(noun + 1) not in NOUN_TAGS | {"HYPH", "POS", "JJ", "VBG", "VBN", "DT"}
        ):
            better = AN_AMOUNT[word]
            yield Hit(n, noun, better, f"“{word.capitalize()}” is not counted: “{better}”.")


def much_many(parse: Parse) -> Iterator[Hit]:
    """Much friends; many money."""
    for n in range(len(parse)):
        word, noun = parse.word(n), n + 1
        if word not in {"much", "many"} or n not in parse.children(
            noun if noun < len(parse) else n
        ):
            continue
        form = parse.word(noun)
        if parse.noun_goes_on(noun):
            continue
        if word == "much" and (
            form == "people"
            or (parse.tag(noun) == "NNS" and form.endswith("s") and form not in SINGULAR_S)
        ):
            yield Hit(n, n, "many", f"“{form.capitalize()}” can be counted: “many {form}”.")
        if word == "many" and form in MASS and parse.tag(noun) == "NN":
            yield Hit(
                n,
                n,
                "much",
                f"“{form.capitalize()}” is not counted: “much {form}” or “a lot of {form}”.",
            )


RULES = (
    Rule(
        id="CQ_NUMBER_NOUN",
        check=number_noun,
        wrong=(
            "I have two [brother|brothers].",
            "There were many [student|students] in the room.",
            "We stayed there three [day|days].",
            "I bought several nice [book|books].",
        ),
        right=(
            "It is a two hour drive.",
            "He is five years old.",
            "Many a man has tried.",
            "I have twenty percent.",
            "She has two cheese sandwiches.",
            "We saw three deer.",
            "The five year plan failed.",
            "We have ten head of cattle.",
            "I will take the 10 30 train.",
            "A table for three tomorrow.",
            "Get 2 please.",
            "I still have the 7 plus.",
        ),
    ),
    Rule(
        id="CQ_ONE_OF",
        check=one_of,
        wrong=(
            "One of my [friend|friends] is here.",
            "It is one of the most beautiful [city|cities] in Italy.",
        ),
        right=(
            "One of my father's friends is here.",
            "He is one of the family.",
            "One of the team called.",
        ),
    ),
    Rule(
        id="CQ_A_PLURAL",
        check=a_plural,
        wrong=("I have a [books|book] here.", "I get up early every [days|day]."),
        right=(
            "I have a few books.",
            "It is a sports car.",
            "I know a lot of people.",
            "We have a long ways to go.",
            "I would like to see a phillies vs braves game.",
            "A news show was on.",
            "He goes to a boys' school.",
        ),
    ),
    Rule(
        id="CQ_LOT_OF",
        check=lot_of,
        wrong=("I have a lot of [friend|friends].",),
        right=("I have a lot of friends.", "I have a lot of work.", "There is a lot of room."),
    ),
    Rule(
        id="CQ_UNCOUNTED",
        check=uncounted,
        wrong=(
            "He gave me many [informations|information].",
            "She has two [childrens|children].",
            "There were many [peoples|people] there.",
        ),
        right=(
            "The people's choice is clear.",
            "It changed peoples lives.",
            "Technology has an effect on peoples lives because it is easier.",
            "Teens watch other peoples lives how great they are.",
            "He gave me information.",
        ),
    ),
    Rule(
        id="CQ_A_MASS",
        check=a_mass,
        wrong=("He gave me [an advice|some advice].", "I have [a homework|homework]."),
        right=(
            "I have a homework assignment.",
            "We can take a music a drama or an art class.",
            "There was a traffic jam.",
            "He has a good knowledge of English.",
        ),
    ),
    Rule(
        id="CQ_MUCH_MANY",
        check=much_many,
        wrong=("I don't have [much|many] friends.", "He has [many|much] money."),
        right=(
            "I don't have much time.",
            "Thank you very much, guys.",
            "There was much good news.",
        ),
    ),
)
