"""What a prompt asks for, and whether a reply gives that kind of thing; by words alone, as a listener would in passing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.answers import TIME, content, gives, named, words

Kind = Literal[
    "yes-no",
    "tag",
    "alternative",
    "who",
    "when",
    "where",
    "why",
    "how many",
    "how",
    "what",
    "request",
]
"""The kinds of question; a statement asks for nothing."""
Answer = Literal["in kind", "clause", "unknown", "asked back", "missed"]
"""`clause` is a full clause, which may be an indirect answer; `unknown` an honest "I don't know"; `asked back` a
question instead of an answer."""

SENTENCE = re.compile(r"(?<=[.?!…])\s+")
LEAD = re.compile(
    r"^(?:(?:and|so|but|ok|okay|well|now|then|oh|sure|right|yes|yeah|no|alright|all right|great|also|please|"
    r"hi|hello|um|uh|great|nice|good)\b[\s,.]*)+",
    re.IGNORECASE,
)
"""Words before the question proper: "Okay, so where do you live"."""
AUX = r"(?:do|does|did|is|are|am|was|were|can|could|will|would|shall|should|may|might|have|has|had)"
PERSON = r"(?:i|you|he|she|it|we|they|there|this|that|these|those)"
INVERTED = re.compile(
    rf"^(?:{AUX}(?:n't)?\s+{PERSON}|(?:is|are|was|were|does|did|can|could|will|would|should|has)(?:n't)?\s+"
    r"(?:the|your|my|his|her|our|their|any\w*|every\w*|some\w*|people))\b",
    re.IGNORECASE,
)
"""A verb before its subject; "have a nice day" and "do the dishes" are none."""
TAG = re.compile(
    rf"(?:,\s*(?:right|correct|ok|okay|yes|no|yeah)|,?\s+{AUX}n't\s+{PERSON}|,\s*{AUX}\s+{PERSON})\s*\?*$",
    re.IGNORECASE,
)
ECHO = re.compile(r"^(?:and|what about|how about) (?:you|yours?|yourself)\W*$", re.IGNORECASE)
SUGGESTED = re.compile(r"^(?:what|how) about\b", re.IGNORECASE)
REQUEST = re.compile(
    r"^(?:(?:can|could|will|would) you (?:please |maybe |just )?)?"
    r"(?:tell|describe|explain|talk|say|give|show|name|introduce|compare|let me know|go on|speak)\b",
    re.IGNORECASE,
)
INDIRECT = re.compile(r"^(?:do you (?:know|remember)|may i ask|can i ask)\b", re.IGNORECASE)
WH = re.compile(r"\b(?:what|who|whom|whose|when|where|why|which|how)\b.*", re.IGNORECASE)
UNMARKED = re.compile(
    rf"^(?:(?:at|in|on|to|for|from|with|by) )?(?:(?:when|where|why|how|who|what|which)(?:'(?:s|re|d|ll)| {AUX})\b"
    rf"|(?:what|which|whose|how)(?: (?!{PERSON}\b)\w+){{1,3}} {AUX}\b|who \w+)",
    re.IGNORECASE,
)
"""A question by its word order where nobody wrote the mark; "when I was young" is none."""
TAIL = 16
"""Letters of the longest tag, "shouldn't they?" with its mark."""
FRONT = 4
"""Words in which the question word stands ("and at what time"); later ones belong to a clause."""
KINDS: tuple[tuple[Kind, str], ...] = (
    ("why", r"why|how come|what(?: \w+)? for\W*$|for what reason"),
    (
        "when",
        rf"when|(?:what|which)(?: \w+)? (?:{TIME})|how (?:long|often|soon|late|early)",
    ),
    ("how many", r"how (?:many|much|old|far|tall|big|high|large|expensive)"),
    (
        "where",
        r"where|(?:what|which) (?:\w+ )?(?:city|cities|town|country|place|area|location|street|village|region)",
    ),
    ("who", r"whom?|whose|(?:what|which) (?:person|people)"),
    ("how", r"how"),
    ("what", r"what|which"),
)
OR = re.compile(r"\bor\b(?! (?:not|so|anything|whatever|what|no)\b)", re.IGNORECASE)
OTHER = re.compile(
    r"\s*(?:(?:some|any|an|a|maybe|perhaps)\s*)*(?:other|another|different|something|somewhere|someone|else)\b",
    re.IGNORECASE,
)
"""After "or" these leave the choice open."""
AROUND = 4
"""Words either side of "or" among which the alternatives are named."""
UNKNOWN = re.compile(
    r"\bi(?:'m| am) not (?:so |really |quite |very )?sure|\bi (?:really |still )?(?:don't|do not|can't|cannot|can not) "
    r"(?:really |exactly )?(?:know|remember|say|decide|think of)|\bno idea\b|\bit depends\b|\bi forgot\b|\bnot sure\b",
    re.IGNORECASE,
)
CLAUSE = re.compile(
    r"\b(?:i|you|he|she|it|we|they|there|this|that|these|those|(?:my|your|his|her|our|their|the|most|some|many) \w+|"
    r"people|everyone|everybody)(?:'\w+| (?!and\b|or\b)\w+)",
    re.IGNORECASE,
)
LONG = 3
"""Words of a clause: a subject, its verb and something of it."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing asked; `options` are the words of the alternatives, empty for other kinds."""

    kind: Kind
    text: str
    options: tuple[str, ...] = ()


