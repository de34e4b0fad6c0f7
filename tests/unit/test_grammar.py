from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from pipeline.metrics import METRICS
from pipeline.ports import GrammarFinding, Token
from pipeline.reports import GrammarReport
from pipeline.slips import slips
from pipeline.stages.grammar import ENOUGH, grammar
from pipeline.sureness import SURELY
from pipeline.values import Dialogue
from tests import factories
from tests.fakes.language import FakeGrammarChecker, Slip
from tests.fakes.text import FakeTextAnalyzer

FILL = "I live in a small town near the river and I like to walk there every day with my dog"
FILLED = [f"L: {FILL}."] * 3


def judged(*lines: str, table: Mapping[str, Slip] | None = None) -> GrammarReport:
    return judge(factories.dialogue(*FILLED, *lines), table)


def judge(talk: Dialogue, table: Mapping[str, Slip] | None = None) -> GrammarReport:
    checker = FakeGrammarChecker(table) if table else FakeGrammarChecker()
    return grammar(talk, grammar_checker=checker, text_analyzer=FakeTextAnalyzer())


def rate(report: GrammarReport) -> float:
    metric = report.metric("errors_per_100_words")
    assert metric is not None
    return metric.value


def test_a_slip_stands_where_it_was_said() -> None:
    talk = factories.dialogue(*FILLED, "P: He go?", "L: (um) 🙂 so he [he] (uh) go home")
    (slip,) = judge(talk).errors
    segment = talk.segments[slip.place.segment]
    assert segment.speaker == "learner"
    assert segment.text[slip.place.start : slip.place.end] == slip.text == "go"
    said = [one for one in segment.words if one.id in slip.place.words]
    assert [one.text for one in said] == ["go"]
    assert (slip.place.start_time, slip.place.end_time) == (said[0].start, said[0].end)
    assert (slip.type, slip.severity, slip.suggestion) == ("agreement", "medium", "goes")
    assert slip.source == "languagetool"


def test_only_the_learners_clean_text_is_asked_about() -> None:
    checker = FakeGrammarChecker()
    talk = factories.dialogue(*FILLED, "P: And he?", "L: (um) i [he] think he go home")
    grammar(talk, grammar_checker=checker, text_analyzer=FakeTextAnalyzer())
    assert checker.asked == [f"{FILL}."] * 3 + ["I think he go home."]


def test_the_rate_weighs_by_severity_and_observations_sum_to_it() -> None:
    found = judged("L: he go home and has many book", "L: he must to go")
    words = sum(
        len(one.words) for one in factories.dialogue(*FILLED, "L: a b c d e f g h i j k").segments
    )
    assert len(found.observations) == 2
    metric = found.metric("errors_per_100_words")
    assert metric is not None
    assert metric.n == words
    weight = sum(one.weight for one in found.observations)
    assert metric.value == pytest.approx(100 * weight / words, abs=1e-3)


def test_a_heavier_slip_costs_more() -> None:
    light = {"in future": Slip("IN_FUTURE", "in future", "in the future")}
    heavy = {"can sings": Slip("MD_BASEFORM", "sings", "sing")}
    low, high = judged("L: in future x", table=light), judged("L: can sings x", table=heavy)
    assert low.errors[0].severity == "low"
    assert high.errors[0].severity == "high"
    assert rate(high) == pytest.approx(3 * rate(low), abs=1e-3)


@pytest.mark.parametrize("line", ["L: he go~ home", "L: he~ go home", "L: and he go home~"])
def test_a_slip_in_or_beside_an_unsure_word_is_shown_and_costs_nothing(line: str) -> None:
    found = judged(line)
    (slip,) = found.errors
    assert not slip.counted
    assert "unsure" in str(slip.why_not_counted)
    assert (rate(found), found.observations) == (0, ())


@pytest.mark.parametrize(("below", "counted"), [(0.01, False), (0.0, True)])
def test_a_slip_rests_on_words_that_were_heard_surely(below: float, *, counted: bool) -> None:
    talk = factories.dialogue(*FILLED, "L: he go home")
    words = tuple(replace(one, probability=SURELY - below) for one in talk.segments[-1].words)
    talk = replace(talk, segments=(*talk.segments[:-1], replace(talk.segments[-1], words=words)))
    assert [one.counted for one in judge(talk).errors] == [counted]


def test_an_unsure_word_further_away_changes_nothing() -> None:
    assert judged("L: maybe~ that he go home").errors[0].counted


def test_slips_while_another_talks_cost_nothing() -> None:
    talk = factories.dialogue(*FILLED, "L: he go home")
    *rest, last = talk.segments
    found = judge(replace(talk, segments=(*rest, replace(last, overlap=True))))
    assert not found.errors[0].counted
    assert found.errors[0].why_not_counted


def test_the_same_words_are_counted_once() -> None:
    both = {
        "many book": Slip("MANY_NN", "many book", "many books"),
        "book is": Slip("SUBJECT_VERB_AGREEMENT", "book is", "books are"),
    }
    found = judged("L: so many book is here", table=both)
    assert [one.counted for one in found.errors] == [True, False]
    assert len(found.observations) == 1


