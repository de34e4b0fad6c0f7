"""Which of the learner's words reply to which of the partner's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from pipeline.answers import OPEN, content, words
from pipeline.enough import switched
from pipeline.fit import FEW
from pipeline.questions import Answer, Question, answered, asked
from pipeline.sureness import READINGS, UNSURE
from pipeline.values import LEARNER, Segment

PROMPT = 3
"""Words; less ("mhm", "oh really") is the partner's listening, not something to reply to, unless it asks."""
REPAIR_REQUEST = re.compile(
    r"\b(?:pardon|excuse me\?|sorry\?|what do you mean|(?:can|could) you (?:say|repeat)|say (?:that|it) again|"
    r"i (?:don't|do not|didn't|did not) (?:understand|get (?:it|that|you|what)|catch)|what does .+ mean)"
    r"|^(?:what|sorry|huh|again)\?*$",
    re.IGNORECASE,
)
REPHRASED = re.compile(
    r"^(?:no[,. ]+)?(?:i (?:mean|meant|asked|said|was asking)|my question (?:is|was)|what i (?:mean|meant|asked))\b",
    re.IGNORECASE,
)
SAME = 0.7
"""Share of content words that two questions of one kind have in common from which on the second is the first again:
at most 5 in 1000 neighbouring questions of native dialogues are so much alike."""
LEAST = 2
"""Content words of a question that can be told to be the same; "And what then?" has none."""


@dataclass(frozen=True, slots=True)
class Pair:
    """All the partner said since the learner's last words, and all that the learner said upon it."""

    prompt: tuple[Segment, ...]
    reply: tuple[Segment, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """What is asked, in order."""
        return tuple(one for part in self.prompt for one in asked(meant(part)))

    @property
    def told(self) -> str:
        """The prompt as it was meant, without the words that may be the recogniser's own unless there are no others."""
        return self.read(UNSURE)[0]

    @property
    def said(self) -> str:
        """The reply as it was meant, without the words that may be the recogniser's own."""
        return self.read(UNSURE)[1]

    def read(self, least: float) -> tuple[str, str]:
        """Prompt and reply as they were meant, by words of at least that probability.

        A prompt without such words is read by those that are sure at all, and by all words where none is.
        """
        told = next(filter(None, (_joined(self.prompt, one) for one in (least, UNSURE, 0.0))), None)
        return told or self.prompt[0].text, _joined(self.reply, least)

    @property
    def texts(self) -> tuple[str, str]:
        """What was told and what was said, as it was heard where nothing clear was said."""
        return self.told, self.said or self.reply[0].text

    @property
    def readings(self) -> tuple[tuple[str, str], ...]:
        """What was told and what was said, by each of READINGS that leaves something said; else by UNSURE."""
        found = [self.read(least) for least in READINGS]
        return tuple(one for one in found if _says_something(one[1])) or (self.read(UNSURE),)

    @property
    def repair_request(self) -> bool:
        """Whether the learner asks to repeat or explain."""
        return any(REPAIR_REQUEST.search(meant(one)) for one in self.reply)

    @property
    def answer(self) -> Answer | None:
        """None where nothing is asked, in another language, or where a word that may be misheard could have been the answer."""
        questions = self.questions
        if not questions or self.repair_request or self.switched:
            return None
        found = answered(questions, " ".join(meant(one) for one in self.reply))
        return None if found == "missed" and _doubtful((*self.prompt, *self.reply)) else found

    @property
    def switched(self) -> bool:
        """Whether the learner replies in another language: how that fits cannot be told."""
        return switched(words(self.said))

    @property
    def asks_back(self) -> bool:
        """Whether the learner asks something of the partner, other than to repeat."""
        return not self.repair_request and any(asked(meant(one)) for one in self.reply)

    @property
    def says_something(self) -> bool:
        """Whether it has a few clear words; one word said again and again is one."""
        return not self.repair_request and not self.switched and _says_something(self.said)

    @property
    def measured(self) -> bool:
        """Whether it can be told how well the reply fits: it says something, or an answer can be short.

        A single word may answer "what" and "how" whatever it is, so it tells nothing there.
        """
        if self.says_something or self.answer == "missed":
            return self.answer != "unknown"
        return self.answer == "in kind" and any(one.kind not in OPEN for one in self.questions)


def pairs(segments: Sequence[Segment]) -> tuple[Pair, ...]:
    """Prompts with their replies, in order; the partner's murmurs ("mhm") neither prompt nor cut a reply in two."""
    talk = [
        one
        for one in segments
        if one.words and (one.speaker == LEARNER or len(one.words) >= PROMPT or asked(meant(one)))
    ]
    runs = [(own, tuple(run)) for own, run in groupby(talk, lambda one: one.speaker == LEARNER)]
    return tuple(Pair(one, two) for (_, one), (own, two) in pairwise(runs) if own)


def meant(segment: Segment, least: float = 0.0) -> str:
    """The segment's words without disfluencies, those of at least that probability; apostrophes straight."""
    return " ".join(
        word.text.replace("\u2019", "'")
        for word in segment.words
        if word.probability >= least and not (word.filler or word.repair)
    )


def _joined(segments: Sequence[Segment], least: float) -> str:
    return " ".join(filter(None, (meant(one, least) for one in segments)))


def _says_something(text: str) -> bool:
    return len(set(words(text))) >= FEW


def asked_again(one: Pair, following: Pair) -> bool:
    """Whether the partner surely puts a question once more.

    After the learner's request to repeat it is what was asked for.
    """
    if one.repair_request or not one.questions:
        return False
    if _doubtful((*one.prompt, *following.prompt)):
        return False
    if REPHRASED.match(following.told):
        return True
    return any(_same(first, second) for first in one.questions for second in following.questions)


def _doubtful(segments: Sequence[Segment]) -> bool:
    return any(word.probability < UNSURE for one in segments for word in one.words)


def _same(one: Question, other: Question) -> bool:
    first, second = content(one.text), content(other.text)
    if one.kind != other.kind or min(len(first), len(second)) < LEAST:
        return False
    return len(first & second) / len(first | second) >= SAME
