"""Of measures that tell of the same thing a learner reads one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.reports import Dimension, Observation
from tests import report_factories
from tests.feedbacks import TALK, areas, measured, told


@pytest.mark.parametrize(("mattr", "mtld"), [(0.84, 10.0), (0.5, 110.0)])
def test_nobody_is_praised_for_what_a_like_measure_finds_wanting(mattr: float, mtld: float) -> None:
    vocabulary = report_factories.vocabulary_report(TALK)
    low = {"rarer_words": 0.0, "independent_words": 0.0}
    said = told(measured(vocabulary, mattr=mattr, mtld=mtld, **low)).detailed
    assert not [
        one for one in said if (one.dimension, one.kind) == (Dimension.VOCABULARY, "strength")
    ]
    both = told(measured(vocabulary, mattr=0.84, mtld=110.0, **low)).detailed
    assert [one for one in both if (one.dimension, one.kind) == (Dimension.VOCABULARY, "strength")]


@pytest.mark.parametrize(("latency", "praised"), [(0.82, True), (1.4, False)])
def test_of_quick_and_late_replies_a_learner_reads_one(latency: float, *, praised: bool) -> None:
    late = Observation(
        metric="reply_latency", rule="slow-reply", message="Late.", weight=1.0, place=None
    )
    report = measured(
        report_factories.comprehension_report(TALK), reply_latency=latency, reply_fit=0.3
    )
    said = told(replace(report, observations=(late,))).detailed
    found = {one.about for one in said if one.dimension == Dimension.COMPREHENSION}
    # What costs hardly anything is left out, not the praise.
    assert ("reply_latency" in found, "slow-reply" in found) == (praised, not praised)


def test_of_like_measures_one_is_told_the_one_that_costs_more() -> None:
    vocabulary = report_factories.vocabulary_report(TALK)
    said = told(measured(vocabulary, rarer_words=1.0, independent_words=0.0, mattr=0.9, mtld=120))
    assert [one.about for one in areas(said, Dimension.VOCABULARY)] == ["independent_words"]


def test_what_costs_little_does_not_hide_what_costs_much_of_its_kind() -> None:
    report = report_factories.pronunciation_report(TALK)
    lost = Observation(
        metric="unclear_word_share", rule="unclear-word", message="Lost.", weight=1.0, place=None
    )
    found = measured(report, pronunciation_accuracy=3.0, unclear_word_share=0.06)
    said = told(replace(found, observations=(lost,)))
    assert [one.about for one in areas(said, Dimension.PRONUNCIATION)] == ["pronunciation_accuracy"]


@pytest.mark.parametrize(("share", "praised"), [(0.05, True), (0.2, False)])
def test_who_reads_of_words_hard_to_make_out_is_not_called_easy_to_understand(
    share: float, *, praised: bool
) -> None:
    report = report_factories.pronunciation_report(TALK)
    lost = Observation(
        metric="unclear_word_share", rule="unclear-word", message="Lost.", weight=1.0, place=None
    )
    found = measured(report, pronunciation_accuracy=8.8, unclear_word_share=share)
    said = told(replace(found, observations=(lost,))).detailed
    strengths = [
        one for one in said if (one.dimension, one.kind) == (Dimension.PRONUNCIATION, "strength")
    ]
    assert bool(strengths) is praised


@pytest.mark.parametrize(("mattr", "told_so"), [(0.8, False), (0.6, True)])
def test_what_costs_little_of_a_good_measure_is_not_told_as_if_it_were_bad(
    mattr: float, *, told_so: bool
) -> None:
    rest = Observation(
        metric="mattr", rule="words-come-again", message="Again.", weight=1.0, place=None
    )
    vocabulary = measured(report_factories.vocabulary_report(TALK), mattr=mattr)
    said = told(replace(vocabulary, observations=(rest,)))
    texts = [one.text for one in areas(said, Dimension.VOCABULARY)]
    assert any("few different words" in one for one in texts) is told_so
