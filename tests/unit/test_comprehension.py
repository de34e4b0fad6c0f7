from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from pipeline.fit import signs, weights
from pipeline.questions import asked
from pipeline.reports import ComprehensionReport
from pipeline.stages.comprehension import comprehension
from tests.factories import dialogue
from tests.fakes.text import DIMENSIONS, FakeSentenceVectors

FITTING = ("P: Do you like green tea today?", "L: I do like green tea")
FAR = ("P: Where were we going yesterday?", "L: purple bananas sing loudly")


@dataclass(frozen=True)
class Opposite:
    """The fake vectors, but one text means the opposite of everything."""

    text: str
    engine: str = "opposite"

    def vectors(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        plain = FakeSentenceVectors().vectors(texts)
        return [
            (-0.125,) * DIMENSIONS if text == self.text else vector
            for text, vector in zip(texts, plain, strict=True)
        ]


def judge(*lines: str) -> ComprehensionReport:
    return comprehension(dialogue(*lines), sentence_vectors=FakeSentenceVectors())


def value(report: ComprehensionReport, name: str) -> float:
    metric = report.metric(name)
    assert metric is not None
    return metric.value


def test_five_replies_are_enough() -> None:
    assert judge(*FITTING * 5).insufficient is None
    reason = judge(*FITTING * 4).insufficient
    assert reason is not None
    assert "4 times" in reason


def test_a_learner_who_talks_alone_is_told_that_a_partner_is_missing() -> None:
    reason = judge("L: I do like green tea").insufficient
    assert str(reason).startswith("Only one speaker was heard")


def test_of_five_replies_three_must_say_something() -> None:
    short = ("P: Do you like green tea today?", "L: Yes please")
    assert judge(*FITTING * 3, *short * 2).insufficient is None
    assert judge(*FITTING * 2, *short * 3).insufficient is not None


def test_a_fitting_reply_fits_better_than_a_far_one() -> None:
    fitting, far = judge(*FITTING * 5), judge(*FAR * 5)
    assert value(fitting, "reply_fit") > 0.9
    assert value(far, "reply_fit") < 0.3
    assert fitting.observations == ()
    assert {one.rule for one in far.observations} == {"unanswered", "asked-again"}
    places = [
        one.place.segment for one in far.observations if one.place and one.rule == "unanswered"
    ]
    assert places == [1, 3, 5, 7, 9]


def test_a_reply_far_from_a_statement_is_observed() -> None:
    far = ("P: I went home by train yesterday.", "L: purple bananas sing loudly")
    report = judge(*FITTING * 5, *far, *FITTING)
    assert [one.rule for one in report.observations] == ["loose-reply"]
    with_negative = comprehension(
        dialogue(*FITTING * 5, *far), sentence_vectors=Opposite("purple bananas sing loudly")
    )
    assert [one.rule for one in with_negative.observations] == ["far-reply"]
    assert with_negative.observations[0].weight > report.observations[0].weight


def test_what_was_asked_for_is_named() -> None:
    (seen,) = judge(*FITTING * 5, "P: When did it start?", "L: purple bananas sing").observations
    assert seen.message == "The partner asks for a time; the reply gives none."
    assert seen.place
    assert seen.place.segment == 11


def test_questions_answered_unknown_and_missed() -> None:
    lines = (
        *("P: When did you come?", "L: yesterday I came"),
        *("P: Where do you live?", "L: I don't know"),
        *("P: Where do you live?", "L: purple bananas sing loudly"),
        *("P: How many dogs are there?", "L: could you repeat that"),
        *("P: Who are you?", "L: what is this place for?"),
    )
    report = judge(*lines)
    assert [one.answer for one in report.exchanges[:4]] == ["in kind", "unknown", "missed", None]
    assert value(report, "answered_share") == pytest.approx(2 / 3, abs=1e-4)
    assert value(report, "follow_up_share") == pytest.approx(1 / 5)
    assert report.exchanges[1].fit is None


def test_a_fitting_reply_before_the_same_question_is_no_misunderstanding() -> None:
    assert not any(one.asked_again for one in judge(*FITTING * 5).exchanges)
    far = judge(*FAR * 5)
    assert [one.asked_again for one in far.exchanges] == [True] * 4 + [False]
    assert value(far, "repair_request_share") == pytest.approx(0.8)


def test_metrics_have_bounds() -> None:
    report = judge(*FITTING * 4, *FAR * 4)
    metric = report.metric("reply_fit")
    assert metric is not None
    assert metric.low is not None
    assert metric.high is not None
    assert metric.low < metric.value < metric.high


def test_without_questions_more_replies_are_needed() -> None:
    plain = ("P: I like green tea today.", "L: I do like green tea")
    reason = judge(*plain * 9).insufficient
    assert reason is not None
    assert "asks in 0 of 9 turns" in reason
    assert judge(*plain * 10).insufficient is None
    assert judge(*plain * 5, *FITTING).insufficient is not None
    assert judge(*plain * 6, *FITTING).insufficient is None
    assert judge(*plain * 3, *FITTING * 2).insufficient is None


def test_talk_at_once_is_not_judged() -> None:
    talk = dialogue(*FITTING * 5)
    tangled = replace(talk, segments=tuple(replace(one, overlap=True) for one in talk.segments))
    reason = comprehension(tangled, sentence_vectors=FakeSentenceVectors()).insufficient
    assert reason is not None
    assert "at once in 5 of 5" in reason


def test_latency_is_the_median_and_a_slow_reply_is_observed() -> None:
    slow = ("P: Do you like green tea today?", "L: <3> I do like green tea")
    report = judge(*FITTING * 4, *slow)
    assert value(report, "reply_latency") == pytest.approx(0.5)
    (seen,) = report.observations
    assert seen.metric == "reply_latency"
    assert seen.weight == pytest.approx(3.5)


@pytest.mark.parametrize(
    ("said", "asks"),
    [
        ("Sorry?", True),
        ("Pardon me, please", True),
        ("I don't understand the question", True),
        ("Could you repeat that please", True),
        ("What does fortnight mean?", True),
        ("I am sorry about your dog", False),
        ("I understand the question", False),
    ],
)
def test_requests_to_repeat_or_explain(said: str, *, asks: bool) -> None:
    report = judge(*FITTING * 5, "P: What about the fortnight?", f"L: {said}")
    assert report.exchanges[-1].repair_request is asks
    assert value(report, "repair_request_share") == pytest.approx(asks / 6, abs=1e-4)
    assert value(report, "reply_fit") >= 0.2
    requests = [one for one in report.observations if one.rule == "repair-request"]
    assert len(requests) == asks


@pytest.mark.parametrize(
    ("prompt", "question"),
    [
        ("You like tea, don't you?", True),
        ("So. Where do you live", True),
        ("Can you tell me more", True),
        ("I live in a village.", False),
    ],
)
def test_questions_by_mark_or_inversion(prompt: str, *, question: bool) -> None:
    assert judge(f"P: {prompt}", "L: I live in town").exchanges[0].question is question


def test_a_murmur_of_the_partner_is_nothing_to_reply_to() -> None:
    assert judge("L: I live here", "P: Mhm", "L: with my two dogs").exchanges == ()
    assert len(judge("L: I live here", "P: Really?", "L: yes with my two dogs").exchanges) == 1


def test_short_and_unsure_replies_cost_no_relevance() -> None:
    short = ("P: Where were we going yesterday?", "L: purple bananas~ sing~ loudly")
    report = judge(*FITTING * 5, *short)
    assert value(report, "reply_fit") == value(judge(*FITTING * 5), "reply_fit")
    assert report.observations == ()
    assert len(report.exchanges) == 6


def test_what_the_partner_may_not_have_said_changes_no_relevance() -> None:
    first = judge("P: he's~ fond of green tea today", FITTING[1])
    other = judge("P: his~ fond of green tea today", FITTING[1])
    assert first.exchanges[0].relevance == other.exchanges[0].relevance
    assert first.exchanges[0].fit == other.exchanges[0].fit
    unsure = judge("P: green~ tea~ today~", FITTING[1])
    assert unsure.exchanges[0].relevance > 0, "where all is unsure it is all there is"


def test_a_question_that_may_have_been_another_one_is_not_missed() -> None:
    reply = "L: purple bananas sing loudly"
    assert judge("P: Where do you live?", reply).exchanges[0].answer == "missed"
    assert judge("P: Where~ do you live?", reply).exchanges[0].answer is None
    again = ("P: Do you like green tea today?", "L: hm~", "P: Do you like green tea~ today?", reply)
    assert not judge(*again).exchanges[0].asked_again
    assert judge(*(one.replace("~", "") for one in again)).exchanges[0].asked_again


def test_disfluencies_change_no_relevance() -> None:
    plain = judge(*FITTING)
    broken = judge(FITTING[0], "L: (um) I [hate] do like green tea")
    assert plain.exchanges[0].relevance == broken.exchanges[0].relevance


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (("P: Hello there my friend",), "not known which speaker is the learner"),
        (("L: I am alone here",), "Only one speaker was heard"),
        ((), "No words were heard"),
    ],
)
def test_no_exchange_gets_a_reason(lines: tuple[str, ...], why: str) -> None:
    report = judge(*lines)
    assert report.insufficient
    assert why in report.insufficient
    assert report.metrics == ()
    assert report.exchanges == ()


