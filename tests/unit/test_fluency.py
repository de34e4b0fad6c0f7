from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.reports import FluencyReport
from pipeline.stages.fluency import fluency
from pipeline.values import Dialogue, Span, Turn
from tests.factories import dialogue
from tests.fakes.text import FakeTextAnalyzer

PLAIN = "banana " * 40


def talk(*lines: str) -> Dialogue:
    """The factory's dialogue, with voice exactly where words are."""
    made = dialogue(*lines)
    spans = tuple(
        Span(start=word.start, end=word.end) for one in made.segments for word in one.words
    )
    return replace(made, speech=spans)


def judge(made: Dialogue, *verbs: str) -> FluencyReport:
    return fluency(made, text_analyzer=FakeTextAnalyzer(clauses=frozenset(verbs)))


def value(report: FluencyReport, name: str) -> float:
    metric = report.metric(name)
    assert metric is not None
    return metric.value


def test_rates_of_an_even_talk() -> None:
    made = talk(f"L: {PLAIN}")
    seconds = made.segments[0].end - made.segments[0].start
    report = judge(made)
    assert report.insufficient is None
    assert value(report, "speech_rate") == pytest.approx(120 / seconds, abs=1e-3)
    assert value(report, "articulation_rate") == value(report, "speech_rate")
    assert value(report, "mean_length_of_run") == 120
    assert value(report, "phonation_ratio") == 1
    assert value(report, "pauses_per_minute") == 0
    assert report.metric("mean_pause") is None


def test_a_pause_slows_speech_but_not_articulation() -> None:
    even, halting = judge(talk(f"L: {PLAIN}")), judge(talk(f"L: {PLAIN} <1.95> {PLAIN}"))
    assert value(halting, "speech_rate") < value(even, "speech_rate")
    assert value(halting, "articulation_rate") == pytest.approx(
        value(even, "articulation_rate"), rel=0.01
    )
    assert value(halting, "mean_pause") == pytest.approx(2.0)
    assert value(halting, "mean_length_of_run") == 120


def test_pauses_by_their_place_in_the_clause() -> None:
    made = talk(f"L: {PLAIN} He <0.5> likes tea <0.5> she <0.5> drinks milk, <0.5> often.")
    where = [one.where for one in judge(made, "likes", "drinks").pauses]
    assert where == ["within", "between", "within", "between"]


def test_a_pause_before_or_after_um_at_a_border_is_between_clauses() -> None:
    made = talk(f"L: {PLAIN} he likes tea <0.5> (um) <0.5> she drinks milk")
    assert [one.where for one in judge(made, "likes", "drinks").pauses] == ["between", "between"]


def test_only_long_pauses_inside_clauses_are_held_against_the_learner() -> None:
    made = talk(f"L: {PLAIN} he <0.7> likes tea, <2> she <1.5> drinks milk")
    (seen,) = judge(made, "likes", "drinks").observations
    assert (seen.metric, seen.rule) == ("pauses_within_per_100_words", "long-pause")
    assert seen.place is not None
    words = [one.id for one in made.segments[0].words if one.text in {"she", "drinks"}]
    assert list(seen.place.words) == words
    assert seen.weight == pytest.approx(1.55)


def test_fillers_and_repairs_have_places_and_cost_no_pace() -> None:
    made = talk(f"L: {PLAIN} (um) [banana] banana")
    report = judge(made)
    assert [one.rule for one in report.observations] == ["filler", "repair"]
    assert value(report, "fillers_per_100_words") == pytest.approx(100 / 43, abs=1e-3)
    assert value(report, "repairs_per_100_words") == pytest.approx(100 / 43, abs=1e-3)
    assert value(report, "mean_length_of_run") == 127
    plain = judge(talk(f"L: {PLAIN} oh banana banana"))
    assert value(report, "articulation_rate") == value(plain, "articulation_rate")


def test_the_wait_before_a_reply_is_kept_apart() -> None:
    report = judge(talk("P: How are you?", f"L: <2> {PLAIN}"))
    (reply,) = report.pauses
    assert (reply.where, reply.segment) == ("reply", 1)
    assert reply.end - reply.start == pytest.approx(2.5)
    assert value(report, "pauses_per_minute") == 0


def test_the_partners_pace_changes_nothing() -> None:
    slow = judge(talk("P: Well <3> (um) so <4> then", f"L: {PLAIN}"))
    quick = judge(talk("P: Well so", f"L: {PLAIN}"))
    assert slow.metrics == quick.metrics
    assert slow.observations == quick.observations


@pytest.mark.parametrize("lines", [("L: banana banana",), ("P: Hello there",), ()])
def test_too_little_gets_a_reason(lines: tuple[str, ...]) -> None:
    assert judge(talk(*lines)).insufficient


