from __future__ import annotations

import pytest

from pipeline.reports import ComprehensionReport
from pipeline.stages.comprehension import comprehension
from tests.factories import dialogue
from tests.fakes.text import FakeSentenceVectors

FITTING = ("P: Do you like green tea today?", "L: I do like green tea")
FAR = ("P: Where were we going yesterday?", "L: purple bananas sing loudly")


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


def test_a_fitting_reply_is_more_relevant_than_a_far_one() -> None:
    fitting, far = judge(*FITTING * 5), judge(*FAR * 5)
    assert value(fitting, "reply_relevance") > 0.5 > value(far, "reply_relevance")
    assert fitting.observations == ()
    assert {one.rule for one in far.observations} == {"far-reply"}
    assert [one.place.segment for one in far.observations if one.place] == [1, 3, 5, 7, 9]


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
    assert value(report, "reply_relevance") >= 0.2
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
    assert value(report, "reply_relevance") == value(judge(*FITTING * 5), "reply_relevance")
    assert report.observations == ()
    assert len(report.exchanges) == 6


def test_disfluencies_change_no_relevance() -> None:
    plain = judge(*FITTING)
    broken = judge(FITTING[0], "L: (um) I [hate] do like green tea")
    assert plain.exchanges[0].relevance == broken.exchanges[0].relevance


@pytest.mark.parametrize("lines", [("P: Hello there my friend",), ("L: I am alone here",), ()])
def test_no_exchange_gets_a_reason(lines: tuple[str, ...]) -> None:
    report = judge(*lines)
    assert report.insufficient
    assert report.metrics == ()
    assert report.exchanges == ()
