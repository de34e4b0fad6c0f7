"""Comprehension: whether the learner's replies fit what the partner said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import mean, median

from pipeline.enough import unjudgeable
from pipeline.places import whole
from pipeline.ports import SentenceVectors
from pipeline.reports import ComprehensionReport, Dimension, Exchange, Metric, Observation
from pipeline.stage import stage
from pipeline.timing import wait
from pipeline.values import LEARNER, UNSURE, Dialogue, Segment, Span

ENOUGH = 5
"""Replies, for a median wait that one long thought does not decide …"""
ENOUGH_MEASURED = 3
"""… and those of them whose likeness is measured: with the spread of .2 that they have, the mean of three is
known to .12 (one standard error), less than true and random replies differ by."""
PROMPT = 3
"""Words; less ("mhm", "oh really") is the partner's listening, not something to reply to, unless it asks."""
REPLY = 3
"""Words; "yes, please" may be the best reply and yet is like nothing in meaning: it is not measured."""
ASKED = re.compile(
    r"^(?:what|who|whose|where|when|why|which|how|do|does|did|is|are|was|were|can|could|will|would|"
    r"have|has|shall|should)\b",
    re.IGNORECASE,
)
REPAIR_REQUEST = re.compile(
    r"\b(?:pardon|excuse me\?|sorry\?|what do you mean|(?:can|could) you (?:say|repeat)|say (?:that|it) again|"
    r"i (?:don't|do not|didn't) (?:understand|get|catch)|what does .+ mean)",
    re.IGNORECASE,
)
SLOW = 2.0
"""Seconds; ten times the gap of 0.2 s usual between speakers (Stivers et al. 2009)."""
FAR = 0.1
"""Cosine; half of all pairs of random sentences lie below it (median .09 in everyday sentences, .12 in pairs
put together at random from native dialogues on tasks, where true replies have .27)."""

ALONE = (
    "Only one speaker was heard, and comprehension is judged by the replies to a partner: record both "
    "sides of the conversation."
)


@stage(version=3)
def comprehension(dialogue: Dialogue, *, sentence_vectors: SentenceVectors) -> ComprehensionReport:
    """From pairs of turns: likeness in meaning, the wait, and requests to repeat or explain."""
    reason = unjudgeable(dialogue)
    if reason is None and len(dialogue.speakers) == 1:
        reason = ALONE
    pairs = _pairs(dialogue) if reason is None else []
    measured = sum(_measured(reply) for _, reply in pairs)
    if reason is None and (len(pairs) < ENOUGH or measured < ENOUGH_MEASURED):
        reason = (
            f"The learner replies to the partner {len(pairs)} times, {measured} times in {REPLY} clear "
            f"words or more; {ENOUGH} and {ENOUGH_MEASURED} times are needed to judge comprehension: "
            "a longer conversation would help."
        )
    exchanges = _exchanges(pairs, dialogue.speech, sentence_vectors)
    return ComprehensionReport(
        dimension=Dimension.COMPREHENSION,
        metrics=_metrics(pairs, exchanges),
        observations=tuple(
            observation
            for (_, reply), one in zip(pairs, exchanges, strict=True)
            for observation in _observations(reply, one)
        ),
        evidence_level="text and timing",
        insufficient=reason,
        exchanges=exchanges,
    )


def _pairs(dialogue: Dialogue) -> list[tuple[Segment, Segment]]:
    segments = [one for one in dialogue.segments if one.words]
    return [
        (one, two)
        for one, two in pairwise(segments)
        if two.speaker == LEARNER != one.speaker and (len(one.words) >= PROMPT or _asks(one))
    ]


def _asks(prompt: Segment) -> bool:
    last = re.split(r"(?<=[.?!])\s+", prompt.text)[-1]
    return last.endswith("?") or bool(ASKED.match(last))


def _said(segment: Segment) -> str:
    """Its words without disfluencies, and without those that may be the recogniser's own."""
    return " ".join(
        word.text
        for word in segment.words
        if word.probability >= UNSURE and not (word.filler or word.repair)
    )


def _measured(reply: Segment) -> bool:
    """Whether the likeness of the reply means anything."""
    return len(_said(reply).split()) >= REPLY and not REPAIR_REQUEST.search(reply.text)


def _exchanges(
    pairs: Sequence[tuple[Segment, Segment]],
    speech: Sequence[Span],
    sentence_vectors: SentenceVectors,
) -> tuple[Exchange, ...]:
    texts = [_said(one) or one.text for pair in pairs for one in pair]
    vectors = sentence_vectors.vectors(texts) if texts else []
    return tuple(
        Exchange(
            prompt=prompt.number,
            reply=reply.number,
            question=_asks(prompt),
            relevance=round(sum(a * b for a, b in zip(one, two, strict=True)), 4),
            latency=round(wait(prompt, reply, speech).seconds, 3),
            repair_request=bool(REPAIR_REQUEST.search(reply.text)),
        )
        for (prompt, reply), one, two in zip(pairs, vectors[::2], vectors[1::2], strict=True)
    )


def _metrics(
    pairs: Sequence[tuple[Segment, Segment]], exchanges: Sequence[Exchange]
) -> tuple[Metric, ...]:
    if not exchanges:
        return ()
    relevant = [
        one.relevance for (_, reply), one in zip(pairs, exchanges, strict=True) if _measured(reply)
    ]
    n = len(exchanges)
    requests = sum(one.repair_request for one in exchanges)
    metrics = [
        Metric(name="reply_latency", value=round(median(one.latency for one in exchanges), 4), n=n),
        Metric(name="repair_request_share", value=round(requests / n, 4), n=n),
    ]
    if relevant:
        value = round(mean(relevant), 4)
        metrics.insert(0, Metric(name="reply_relevance", value=value, n=len(relevant)))
    return tuple(metrics)


def _observations(reply: Segment, one: Exchange) -> list[Observation]:
    found = []
    if one.repair_request:
        message = "Asks to repeat or explain."
        found.append(("repair_request_share", "repair-request", message, 1.0))
    elif _measured(reply) and one.relevance < FAR:
        message = "The reply has little to do with what it follows."
        found.append(("reply_relevance", "far-reply", message, round(FAR + 1 - one.relevance, 4)))
    if one.latency > SLOW:
        message = f"The reply comes after {one.latency:.1f} s."
        found.append(("reply_latency", "slow-reply", message, one.latency))
    return [
        Observation(metric=metric, rule=rule, message=message, weight=weight, place=whole(reply))
        for metric, rule, message, weight in found
    ]
