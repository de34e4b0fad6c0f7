from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.report import report_page
from pages.transcript import time
from pipeline.analysis import Analysis, from_json, to_json
from pipeline.errors import PermanentError
from tests import factories, report_factories
from tests.documents import document

VOID = {"meta"}
FETCHES = {"src", "srcset", "data", "action", "poster", "background"}
SAID = "L: He go to Zürich <1.2> & he like <b>it</b> 😀 very much"


class Page(HTMLParser):
    """What a browser would see; fails on tags that do not nest."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.marks: list[str] = []
        self.strong: list[str] = []
        self.feed(source)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)
        if tag == "mark":
            self.marks.append("")
        if tag == "strong":
            self.strong.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if "mark" in self.open:
            self.marks[-1] += data
        if "strong" in self.open:
            self.strong[-1] += data

    def values(self, attribute: str) -> list[str]:
        return [value for _, name, value in self.attributes if name == attribute]


@pytest.fixture
def analysis() -> Analysis:
    talk = factories.dialogue("P: Where does he go?", SAID, "P: Oh.", "L: Yes.")
    grammar = report_factories.grammar_report(talk, ("go", "goes"), ("like", "likes"))
    free = report_factories.grammar_error(talk, "very much", "a lot", counted=False)
    grammar = replace(grammar, errors=(*grammar.errors, free))
    return document(talk, grammar, *report_factories.reports(talk)[1:])


def test_the_page_shows_every_score_and_every_row_of_evidence(analysis: Analysis) -> None:
    page = Page(report_page(analysis))
    scores = analysis.scores
    for part in (scores.overall, scores.grammar, scores.fluency, scores.comprehension):
        assert f"{part.score:.2f} of {part.cap:.0f}" in page.text
    assert f"Level {analysis.level.cefr}" in page.text
    for row in analysis.evidence:
        assert f"{row.points:+.2f}" in page.text
        assert row.explanation in page.text
    assert "1:35" in page.text


def test_slips_are_marked_where_they_stand_and_say_why(analysis: Analysis) -> None:
    page = Page(report_page(analysis))
    assert page.marks == ["go", "like", "very much"]
    kinds = [value for tag, name, value in page.attributes if (tag, name) == ("mark", "class")]
    assert kinds == ["slip", "slip", "free"]
    titles = page.values("title")
    assert "Better: goes" in titles[0]
    assert "Not counted: The recogniser was unsure" in titles[2]


def test_evidence_quotes_its_words_and_links_to_their_segment(analysis: Analysis) -> None:
    page = Page(report_page(analysis))
    placed = [one for one in analysis.evidence if one.segment is not None]
    texts = {one.number: one.text for one in analysis.segments}
    assert page.strong == [texts[one.segment or 0][one.start : one.end] for one in placed]
    assert page.values("href")[-len(placed) :] == [f"#s{one.segment}" for one in placed]
    assert set(page.values("href")) <= {f"#{one}" for one in page.values("id")}


def test_feedback_links_to_the_second_in_the_recording(analysis: Analysis) -> None:
    page = Page(report_page(analysis))
    said = analysis.feedback
    for sentence in (*said.strengths, *said.areas_for_improvement, *said.recommendations):
        assert sentence in page.text
    (slip,) = [one for one in said.detailed or () if one.about == "agreement"]
    assert slip.quote == "He go to Zürich"
    assert page.text.count(f"{slip.text} {time(slip.start_time or 0)}") == 2
    assert f"{slip.points:+.2f}" in page.text
    source = report_page(analysis)
    assert f'<a href="#s{slip.segment}">{time(slip.start_time or 0)}</a>' in source


def test_the_page_is_in_the_language_of_the_feedback(analysis: Analysis) -> None:
    german = replace(analysis, feedback=replace(analysis.feedback, language="de"))
    assert '<html lang="de">' in report_page(german)
    assert "Gesprächsbericht" in report_page(german)
    assert "Conversation report" in report_page(german, language="en")
    none = replace(analysis, feedback=replace(analysis.feedback, language="xx"))
    assert '<html lang="en">' in report_page(none)


def test_the_level_says_by_what_rule(analysis: Analysis) -> None:
    assert analysis.level.reason
    assert analysis.level.reason in Page(report_page(analysis)).text


def test_a_document_from_before_detailed_feedback_makes_a_page(analysis: Analysis) -> None:
    old = json.loads(to_json(analysis))
    old["feedback"]["detailed"] = None
    del old["feedback"]["language"]
    page = Page(report_page(from_json(json.dumps(old))))
    assert analysis.feedback.areas_for_improvement[0] in page.text


def test_nothing_is_fetched_and_nothing_runs(analysis: Analysis) -> None:
    source = report_page(analysis)
    page = Page(source)
    assert not {name for _, name, _ in page.attributes} & FETCHES
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert not {tag for tag, _, _ in page.attributes} & {"script", "link", "img", "iframe", "b"}
    assert "<script" not in source
    assert "url(" not in source
    assert "@import" not in source


def test_what_was_said_is_text_never_markup(analysis: Analysis) -> None:
    page = Page(report_page(analysis))
    assert "<b>it</b> 😀" in page.text
    assert "<talk> & more.wav" in page.text
    assert "Zürich" in page.text


@given(said=st.text(min_size=1, max_size=40), message=st.text(max_size=40))
def test_any_text_makes_a_page_that_nests(said: str, message: str) -> None:
    talk = factories.dialogue("P: Well?", "L: I go home")
    plain = document(talk, *report_factories.reports(talk))
    row = replace(plain.evidence[0], explanation=message, segment=1, start=0, end=1)
    made = replace(
        plain,
        segments=(plain.segments[0], replace(plain.segments[1], text=said, language=message)),
        evidence=(row,),
    )
    page = Page(report_page(made))
    assert not {tag for tag, _, _ in page.attributes} & {"script", "img"}


def test_slips_that_lie_in_each_other_keep_the_text_whole() -> None:
    talk = factories.dialogue("P: Well?", "L: He go to home")
    slips = report_factories.grammar_report(talk, ("go to home", "goes home"), ("to", ""))
    page = Page(report_page(document(talk, slips, *report_factories.reports(talk)[1:])))
    assert page.marks == ["go ", "to", " home"]


def test_without_enough_evidence_the_page_says_why() -> None:
    talk = factories.dialogue("P: Hello?")
    reports = [
        replace(one, insufficient="The learner said nothing.", metrics=(), observations=())
        for one in report_factories.reports(talk)
    ]
    made = document(talk, *reports)
    page = Page(report_page(made))
    assert "Not enough evidence" in page.text
    assert "The learner said nothing." in page.text
    assert "0.00 of" not in page.text


def test_a_recording_without_words_makes_a_page() -> None:
    talk = factories.dialogue()
    reports = [
        replace(one, insufficient="Nobody speaks.", metrics=(), observations=())
        for one in report_factories.reports(talk)
    ]
    assert "No words were found" in Page(report_page(document(talk, *reports))).text


def test_a_language_without_texts_is_refused(analysis: Analysis) -> None:
    with pytest.raises(PermanentError, match="xx"):
        report_page(analysis, language="xx")


def test_points_keep_their_two_places(analysis: Analysis) -> None:
    row = replace(analysis.evidence[0], points=Decimal("-0.10"))
    assert "-0.10" in Page(report_page(replace(analysis, evidence=(row,)))).text