def asked(prompt: str) -> tuple[Question, ...]:
    """Every question of a prompt, in order; none where it only states."""
    found = (_question(sentence) for sentence in SENTENCE.split(prompt.strip()))
    return tuple(one for one in found if one)


def answered(questions: Sequence[Question], reply: str) -> Answer:
    """How the reply answers whichever of the questions it answers best; not to be asked without any."""
    order: tuple[Answer, ...] = ("in kind", "unknown", "clause", "asked back", "missed")
    return min((_answer(one, reply) for one in questions), key=order.index)


def _question(sentence: str) -> Question | None:
    text = LEAD.sub("", sentence) or sentence
    marked = sentence.endswith("?")
    kind: Kind | None = None
    if ECHO.match(sentence) or ECHO.match(text):
        kind = "what"
    elif REQUEST.match(text) or INDIRECT.match(text):
        inner = WH.search(text)
        kind = (_kind(inner[0]) if inner else None) or "request"
    elif TAG.search(text) and (marked or "n't" in text[-TAIL:]):
        kind = "tag"
    elif (
        not INVERTED.match(text) and not SUGGESTED.match(text) and (marked or UNMARKED.match(text))
    ):
        kind = _kind(" ".join(text.split()[:FRONT]), text)
    if kind:
        return Question(kind, sentence)
    if marked or INVERTED.match(text):
        return _choice(text) or Question("yes-no", sentence)
    return None


def _kind(front: str, whole: str = "") -> Kind | None:
    """By the first question word and what it belongs to."""
    first = WH.search(front)
    if not first:
        return None
    rest = (whole or front)[first.start() :]
    return next(
        (kind for kind, form in KINDS if re.match(rf"(?:{form})\b", rest, re.IGNORECASE)), "what"
    )


def _choice(text: str) -> Question | None:
    parts = OR.split(text)
    if len(parts) == 1:
        return None
    if OTHER.match(parts[-1]):
        return Question("what", text)
    options = content(" ".join(words(parts[-2])[-AROUND:])) | content(
        " ".join(words(parts[-1])[:AROUND])
    )
    return Question("alternative", text, tuple(sorted(options))) if options else None


def _answer(question: Question, reply: str) -> Answer:
    if UNKNOWN.search(reply):
        return "unknown"
    if question.kind == "alternative":
        fits = named(question.options, reply)
    else:
        fits = gives(question.kind, reply)
    if fits:
        return "in kind"
    indirect = question.kind in {"yes-no", "tag", "why", "how", "request"}
    clause = CLAUSE.search(reply) and len(words(reply)) >= LONG
    if indirect and (clause or content(question.text) & content(reply)):
        return "clause"
    return "asked back" if asked(reply) else "missed"
