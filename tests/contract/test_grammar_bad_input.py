"""What is no conversation at all, through the real engines: no crash and no absurd counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.adapters.lingotweaker import LingoTweaker
from pipeline.adapters.spacy import Spacy
from pipeline.disfluency import marked
from pipeline.reports import GrammarReport
from pipeline.stages.grammar import grammar
from pipeline.values import Dialogue
from tests import factories

FINE = "I live in a small town near the river and I walk there every day. " * 4


@pytest.fixture(scope="module")
def engines() -> tuple[LingoTweaker, Spacy]:
    return LingoTweaker(), Spacy()


def judged(engines: tuple[LingoTweaker, Spacy], *lines: str) -> GrammarReport:
    return judge(engines, factories.dialogue(*lines))


def judge(engines: tuple[LingoTweaker, Spacy], talk: Dialogue) -> GrammarReport:
    checker, analyzer = engines
    return grammar(talk, grammar_checker=checker, text_analyzer=analyzer)


def value(report: GrammarReport, name: str) -> float:
    found = report.metric(name)
    assert found is not None
    return found.value


@pytest.mark.parametrize(
    "said",
    [
        "go " * 500,
        "car " * 500,
        "zorp blick quandle frim thop grelb snarp voon drelt kwim " * 8,
        "one two three four five six seven eight nine ten " * 8,
        "1 2 3 44 555 2024 7 8 9 10 " * 8,
        "yes yeah okay no yes well okay " * 8,
        "🙂 🙂🙂 … — 你好 привет " * 12,
        "yo quiero una casa grande con jardín y mi madre trabaja en el hospital " * 5,
    ],
    ids=["go", "car", "gibberish", "numbers", "digits", "yes", "signs", "spanish"],
)
def test_what_is_no_talk_is_not_judged(engines: tuple[LingoTweaker, Spacy], said: str) -> None:
    report = judged(engines, f"L: {said}")
    assert "are needed to judge grammar" in str(report.insufficient)
    assert (report.metrics, report.errors, report.observations) == ((), (), ())


def test_profanity_is_judged_and_has_no_absurd_counts(engines: tuple[LingoTweaker, Spacy]) -> None:
    report = judged(engines, f"L: {'fuck this shit is so fucking stupid damn it ' * 8}")
    assert report.errors == ()
    assert value(report, "structure_variety") <= 1


def test_a_few_words_of_another_language_are_no_slips(
    engines: tuple[LingoTweaker, Spacy],
) -> None:
    report = judged(engines, f"L: {FINE}", "L: my mother makes a very good tortilla de patatas")
    assert report.errors == ()


def test_empty_turns_move_nothing(engines: tuple[LingoTweaker, Spacy]) -> None:
    without, with_empty = judged(engines, f"L: {FINE}"), judged(engines, f"L: {FINE}", "L: (um)")
    assert without.metrics == with_empty.metrics


@pytest.mark.parametrize(
    "said",
    [
        "L: he go I mean he goes home",
        "L: she don't sorry she doesn't like it",
        "L: he go or rather he goes home",
    ],
)
def test_a_self_correction_is_no_slip(engines: tuple[LingoTweaker, Spacy], said: str) -> None:
    talk = factories.dialogue(f"L: {FINE}", said)
    assert judge(engines, talk).errors, "as it stands it is a slip"
    first, second = talk.segments
    heard = replace(second, words=marked(second.words))
    assert judge(engines, replace(talk, segments=(first, heard))).errors == ()


def test_a_structure_stands_at_its_sentence_and_a_wrong_one_is_not_credited(
    engines: tuple[LingoTweaker, Spacy],
) -> None:
    said = "L: It is late. She can go home. Good night."
    right = judged(engines, f"L: {FINE}", said)
    (found,) = (one for one in right.observations if one.rule == "structure-can")
    assert found.metric == "structure_variety"
    assert found.place is not None
    text = factories.dialogue(f"L: {FINE}", said).segments[1].text
    assert text[found.place.start : found.place.end] == "She can go home."
    # Readers are shown one that was heard surely, and that first of all; of unsure ones any.
    unsure = said.replace("can", "can~")
    both = judged(engines, f"L: {FINE}", unsure, "P: And then?", "L: It is cold. We can wait here.")
    (shown,) = (one for one in both.observations if one.rule == "structure-can")
    assert shown.place is not None
    assert shown.place.segment > found.place.segment
    higher, low = "L: I could have~ gone home.", "L: She worked here."
    for line, first in ((higher, "past"), (higher.replace("~", ""), "modal-perfect")):
        told = judged(engines, f"L: {FINE}", line, low).observations
        names = (one.rule for one in told if one.metric == "structure_variety")
        assert next(names) == f"structure-{first}"
    wrong = judged(engines, f"L: {FINE}", said.replace("go", "goes", 1))
    assert wrong.errors
    assert "structure-can" not in {one.rule for one in wrong.observations}
