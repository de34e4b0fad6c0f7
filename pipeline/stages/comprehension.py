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
from pipeline.values import LEARNER, Dialogue, Segment

ENOUGH = 5
"""Exchanges: the mean likeness of five, with the spread of .2 that they have, is known to .1."""
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
FAR = 0.15
"""Cosine below which a reply has no more to do with what it follows than a random sentence."""


@stage(version=1)
def comprehension(dialogue: Dialogue, *, sentence_vectors: SentenceVectors) -> ComprehensionReport:
    """From pairs of turns: likeness in meaning, the wait, and requests to repeat or explain."""
    reason = unjudgeable(dialogue)
    pairs = _pairs(dialogue) if reason is None else []
    if reason is None and len(pairs) < ENOUGH:
        reason = (
            f"The learner replies to the partner {len(pairs)} times; "
            f"at least {ENOUGH} replies are needed to judge comprehension."
        )
    texts = [one.text for pair in pairs for one in pair]
    vectors = sentence_vectors.vectors(texts) if texts else []
    exchanges = tuple(
        _exchange(prompt, reply, sum(a * b for a, b in zip(one, two, strict=True)))
        for (prompt, reply), one, two in zip(pairs, vectors[::2], vectors[1::2], strict=True)
    )
    return ComprehensionReport(
        dimension=Dimension.COMPREHENSION,
        metrics=_metrics(exchanges),
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
        if two.speaker == LEARNER and one.speaker != LEARNER
    ]


def _exchange(prompt: Segment, reply: Segment, relevance: float) -> Exchange:
    last = re.split(r"(?<=[.?!])\s+", prompt.text)[-1]
    return Exchange(
        prompt=prompt.number,
        reply=reply.number,
        question=prompt.text.endswith("?") or bool(ASKED.match(last)),
        relevance=round(relevance, 4),
        latency=round(reply.start - prompt.end, 3),
        repair_request=bool(REPAIR_REQUEST.search(reply.text)),
    )


def _metrics(exchanges: Sequence[Exchange]) -> tuple[Metric, ...]:
    if not exchanges:
        return ()
    n = len(exchanges)
    values = {
        "reply_relevance": mean(one.relevance for one in exchanges),
        "reply_latency": median(one.latency for one in exchanges),
        "repair_request_share": sum(one.repair_request for one in exchanges) / n,
    }
    return tuple(Metric(name=name, value=round(value, 4), n=n) for name, value in values.items())


def _observations(reply: Segment, one: Exchange) -> list[Observation]:
    found = []
    if one.repair_request:
        message = "Asks to repeat or explain."
        found.append(("repair_request_share", "repair-request", message, 1.0))
    elif one.relevance < FAR:
        message = "The reply has little to do with what it follows."
        found.append(("reply_relevance", "far-reply", message, round(FAR + 1 - one.relevance, 4)))
    if one.latency > SLOW:
        message = f"The reply comes after {one.latency:.1f} s."
        found.append(("reply_latency", "slow-reply", message, one.latency))
    return [
        Observation(metric=metric, rule=rule, message=message, weight=weight, place=whole(reply))
        for metric, rule, message, weight in found
    ]
