"""Which of the learner's words reply to which of the partner's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from pipeline.answers import content
from pipeline.questions import Answer, Question, answered, asked
from pipeline.values import LEARNER, UNSURE, Segment

PROMPT = 3
"""Words; less ("mhm", "oh really") is the partner's listening, not something to reply to, unless it asks."""
REPLY = 3
"""Words; "yes, please" may be the best reply and yet is like nothing in meaning."""
REPAIR_REQUEST = re.compile(
    r"\b(?:pardon|excuse me\?|sorry\?|what do you mean|(?:can|could) you (?:say|repeat)|say (?:that|it) again|"
    r"i (?:don['’]t|do not|didn['’]t|did not) (?:understand|get (?:it|that|you|what)|catch)|what does .+ mean)"
    r"|^(?:what|sorry|huh|again)\?*$",
    re.IGNORECASE,
)
REPHRASED = re.compile(
    r"^(?:no[,. ]+)?(?:i (?:mean|meant|asked|said|was asking)|my question (?:is|was)|what i (?:mean|meant|asked))\b",
    re.IGNORECASE,
)
SAME = 0.6
"""Share of content words that two questions have in common from which on the second is the first again: of the
questions of native dialogues that follow on one another, 2 in 100 are so much alike."""
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
        """The prompt as it was meant."""
        return " ".join(meant(one) for one in self.prompt) or self.prompt[0].text

    @property
    def said(self) -> str:
        """The reply as it was meant, without the words that may be the recogniser's own."""
        return " ".join(filter(None, (meant(one, UNSURE) for one in self.reply)))

    @property
    def repair_request(self) -> bool:
        """Whether the learner asks to repeat or explain."""
        return any(REPAIR_REQUEST.search(meant(one)) for one in self.reply)

    @property
    def answer(self) -> Answer | None:
        """None where nothing is asked, or where a word that may be misheard could have been the answer."""
        questions = self.questions
        if not questions or self.repair_request:
            return None
        found = answered(questions, " ".join(meant(one) for one in self.reply))
        sure = all(word.probability >= UNSURE for one in self.reply for word in one.words)
        return found if sure or found != "missed" else None

    @property
    def asks_back(self) -> bool:
        """Whether the learner asks something of the partner, other than to repeat."""
        return not self.repair_request and any(asked(meant(one)) for one in self.reply)

    @property
    def measured(self) -> bool:
        """Whether it can be told how well the reply fits: it has a few clear words, or was asked for."""
        if self.repair_request or self.answer == "unknown":
            return False
        return len(self.said.split()) >= REPLY or self.answer in {"in kind", "missed"}


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
    """The segment's words without disfluencies, those of at least that probability."""
    return " ".join(
        word.text
        for word in segment.words
        if word.probability >= least and not (word.filler or word.repair)
    )


def asked_again(one: Pair, following: Pair) -> bool:
    """Whether the partner puts the same question once more after a reply that was not about it.

    After a request to repeat it is what was asked for.
    """
    if one.repair_request or not one.questions:
        return False
    if REPHRASED.match(following.told):
        return True
    before, after = (
        frozenset().union(*(content(q.text) for q in pair.questions)) for pair in (one, following)
    )
    if min(len(before), len(after)) < LEAST:
        return False
    return len(before & after) / len(before | after) >= SAME
