from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from pipeline.artifacts import Artifact, freeze, thaw
from pipeline.feedback import LEAST, feedback
from pipeline.quotes import LONGEST, PROFANE, quote
from pipeline.reports import (
    Dimension,
    GrammarReport,
    Observation,
    Severity,
)
from pipeline.scores import Feedback, Scorecard
from pipeline.values import Dialogue, Upload
from tests import factories, report_factories
from tests.feedbacks import RUBRIC, TALK, areas, card, measured, told


def slips(
    *found: tuple[str, str, str], talk: Dialogue = TALK, severity: Severity = "medium"
) -> GrammarReport:
    """Grammar with slips of (words, better words, family), each of the same weight."""
    plain = report_factories.grammar_report(talk, *((one, two) for one, two, _ in found))
    errors = tuple(
        replace(one, type=family, rule=family.upper(), severity=severity)
        for one, (_, _, family) in zip(plain.errors, found, strict=True)
    )
    observations = tuple(
        replace(one, rule=error.rule) for one, error in zip(plain.observations, errors, strict=True)
    )
    return replace(plain, errors=errors, observations=observations)


def test_the_learner_reads_their_own_words_in_context_and_better_ones() -> None:
    said = told(slips(("live", "lives", "agreement")))
    (area,) = areas(said)
    assert area.quote == "He live in a"
    assert area.better == "He lives in a"
    assert "“He live in a”" in area.text
    assert "“He lives in a”" in area.text
    assert "“He lives in a”" in (area.advice or "")
    assert area.text in said.areas_for_improvement
    assert area.advice in said.recommendations


def test_a_better_form_has_no_fillers_and_stays_in_its_sentence() -> None:
    (area,) = areas(told(slips(("near", "by", "preposition"))))
    assert (area.quote, area.better) == ("town um near the sea", "town by the sea")
    (area,) = areas(told(slips(("sea.", "ocean", "collocation"))))
    assert (area.quote, area.better) == ("near the sea", "near the ocean")


def test_words_that_may_be_the_recognisers_are_not_quoted_around_a_slip() -> None:
    talk = factories.dialogue("P: Well?", "L: Yesterday~ he go to~ school")
    (area,) = areas(told(slips(("go", "goes", "agreement"), talk=talk), talk=talk))
    assert area.quote == "he go"


def test_a_family_of_slips_is_one_area_with_all_its_points() -> None:
    made = card(
        slips(
            ("live", "lives", "agreement"),
            ("work", "works", "agreement"),
            ("childs", "children", "number"),
        )
    )
    first, second = areas(made.feedback)
    assert (first.about, first.times, second.about) == ("agreement", 2, "number")
    lost = {"AGREEMENT": Decimal(0), "NUMBER": Decimal(0)}
    for row in made.evidence:
        if row.rule in lost:
            lost[row.rule] += row.points
    assert (first.points, second.points) == (lost["AGREEMENT"], lost["NUMBER"])
    assert "2 times" in first.text
    assert "times" not in second.text


def test_what_the_learners_level_has_long_asked_for_matters_more() -> None:
    grammar = slips(("live", "lives", "word-form"), ("work", "works", "agreement"))
    made = card(grammar)
    rows = [one for one in made.evidence if one.rule in {"WORD-FORM", "AGREEMENT"}]

    def order(level: str | None) -> list[str]:
        said = feedback(
            TALK,
            (grammar, *report_factories.reports(TALK)[1:]),
            made.dimensions,
            made.evidence,
            rubric=RUBRIC,
            level=level,
            language="en",
        )
        return [one.about for one in areas(said)]

    assert abs(rows[0].points - rows[1].points) <= Decimal("0.01")
    assert order("C2")[0] == "agreement"
    heavier = replace(rows[0], points=rows[0].points - Decimal("0.5"))
    made = replace(
        made, evidence=tuple(heavier if one == rows[0] else one for one in made.evidence)
    )
    assert order(None)[0] == order("A1")[0] == "word-form"
    assert order("C2")[0] == "agreement"


def test_a_slip_that_does_not_count_is_not_held_against_the_learner() -> None:
    free = report_factories.grammar_error(TALK, "live", "lives", counted=False)
    said = told(replace(report_factories.grammar_report(TALK), errors=(free,)))
    assert not [one for one in areas(said) if one.quote]


def test_nobody_is_praised_for_words_with_a_slip_in_them() -> None:
    free = report_factories.grammar_error(TALK, "live", "lives", counted=False)
    said = told(replace(report_factories.grammar_report(TALK), errors=(free,)))
    spoken = {Dimension.GRAMMAR, Dimension.FLUENCY, Dimension.PRONUNCIATION}
    praised = [one for one in said.detailed if one.kind == "strength" and one.dimension in spoken]
    assert len(praised) == len(spoken)
    assert all("live" not in (one.quote or "").split() for one in praised)


def test_what_costs_next_to_nothing_is_none_of_the_three() -> None:
    grammar = slips(("live", "lives", "agreement"))
    metrics = tuple(
        replace(one, value=0.05) if one.name == "errors_per_100_words" else one
        for one in grammar.metrics
    )
    said = told(replace(grammar, metrics=metrics))
    (area,) = areas(said)
    assert 0 < -area.points < LEAST
    assert area.text not in said.areas_for_improvement


