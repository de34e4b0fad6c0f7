from __future__ import annotations

from dataclasses import replace
from itertools import cycle, islice

import pytest

from pipeline.reports import LemmaUse, VocabularyReport
from pipeline.stages.vocabulary import CONTEXT, ENOUGH, vocabulary
from pipeline.values import Dialogue
from tests.factories import dialogue, upload
from tests.fakes.text import FakeLevelList, FakeTextAnalyzer, FakeWordFrequencies

WORDS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta")


def judge(
    talk: Dialogue,
    level: str | None = None,
    topic: str | None = None,
    zipf: FakeWordFrequencies | None = None,
) -> VocabularyReport:
    return vocabulary(
        upload(level=level, topic=topic),
        talk,
        text_analyzer=FakeTextAnalyzer(),
        word_frequencies=zipf or FakeWordFrequencies(),
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


def words(count: int) -> str:
    """So many different ones."""
    return " ".join(f"word{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(count))


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
    unknown = lemma(report, "qzxv")  # perhaps no word at all
    assert (unknown.complexity, unknown.zipf, unknown.cefr) == (None, None, None)


def test_what_no_list_has_moves_no_measure() -> None:
    plain, more = judge(dialogue("L: dog purchase")), judge(dialogue("L: dog qzxv purchase"))
    assert lemma(more, "qzxv").cefr is None
    for name in ("mattr", "mtld", "rarer_words", "mean_zipf", "advanced_share"):
        assert value(more, name) == value(plain, name)


@pytest.mark.parametrize(
    ("level", "fits"), [(None, None), ("strange", None), ("b1+", 50.0), ("A2", 25.0), ("C2", 100.0)]
)
def test_appropriateness_is_relative_to_the_conversations_level(
    level: str | None, fits: float | None
) -> None:
    report = judge(dialogue("L: qzxv exterior"), level)
    assert lemma(report, "exterior").appropriateness == fits
    assert lemma(report, "qzxv").appropriateness is None


def test_a_word_that_the_topic_names_is_appropriate_however_advanced() -> None:
    report = judge(dialogue("L: purchase exterior"), "A1", "The exterior of my house")
    assert lemma(report, "exterior").appropriateness == 100.0
    assert lemma(report, "purchase").appropriateness == 25.0
    unknown = judge(dialogue("L: exterior"), None, "The exterior of my house")
    assert lemma(unknown, "exterior").appropriateness is None


def test_advanced_words_are_observed_where_they_stand() -> None:
    report = judge(dialogue(f"L: {many(60)} purchase"))
    (seen,) = [one for one in report.observations if one.rule == "advanced-word"]
    assert seen.place == lemma(report, "purchase").place
    assert lemma(report, "purchase").is_advanced
    assert value(report, "advanced_share") == pytest.approx(1 / 9, abs=1e-4)


def test_readers_are_shown_a_use_that_was_heard_surely_and_such_words_first() -> None:
    talk = dialogue(f"L: purchase exterior {many(60)}", "L: purchase")
    first, last = talk.segments
    unsure = tuple(replace(one, probability=0.6) for one in first.words[:2])
    first = replace(first, words=(*unsure, *first.words[2:]))
    report = judge(replace(talk, segments=(first, last)))
    assert lemma(report, "purchase").place.segment == last.number
    assert lemma(report, "exterior").place.segment == first.number
    seen = [one.message for one in report.observations if one.rule == "advanced-word"]
    assert ["purchase" in one for one in seen] == [True, False]
    both = judge(talk).observations
    assert "exterior" in next(one.message for one in both if one.rule == "advanced-word")


def test_a_word_said_over_and_over_is_observed_against_variety() -> None:
    different = " ".join(f"word{chr(97 + n)}" for n in range(26))
    report = judge(dialogue(f"L: {different} cat cat cat cat {different.replace('word', 'form')}"))
    (seen,) = [one for one in report.observations if one.metric == "mattr"]
    assert seen.message == "“cat” is said 4 times."
    assert seen.weight == 3 * 49  # said again at once: in 49 of the 50 windows that see it


def test_repetitions_cost_by_how_soon_they_come_and_small_words_in_one_row() -> None:
    report = judge(dialogue("L: the cat the cat cat cat " + words(30) + " the"))
    named, rest = [one for one in report.observations if one.metric == "mattr"]
    assert (named.rule, named.weight) == ("repeated-word", 48.0 + 49.0 + 49.0)
    assert (rest.rule, rest.weight, rest.place) == ("words-come-again", 48.0 + 16.0, None)


def test_words_that_come_again_after_a_whole_window_are_no_repetition() -> None:
    report = judge(dialogue(f"L: cat {words(49)} cat"))
    assert report.observations == ()


@pytest.mark.parametrize(
    ("lines", "own"),
    [
        (("P: exterior", "L: the exterior"), False),
        (("P: exterior", "L: the exterior", "L: dog exterior"), False),  # still in the ear
        (("P: exterior", "L: the exterior", f"L: {many(58)} exterior"), True),  # later, alone
        (("L: the exterior", "P: exterior", "L: exterior"), True),  # the learner's word first
        (("P: exterior", f"L: {many(58)} exterior"), False),
        (("P: exterior", f"L: {many(59)} exterior"), True),
        (("P: dog", "L: the exterior"), True),
    ],
)
def test_an_echo_of_the_partner_is_no_range(lines: tuple[str, ...], *, own: bool) -> None:
    report = judge(dialogue(*lines))
    assert lemma(report, "exterior").is_advanced is own
    assert bool([one for one in report.observations if one.rule == "advanced-word"]) is own
    assert (value(report, "independent_words") > 0) is own


def test_an_echo_is_as_varied_as_any_other_word() -> None:
    for name in ("mattr", "mtld"):
        echoed = judge(dialogue("P: exterior dog", "L: the exterior dog the"))
        own = judge(dialogue("P: green apple", "L: the exterior dog the"))
        assert value(echoed, name) == value(own, name)


def test_range_counts_different_words_expected_in_fifty() -> None:
    once, twice = f"{many(97)} purchase", f"{many(98)} purchase purchase"
    # said once in 98 words: 50 / 98; twice in 100: 1 - (50 * 49) / (100 * 99)
    assert value(judge(dialogue(f"L: {once}")), "independent_words") == pytest.approx(
        50 / 98, abs=1e-4
    )
    assert value(judge(dialogue(f"L: {twice}")), "independent_words") == pytest.approx(
        1 - 50 * 49 / (100 * 99), abs=1e-4
    )


def test_rarer_words_lie_below_zipf_five() -> None:
    zipf = FakeWordFrequencies({"purchase": 4.9, "exterior": 5.0})
    report = judge(dialogue(f"L: {many(48)} purchase exterior"), zipf=zipf)
    assert value(report, "rarer_words") == 1.0


def test_diversity_counts_forms_and_range_counts_lemmas() -> None:
    report = judge(dialogue("L: dog dogs"), zipf=FakeWordFrequencies({"dog": 4.0}))
    assert (value(report, "mattr"), value(report, "rarer_words")) == (1.0, 1.0)


def test_a_word_in_forms_that_never_repeat_is_not_held_against_variety() -> None:
    report = judge(dialogue(f"L: dog dogs {words(48)} dog dogs"))
    assert lemma(report, "dog").frequency == 4
    assert report.observations == ()


def test_longer_talk_of_the_same_kind_has_no_more_range() -> None:
    short, long = (
        value(judge(dialogue(*[f"L: {many(30)} purchase"] * n)), "mattr") for n in (4, 40)
    )
    assert long == pytest.approx(short, abs=0.01)


def test_bands_sum_to_one_and_the_share_of_b2_is_over_words_and_over_uses() -> None:
    report = judge(dialogue("L: dog dog dog purchase"))
    assert value(report, "advanced_share") == pytest.approx(1 / 2)
    assert value(report, "advanced_token_share") == pytest.approx(1 / 4)
    assert (value(report, "level_a1_share"), value(report, "level_b2_share")) == (0.5, 0.5)
    assert sum(value(report, f"zipf_{n}_share") for n in (6, 5, 4, 3)) == pytest.approx(1.0)


def test_measures_of_the_rubric_have_bounds_over_turns() -> None:
    lines = [f"L: {' '.join(islice(cycle(WORDS), n, n + 9))} purchase" for n in range(8)]
    report = judge(dialogue(*lines, "L: exterior cat cat cat"))
    for name in ("mattr", "mtld", "rarer_words", "independent_words"):
        metric = report.metric(name)
        assert metric is not None
        assert metric.low is not None
        assert metric.high is not None
        assert metric.low <= metric.value <= metric.high
        assert metric.low < metric.high or not metric.value
    one_turn = judge(dialogue(f"L: {many(60)}")).metric("mattr")
    assert one_turn is not None
    assert one_turn.low is None


def test_one_word_five_hundred_times_has_no_variety_and_says_which() -> None:
    report = judge(dialogue(*["L: dog dog dog dog dog"] * 100))
    assert report.insufficient is None
    assert value(report, "mattr") == pytest.approx(1 / 50)
    assert [one.message for one in report.observations] == ["“dog” is said 500 times."]


@pytest.mark.parametrize("said", ["qzxv", "42", "the Zoë Łukasz 李明 Ólafur"])
def test_gibberish_numbers_and_names_alone_are_not_enough(said: str) -> None:
    report = judge(dialogue(f"L: {' '.join([said] * 20)}"))
    assert report.insufficient is not None


def test_swearing_is_neither_praised_nor_punished() -> None:
    report = judge(dialogue("L: the damn dog"))
    assert lemma(report, "damn").cefr == "B2"
    assert not lemma(report, "damn").is_advanced
    assert value(report, "independent_words") == 0.0


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
