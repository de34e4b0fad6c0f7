from __future__ import annotations

from itertools import cycle, islice

import pytest

from pipeline.reports import LemmaUse, VocabularyReport
from pipeline.stages.vocabulary import CONTEXT, ENOUGH, vocabulary
from pipeline.values import Dialogue
from tests.factories import dialogue, upload
from tests.fakes.text import FakeLevelList, FakeTextAnalyzer, FakeWordFrequencies

WORDS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta")


def judge(talk: Dialogue, level: str | None = None) -> VocabularyReport:
    return vocabulary(
        upload(level=level),
        talk,
        text_analyzer=FakeTextAnalyzer(),
        word_frequencies=FakeWordFrequencies(),
        level_list=FakeLevelList(),
    )


def lemma(report: VocabularyReport, name: str) -> LemmaUse:
    return next(one for one in report.lemmas if one.lemma == name)


def value(report: VocabularyReport, name: str) -> float:
    metric = report.metric(name)
    assert metric is not None
    return metric.value


def many(words: int) -> str:
    return " ".join(islice(cycle(WORDS), words))


def test_forms_of_one_lemma_are_one_entry_with_its_first_place() -> None:
    report = judge(dialogue("P: Hello", "L: dogs see the dog", "L: the dog"))
    found = lemma(report, "dog")
    assert (found.frequency, found.cefr, found.place.segment) == (3, "A1", 1)
    assert (found.place.start, found.place.end, found.place.words) == (0, 4, ("w1",))
    assert found.context == "dogs see the dog"
    assert [one.lemma for one in report.lemmas] == sorted(one.lemma for one in report.lemmas)


def test_only_the_learners_sure_fluent_words_count() -> None:
    report = judge(dialogue("P: exterior purchase", "L: (um) [cat] dog purchase~ the"))
    assert [one.lemma for one in report.lemmas] == ["dog", "the"]


def test_names_numbers_and_the_possessive_are_no_range() -> None:
    report = judge(dialogue("L: the Berlin 42 dog's dog!"))
    assert [(one.lemma, one.frequency) for one in report.lemmas] == [("dog", 2), ("the", 1)]


def test_contractions_are_two_lemmas_at_one_word() -> None:
    report = judge(dialogue("L: dog can't go"))
    assert {one.lemma for one in report.lemmas} == {"dog", "can", "not", "go"}
    assert lemma(report, "can").place == lemma(report, "not").place


def test_complexity_follows_rarity_and_level() -> None:
    report = judge(dialogue("L: the dog exterior qzxv"))
    assert lemma(report, "the").complexity == 0.0  # Zipf 7.7, no level
    assert lemma(report, "dog").complexity == pytest.approx(20.0)  # Zipf 5 is 40, A1 is 0
    assert lemma(report, "exterior").complexity == pytest.approx(60.0)  # 40 and C1, 80
    assert lemma(report, "qzxv").complexity == 0.0  # perhaps no word at all


def test_an_unknown_form_is_not_counted_as_a_rare_word() -> None:
    assert value(judge(dialogue("L: dog qzxv")), "mean_zipf") == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("level", "fits"), [(None, None), ("strange", None), ("b1+", 50.0), ("A2", 25.0), ("C2", 100.0)]
)
def test_appropriateness_is_relative_to_the_conversations_level(
    level: str | None, fits: float | None
) -> None:
    report = judge(dialogue("L: the exterior"), level)
    assert lemma(report, "exterior").appropriateness == fits
    assert lemma(report, "the").appropriateness is None


def test_advanced_words_are_observed_where_they_stand() -> None:
    report = judge(dialogue(f"L: {many(60)} purchase"))
    (seen,) = [one for one in report.observations if one.metric == "advanced_share"]
    assert seen.place == lemma(report, "purchase").place
    assert lemma(report, "purchase").is_advanced
    assert value(report, "advanced_share") == pytest.approx(1 / 9, abs=1e-4)


def test_a_word_said_over_and_over_is_observed_against_variety() -> None:
    different = " ".join(f"word{chr(97 + n)}" for n in range(26))
    report = judge(dialogue(f"L: {different} cat cat cat cat {different.replace('word', 'form')}"))
    assert [one.message for one in report.observations if one.metric == "mattr"] == [
        "“cat” is said 4 times."
    ]


def test_context_of_a_long_turn_holds_the_word() -> None:
    found = lemma(judge(dialogue(f"L: {many(300)} dog {many(300)}")), "dog")
    assert "dog" in found.context
    assert len(found.context) <= CONTEXT + 2
    assert found.context.startswith("…")
    assert found.context.endswith("…")


def test_fifty_words_are_enough_and_fewer_are_not() -> None:
    assert judge(dialogue(f"L: {many(ENOUGH)}")).insufficient is None
    reason = judge(dialogue(f"L: {many(ENOUGH - 1)}")).insufficient
    assert reason is not None
    assert "49" in reason


@pytest.mark.parametrize(
    "talk",
    [
        dialogue("P: Nobody else"),
        dialogue("L: das ist ein Haus", language="de", supported=False),
        dialogue(),
    ],
)
def test_who_cannot_be_judged_gets_a_reason_and_no_numbers(talk: Dialogue) -> None:
    report = judge(talk)
    assert report.insufficient
    assert report.metrics == ()
    assert report.observations == ()
    assert report.lemmas == ()