def test_every_metric_lies_between_its_bounds_once_there_are_turns_enough() -> None:
    lines = [f"L: {'banana ' * (5 + n)}<{0.5 + n / 10}> (um) [go] went" for n in range(8)]
    for metric in judge(talk(*lines)).metrics:
        assert metric.low is not None
        assert metric.high is not None
        assert metric.low <= metric.value <= metric.high
    assert all(one.low is None for one in judge(talk(f"L: {PLAIN}")).metrics)


def test_what_the_recogniser_was_unsure_to_hear_twice_costs_nothing() -> None:
    made = talk(f"L: {PLAIN} [banana] banana")
    (one,) = made.segments
    words = tuple(replace(word, probability=0.3) if word.repair else word for word in one.words)
    doubted = replace(made, segments=(replace(one, words=words),))
    assert value(judge(made), "repairs_per_100_words") > 0
    assert value(judge(doubted), "repairs_per_100_words") == 0
    assert judge(doubted).observations == ()


def test_a_filler_counts_by_the_recognisers_own_doubt() -> None:
    made = talk(f"L: {PLAIN} (um) banana")
    (one,) = made.segments
    words = tuple(replace(word, probability=0.3) if word.filler else word for word in one.words)
    doubted = judge(replace(made, segments=(replace(one, words=words),)))
    assert value(doubted, "fillers_per_100_words") == 0
    assert value(doubted, "unsure_fillers_per_100_words") == pytest.approx(100 / 42, abs=1e-3)
    assert doubted.observations == ()


def test_commas_around_a_filler_are_no_borders_of_clauses() -> None:
    made = talk(f"L: {PLAIN} he likes, <0.5> (um,) <0.5> tea, <0.5> often")
    where = [one.where for one in judge(made, "likes").pauses]
    assert where == ["within", "within", "between"]


def test_silence_counted_into_the_first_and_the_last_word_changes_nothing() -> None:
    made = talk(f"L: {PLAIN} <0.5> home")
    (one,) = made.segments
    first = replace(one.words[0], start=one.start - 3)
    last = replace(one.words[-1], end=one.end + 3)
    longer = replace(one, start=first.start, end=last.end, words=(first, *one.words[1:-1], last))
    stretched = replace(made, segments=(longer,))
    assert judge(stretched).metrics == judge(made).metrics
    assert judge(stretched).pauses == judge(made).pauses


def test_one_word_five_hundred_times_is_judged_by_its_time_alone() -> None:
    report = judge(talk(f"L: {'no ' * 500}"))
    assert value(report, "mean_length_of_run") == 500
    assert report.observations == ()


def test_numbers_alone_have_the_pace_in_which_they_are_read() -> None:
    figures = judge(talk(f"L: {'42 ' * 120}"))
    assert value(figures, "mean_length_of_run") == 360


def test_an_empty_turn_and_words_without_length_are_survived() -> None:
    made = talk(f"L: {PLAIN}", "P: Well", f"L: {PLAIN}")
    empty = replace(made.segments[1], speaker="learner", words=(), text="")
    points = tuple(replace(word, end=word.start) for word in made.segments[2].words)
    report = judge(
        replace(made, segments=(made.segments[0], empty, replace(made.segments[2], words=points)))
    )
    assert value(report, "articulation_rate") > 0
    still = tuple(replace(word, start=5.0, end=5.0) for word in made.segments[0].words)
    none = judge(replace(made, segments=(replace(made.segments[0], words=still),), speech=()))
    assert none.insufficient
    assert none.metric("articulation_rate") is None


def test_talk_under_the_partners_voice_all_the_time_is_no_pause() -> None:
    made = talk(f"L: {PLAIN} <1> {PLAIN}")
    over = replace(
        made,
        turns=(*made.turns, Turn(label="S2", start=0.0, end=made.duration)),
        speech=(Span(start=0.0, end=made.duration),),
    )
    report = judge(over)
    assert report.pauses == ()
    assert value(report, "phonation_ratio") == 1


def test_a_filled_pause_without_a_word_has_its_place_and_costs_nothing() -> None:
    made = talk(f"L: {PLAIN} <0.5> {PLAIN}")
    first, second = made.segments[0].words[39:41]
    uh = Span(start=first.end, end=second.start)
    report = judge(replace(made, filled_pauses=(uh,)))
    (found,) = [one for one in report.observations if one.rule == "unheard-filler"]
    assert found.place is not None
    assert found.place.words[0] == first.id
    plain = judge(made)
    assert value(plain, "unheard_fillers_per_100_words") == 0
    assert value(report, "unheard_fillers_per_100_words") > 0
    for name in ("pauses_per_minute", "speech_rate", "fillers_per_100_words"):
        assert value(report, name) == value(plain, name)