def test_what_the_recogniser_chose_is_not_even_shown() -> None:
    assert judged("L: I ate a apple today").errors == ()


def test_a_finding_of_a_rule_that_nobody_vouches_for_is_no_slip() -> None:
    unknown = {"small town": Slip("SOME_STYLE_RULE", "small town", "town")}
    assert judged(table=unknown).errors == ()


def test_the_partners_words_move_nothing() -> None:
    one = judged("P: he go home and has many book", "L: he go home")
    other = judged("P: what a fine day", "L: he go home")
    assert one.metrics == other.metrics
    assert len(one.errors) == len(other.errors) == 1


@pytest.mark.parametrize(
    ("talk", "reason"),
    [
        (factories.dialogue(*FILLED, supported=False), "English"),
        (factories.dialogue(f"L: {'word ' * (ENOUGH - 1)}"), f"at least {ENOUGH}"),
        (factories.dialogue(f"L: {'(um) ' * ENOUGH}"), "0 words"),
        (factories.dialogue(f"P: {FILL}"), "learner"),
        (factories.dialogue(), "No words"),
    ],
)
def test_too_little_to_judge_has_a_reason_and_no_numbers(talk: Dialogue, reason: str) -> None:
    found = judge(talk)
    assert reason in str(found.insufficient)
    assert (found.metrics, found.errors, found.observations) == ((), (), ())


def test_forty_words_are_enough() -> None:
    assert judge(factories.dialogue(f"L: {'word ' * ENOUGH}")).insufficient is None


class FiniteVerbs:
    """Takes `live`, `like` and `go` for finite verbs."""

    engine = "finite verbs"

    def analyze(self, texts: Sequence[str], language: str = "en") -> list[tuple[Token, ...]]:
        return [
            tuple(
                replace(one, pos="VERB", morph="VerbForm=Fin|Tense=Pres")
                if one.text in {"live", "like", "go"}
                else one
                for one in tokens
            )
            for tokens in FakeTextAnalyzer().analyze(texts, language)
        ]


def test_sentences_and_clauses_are_measured() -> None:
    talk = factories.dialogue(*FILLED)
    found = grammar(talk, grammar_checker=FakeGrammarChecker(), text_analyzer=FiniteVerbs())
    values = {one.name: (one.value, one.n) for one in found.metrics}
    assert values["mean_sentence_length"] == (float(len(FILL.split())), 3)
    assert values["clauses_per_sentence"] == (2.0, 3)
    assert set(values) <= set(METRICS)


def test_no_rule_is_both_vouched_for_and_off() -> None:
    known = slips()
    assert not known.families.keys() & known.off.keys()
    assert all(known.off.values())
    assert {one.severity for one in known.families.values()} <= known.weights.keys()


@pytest.mark.parametrize(
    "rule",
    ["EN_A_VS_AN", "MORFOLOGIK_RULE_EN_US", "ENGLISH_WORD_REPEAT_RULE", "THIS_NNS", "UNHEARD_OF"],
)
def test_rules_that_do_not_count_have_no_family(rule: str) -> None:
    assert slips().family(rule) is None


def test_a_finding_outside_all_words_is_left_out() -> None:
    class Outside(FakeGrammarChecker):
        def _findings(self, text: str) -> list[GrammarFinding]:
            end = len(text)
            return [
                GrammarFinding(
                    start=end,
                    end=end,
                    rule="IT_VBZ",
                    category="GRAMMAR",
                    message="?",
                    suggestions=(),
                )
            ]

    talk = factories.dialogue(*FILLED)
    found = grammar(talk, grammar_checker=Outside(), text_analyzer=FakeTextAnalyzer())
    assert found.errors == ()


@pytest.mark.parametrize(
    ("message", "best"),
    [
        ('Le déterminant s\'accorde avec le nom "goer".', "a goer"),
        (
            "Le déterminant s\N{RIGHT SINGLE QUOTATION MARK}accorde avec le nom «\N{NO-BREAK SPACE}goer\N{NO-BREAK SPACE}».",
            "a goer",
        ),
        ('Le déterminant s\'accorde avec le nom "other".', "a goner"),
        ('Is it "goer"?', "a goner"),
    ],
)
def test_the_suggestion_that_is_shown_keeps_the_noun_that_a_determiner_agrees_with(
    message: str, best: str
) -> None:
    class Two(FakeGrammarChecker):
        def _findings(self, text: str) -> list[GrammarFinding]:
            found = super()._findings(text)
            return [
                replace(one, message=message, suggestions=("a goner", "a goer")) for one in found
            ]

    talk = factories.dialogue(*FILLED, "L: so he go home")
    found = grammar(talk, grammar_checker=Two(), text_analyzer=FakeTextAnalyzer())
    assert [one.suggestion for one in found.errors] == [best]