def test_a_long_reply_is_quoted_by_its_beginning() -> None:
    talk = factories.dialogue("P: Well?", f"L: {' '.join(f'word{n}' for n in range(40))}")
    where = replace(report_factories.place(talk, "word0"), end=len(talk.segments[1].text))
    found = quote(talk, where, better="other words")
    assert found is not None
    assert found.text.split() == [f"word{n}" for n in range(LONGEST)]
    assert found.better is None


def test_an_unknown_rule_has_the_text_of_its_dimension() -> None:
    where = report_factories.place(TALK, "small town")
    new = Observation(
        metric="mattr", rule="never-heard-of", message="New.", weight=1.0, place=where
    )
    report = report_factories.vocabulary_report(TALK)
    metrics = tuple(
        replace(one, value=0.5) if one.name == "mattr" else one for one in report.metrics
    )
    report = replace(report, metrics=metrics, observations=(new,))
    (area,) = [one for one in areas(told(report), Dimension.VOCABULARY) if one.quote]
    assert area.about == "never-heard-of"
    assert "few different words" in area.text
    assert "“small town”" in area.text
    unknown = replace(new, metric="mattr", rule="x")
    assert areas(told(replace(report, observations=(unknown,))), Dimension.VOCABULARY)


def test_of_many_places_of_which_some_are_shown_the_measure_is_told_and_not_their_number() -> None:
    talk = factories.dialogue("P: Well?", "L: Yesterday~ he~ go to school~ by bus")
    report = measured(report_factories.pronunciation_report(talk), unclear_word_share=0.31)
    report = replace(
        report, observations=tuple(replace(one, rule="unclear-word") for one in report.observations)
    )
    (area,) = areas(told(report, talk=talk), Dimension.PRONUNCIATION)
    assert area.times == 3
    assert area.text.startswith("31 % of your words were hard to make out, half")
    assert "times" not in area.text


def test_strengths_are_shown_by_the_learners_words() -> None:
    said = told()
    assert said.strengths
    best = [one for one in said.detailed if one.text in said.strengths]
    assert all(one.kind == "strength" and one.quote for one in best)
    assert len({one.dimension for one in best}) == len(best)


def test_grammar_is_praised_with_words_in_which_no_slip_stands() -> None:
    long = "He live in a small town near the sea with his two happy dogs"
    talk = factories.dialogue("P: Well?", f"L: {long}. We like it very much.")
    grammar = replace(slips(("He live", "He lives", "agreement"), talk=talk))
    grammar = replace(
        grammar,
        metrics=tuple(
            replace(one, value=0.2) if one.name == "errors_per_100_words" else one
            for one in grammar.metrics
        ),
    )
    (best,) = [
        one
        for one in told(grammar, talk=talk).detailed
        if (one.kind, one.dimension) == ("strength", Dimension.GRAMMAR)
    ]
    assert best.quote == "in a small town near the sea with his two happy dogs"


def test_the_language_is_the_learners() -> None:
    grammar = slips(("live", "lives", "agreement"))
    english, german = told(grammar), told(grammar, language="de-AT")
    assert german.language == "de"
    (area,) = areas(german)
    assert area.text == (
        "Das Verb passt nicht zu seinem Subjekt. Sie sagten: „He live in a“. Besser: „He lives in a“."
    )
    assert [(one.about, one.quote) for one in german.detailed] == [
        (one.about, one.quote) for one in english.detailed
    ]
    assert told(grammar, language="xx") == english


def test_profanity_is_not_read_back() -> None:
    talk = factories.dialogue("P: Well?", "L: He go to the fucking school every day")
    (area,) = areas(told(slips(("go to", "goes to", "agreement"), talk=talk), talk=talk))
    assert area.quote is None
    assert area.better is None
    assert area.place is None
    assert area.points < 0


@pytest.mark.parametrize("innocent", ["Scunthorpe", "class", "cocktail", "Dickens", "assess"])
def test_innocent_words_are_no_profanity(innocent: str) -> None:
    assert not PROFANE.search(innocent)


def test_nothing_is_said_of_what_could_not_be_judged() -> None:
    silent = [replace(one, insufficient="Too few words.") for one in report_factories.reports(TALK)]
    said = told(*silent)
    assert said == Feedback(strengths=(), areas_for_improvement=(), recommendations=(), detailed=())
    half = told(silent[0], silent[2])
    assert not {one.dimension for one in half.detailed} & {Dimension.GRAMMAR, Dimension.FLUENCY}


def test_a_scorecard_from_before_reads_back() -> None:
    plain = Feedback(strengths=("A.",), areas_for_improvement=(), recommendations=())
    old = '{"strengths": ["A."], "areas_for_improvement": [], "recommendations": []}'
    assert thaw(Feedback, Artifact(type="Feedback", body=old)) == plain
    seed = '{"name": "a.wav", "key": "k", "size": 1}'
    upload = thaw(Upload, Artifact(type="Upload", body=seed))
    assert upload.feedback_language == "en"
    assert thaw(Scorecard, freeze(card())) == card()
