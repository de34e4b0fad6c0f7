"""Signs by which a reply gives a time, a place, a person, a number, a reason, a yes or a no."""

from __future__ import annotations

import re
from collections.abc import Sequence

WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
FUNCTION = frozenset(
    """a an the this that these those some any each every no not and or but if so because as than then of in on at to
    for from with by about into over under up down out off again i me my mine myself you your yours yourself he him
    his she her hers it its we us our ours they them their theirs who whom whose which what when where why how am is
    are was were be been being do does did doing have has had having can could will would shall should may might must
    there here just too very also only i'm i've i'd i'll it's that's you're you'd we're they're don't doesn't didn't
    can't isn't let's let please""".split()  # noqa: SIM905 - a hundred quotation marks are no easier to read
)
"""English function words: shared, they say nothing of the matter."""
POLITE = frozenset(
    """yes yeah yep yup no nope nah not sure ok okay alright right well oh um uh thanks thank hello hi bye please fine
    good great nice correct maybe perhaps really exactly""".split()  # noqa: SIM905 - the same
)
"""Words that fit after anything, and so answer only what asks for them."""
TIME = (
    r"times?|days?|dates?|years?|months?|weeks?|hours?|minutes?|seconds?|mornings?|afternoons?|evenings?|nights?|"
    r"weekends?|season|century"
)
NUMBER = (
    r"\d+\w*|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty|"
    r"seventy|eighty|ninety|hundred|thousand|million|half|quarter|first|second|third|once|twice|couple|dozen"
)
YES_NO = (
    r"yes|yeah|yep|yup|yea|no|nope|nah|not|never|sure|certainly|definitely|absolutely|exactly|of course|ok|okay|"
    r"alright|right|correct|true|maybe|perhaps|probably|possibly|please do|go ahead|both|neither|great|good|perfect|fine|"
    r"(?:i|we|you|he|she|they|it|that) (?:do|does|did|don't|doesn't|didn't|am|is|are|was|were|isn't|wasn't|can|can't|"
    r"could|will|won't|would|have|has|haven't|hasn't|think so|hope so|guess so|works?|sounds?|suits?)"
)
SIGNS = {
    "yes-no": YES_NO,
    "tag": YES_NO,
    "request": rf"{YES_NO}|here",
    "when": (
        rf"{NUMBER}|{TIME}|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|march|april|may|june|july|august|"
        r"september|october|november|december|today|tomorrow|yesterday|tonight|now|soon|ago|later|noon|midnight|"
        r"always|never|sometimes|often|usually|rarely|seldom|every|before|after|when|until|since|during|summer|winter|"
        r"spring|autumn|fall|early|late|already|recently|any ?time|am|pm|o'clock|next|last|whenever|long"
    ),
    "how many": rf"{NUMBER}|many|much|few|lots?|some|none|no|nobody|several|all|both|enough|any|only|just|more|less|free|cheap|expensive|far|near|close|very|too",
    "where": (
        r"(?:in|at|on|near|from|inside|outside|around|behind|under|into|between|by|through|beside|across|opposite|"
        rf"along|next to|to (?:the|a|my|our|school|work|church)) (?!\d|(?:the )?(?:{TIME})\b)\w+|here|there|home|abroad|\w+where|downtown|upstairs|downstairs"
    ),
    "who": (
        r"he|she|they|we|him|her|them|us|me|myself|i|you|(?:my|his|her|our|their|your|the|an?) \w+|(?:no|some|any|every)"
        r"(?:body| ?one)|mr|mrs|ms|people|friends?|family|alone|mine|yours|hers|theirs|with|by"
    ),
    "why": r"because|cause|'?cos|cuz|since|so|for|as|due|to \w+|that's why|thanks to|reason|in order|if",
    "how": r"by|with|well|very|good|bad|badly|fine|great|ok|okay|not|so|quite|it's|\w+ly|like|on foot|alone",
}
"""By the kind of question: what shows that the reply gives that."""
OPEN = frozenset({"what", "how", "request"})
"""Kinds to which anything of substance may be the answer."""
NAME = re.compile(r"(?<![.?!…])(?<!^)\s(?!I\b)[A-ZÀ-ÞŁŚŻ]\w+")
"""A capital inside a sentence."""
SHORT = 3
"""Words: "San Francisco, please" names its place or person without a preposition."""
ANY_OPTION = re.compile(
    r"\b(?:both|either|neither|none|any|all|first|second|former|latter|last|no preference|doesn't matter|don't mind|"
    r"don't care|no)\b",
    re.IGNORECASE,
)
STEM = 5
"""Letters by which "walking" is "walks"."""


def words(text: str) -> list[str]:
    """Lower-case words with their apostrophes straight."""
    return [one[0].casefold().replace("\u2019", "'") for one in WORD.finditer(text)]


def content(text: str) -> frozenset[str]:
    """Its words, by their first letters, without function words and without what fits after anything."""
    return frozenset(one[:STEM] for one in words(text) if one not in FUNCTION | POLITE)


def gives(kind: str, reply: str) -> bool:
    """Whether the reply holds a sign of what that kind of question asks for."""
    if kind in OPEN and content(reply):
        return True
    if kind == "what":
        return False
    plain = " ".join(words(reply))
    if re.search(rf"(?<!\w)(?:{SIGNS[kind]})(?!\w)", plain):
        return True
    if kind in {"where", "who"}:
        short = len(words(reply)) <= SHORT and bool(content(reply))
        return bool(NAME.search(reply)) or short
    return False


def named(options: Sequence[str], reply: str) -> bool:
    """Whether the reply names one of the alternatives, or all, or none of them."""
    return bool(content(reply) & set(options)) or bool(ANY_OPTION.search(reply))
