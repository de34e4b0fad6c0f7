"""Comprehension: whether the learner's replies fit what the partner said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from statistics import mean, median

from pipeline.bootstrap import bounds, rare
from pipeline.enough import english_only, unread
from pipeline.exchanges import Pair, asked_again, pairs
from pipeline.fit import FEW, fit, signs
from pipeline.places import whole
from pipeline.ports import SentenceVectors
from pipeline.reports import ComprehensionReport, Dimension, Exchange, Metric, Observation
from pipeline.stage import stage
from pipeline.timing import wait
from pipeline.values import LEARNER, Dialogue, Segment

ENOUGH = 5
"""Replies, for a median wait that one long thought does not decide …"""
ENOUGH_MEASURED = 3
"""… those of them that say something: with the spread of .25 that it has, the mean of three is known to .15 (one
standard error), about half of what true and random replies differ by …"""
MANY = 10
"""… and as many after statements, of which the mean is known to .08. One after a question …"""
QUESTION = 4
"""… counts as so many: a statement allows of many replies and tells true from random ones less well (area under the
curve .73 against .90, so information, d' squared, as 1 to 4.3). No question decides alone: whether one was heard as a
question hangs on a word."""
TANGLED = 0.5
"""Share of replies during most of which both talk, from which on words and waits are not to be relied on."""
FAR = 0.15
"""Fit; 1.2 % of the replies in native dialogues and 14 % of random ones lie below it."""
USUAL = 0.6
"""Fit; the mean of native dialogues, .63, lies just above it: a reply that fits less takes part in what is lost."""
LIKELY = 0.5
"""Fit; above it the reply is more likely the true one, and a partner who asks again wants to know more."""
SLOW = 2.0
"""Seconds; ten times the gap of 0.2 s usual between speakers (Stivers et al. 2009)."""
ASKED_FOR = {
    "yes-no": "a yes or a no",
    "tag": "a yes or a no",
    "alternative": "a choice",
    "who": "a person",
    "when": "a time",
    "where": "a place",
    "why": "a reason",
    "how many": "a number",
    "how": "a way",
    "what": "a thing",
    "request": "something to be told",
}
"""What a question of the kind wants, for people."""

UNTIMED = (
    "How soon the learner replies is part of comprehension, and the transcript has no times: give every turn its start "
    "and its end."
)
ALONE = (
    "Only one speaker was heard, and comprehension is judged by the replies to a partner: record both "
    "sides of the conversation."
)


@stage(version=12)
def comprehension(dialogue: Dialogue, *, sentence_vectors: SentenceVectors) -> ComprehensionReport:
    """From prompts and replies: how they fit, the wait, and signs of misunderstanding."""
    reason = english_only(dialogue) or unread(dialogue)
    if reason is None and len(dialogue.speakers) == 1:
        reason = ALONE
    found = pairs(dialogue.segments) if reason is None else ()
    exchanges = _exchanges(found, dialogue, sentence_vectors)
    return ComprehensionReport(
        dimension=Dimension.COMPREHENSION,
        metrics=_metrics(exchanges),
        observations=tuple(
            observation
            for pair, one in zip(found, exchanges, strict=True)
            for observation in _observations(pair.reply[0], one)
        ),
        evidence_level="text and timing",
        insufficient=reason or _lacking(dialogue, found) or _untimed(dialogue),
        exchanges=exchanges,
    )


def _lacking(dialogue: Dialogue, found: Sequence[Pair]) -> str | None:
    """Why the replies are not enough to judge by, with what would help."""
    spoken = [one for one in dialogue.segments if one.words]
    if all(one.speaker == LEARNER for one in spoken):
        return "Nobody speaks to the learner: a conversation with a partner who asks would help."
    if not any(one.speaker == LEARNER for one in spoken):
        return "The learner says nothing: a conversation in which the learner replies would help."
    measured = sum(one.says_something for one in found)
    questions = sum(bool(one.questions) for one in found)
    if len(found) < ENOUGH or measured < ENOUGH_MEASURED:
        return (
            f"The learner replies to the partner {len(found)} times, {measured} times in {FEW} clear "
            f"words or more; {ENOUGH} and {ENOUGH_MEASURED} times are needed to judge comprehension: "
            "a longer conversation would help."
        )
    others = sum(one.says_something and not one.questions for one in found)
    if QUESTION * questions + others < MANY:
        return (
            f"The partner asks in {questions} of {len(found)} turns, and {others} other replies have {FEW} clear words or more; "
            f"{MANY} replies are needed to judge comprehension, one to a question counts as {QUESTION}: "
            "a partner who asks more would help."
        )
    tangled = sum(any(part.overlap for part in one.reply) for one in found)
    if tangled > TANGLED * len(found):
        return (
            f"Two people talk at once in {tangled} of {len(found)} replies, so it is not sure who said what: "
            "a recording in which they speak in turn, or each into an own microphone, would help."
        )
    return None


def _untimed(dialogue: Dialogue) -> str | None:
    return UNTIMED if dialogue.times == "none" else None


def _exchanges(
    found: Sequence[Pair], dialogue: Dialogue, sentence_vectors: SentenceVectors
) -> tuple[Exchange, ...]:
    read = (text for one in found for both in (*one.readings, one.texts) for text in both)
    texts = list(dict.fromkeys(read))
    vectors = dict(zip(texts, sentence_vectors.vectors(texts) if texts else [], strict=True))

    def cosine(told: str, said: str) -> float:
        return sum(a * b for a, b in zip(vectors[told], vectors[said], strict=True))

    return tuple(
        _exchange(pair, following, cosine, dialogue)
        for pair, following in zip(found, (*found, None)[1:], strict=True)
    )


def _exchange(
    pair: Pair, following: Pair | None, cosine: Callable[[str, str], float], dialogue: Dialogue
) -> Exchange:
    questions, answer = pair.questions, pair.answer
    likely = (
        fit(signs(cosine(told, said), told, said, questions, answer))
        for told, said in pair.readings
    )
    fits = mean(likely) if pair.measured else None
    again = following is not None and asked_again(pair, following)
    silence = wait(pair.prompt[-1], pair.reply[0], dialogue.speech).seconds
    return Exchange(
        prompt=pair.prompt[-1].number,
        reply=pair.reply[0].number,
        question=bool(questions),
        relevance=round(cosine(*pair.texts), 4),
        latency=None if dialogue.times == "none" else round(silence, 3),
        repair_request=pair.repair_request,
        kinds=tuple(one.kind for one in questions),
        answer=answer,
        fit=None if fits is None else round(fits, 4),
        follow_up=pair.asks_back,
        asked_again=again and (fits is None or fits < LIKELY),
    )


def _metrics(exchanges: Sequence[Exchange]) -> tuple[Metric, ...]:
    if not exchanges:
        return ()
    told = [one for one in exchanges if one.answer not in {None, "asked back"}]
    fits = [one.fit for one in exchanges if one.fit is not None]
    answers = [float(one.answer != "missed") for one in told]
    follow_ups = [float(one.follow_up) for one in exchanges]
    troubles = [float(one.repair_request or one.asked_again) for one in exchanges]
    waits = [one.latency for one in exchanges if one.latency is not None]
    return (
        *_metric("reply_fit", fits),
        *_metric("answered_share", answers),
        *_metric("follow_up_share", follow_ups),
        *_metric("reply_latency", waits, of=median),
        *_metric("repair_request_share", troubles),
    )


def _metric(
    name: str, values: Sequence[float], *, of: Callable[[Sequence[float]], float] = mean
) -> Iterable[Metric]:
    """None where nothing was measured."""
    if not values:
        return
    found = bounds(values, lambda drawn: float(of(drawn)))
    if found and name == "repair_request_share":
        found = rare(found, len(values))
    low, high = found or (None, None)
    yield Metric(
        name=name,
        value=round(float(of(values)), 4),
        n=len(values),
        low=None if low is None else round(low, 4),
        high=None if high is None else round(high, 4),
    )


def _observations(reply: Segment, one: Exchange) -> list[Observation]:
    found = []
    if one.repair_request:
        message = "Asks to repeat or explain."
        found.append(("repair_request_share", "repair-request", message, 1.0))
    elif one.answer == "missed":
        wanted = " or ".join(dict.fromkeys(ASKED_FOR[kind] for kind in one.kinds))
        message = f"The partner asks for {wanted}; the reply gives none."
        found.append(("reply_fit", "unanswered", message, max(USUAL - (one.fit or 0.0), FAR)))
    elif one.fit is not None and one.fit < USUAL:
        # All that falls short of the usual bears the loss, each by how far: not the one worst alone.
        far = one.fit < FAR
        much = "has little to do with" if far else "fits only in part"
        rule = "far-reply" if far else "loose-reply"
        found.append(("reply_fit", rule, f"The reply {much} what it follows.", USUAL - one.fit))
    if one.asked_again:
        message = "The partner has to ask again after this reply."
        found.append(("repair_request_share", "asked-again", message, 1.0))
    if one.latency is not None and one.latency > SLOW:
        message = f"The reply comes after {one.latency:.1f} s."
        found.append(("reply_latency", "slow-reply", message, one.latency))
    return [
        Observation(
            metric=metric, rule=rule, message=message, weight=round(weight, 4), place=whole(reply)
        )
        for metric, rule, message, weight in found
    ]