def test_a_partner_who_only_reads_aloud_gets_a_reason() -> None:
    talk = dialogue("P: Once upon a time there was a king", "L: yes")
    silent = replace(talk, segments=talk.segments[:1])
    reason = comprehension(silent, sentence_vectors=FakeSentenceVectors()).insufficient
    assert reason is not None
    assert "The learner says nothing" in reason


@pytest.mark.parametrize(
    "said",
    [
        "banana " * 500,
        "(um) (uh)",
        "[I] [was]",
        "...",
        "42 7 1999",
        "Żółć Łódź 東京 Ñandú",
        "what the fuck is this",
        "qwrt zxcv plmk",
    ],
)
def test_odd_replies_break_nothing(said: str) -> None:
    report = judge(*("P: Where do you live these days?", f"L: {said}") * 6)
    assert len(report.exchanges) == 6
    assert all(one.fit is None or 0 <= one.fit <= 1 for one in report.exchanges)


@pytest.mark.parametrize("said", ["banana " * 500, "yes", "..."])
def test_replies_without_content_are_not_enough(said: str) -> None:
    reason = judge(*("P: What do you like to eat?", f"L: {said}") * 12).insufficient
    assert reason is not None
    assert "0 times in 3 clear words" in reason


def test_every_sign_has_its_weight() -> None:
    names = {
        name
        for reply in ("yes", "yes I do like tea")
        for name in signs(0.5, "Do you like tea?", reply, asked("Do you like tea?"), "in kind")
    }
    assert names | {"constant"} == set(weights())
