"""The feedback on a page: each sentence with a link to the words it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pages.html import Html, element, join, text
from pages.transcript import time
from pipeline.analysis import Analysis, RemarkPart
from pipeline.reports import Dimension


def feedback(analysis: Analysis, texts: Mapping[str, str]) -> Html:
    """The three of each, then all by dimension with the points they are about."""
    said = analysis.feedback
    places = {one.text: one for one in said.detailed or ()}

    def linked(sentences: Sequence[str]) -> list[Html]:
        return [Html(text(one) + _link(places.get(one))) for one in sentences]

    return join(
        listed(texts["strengths"], linked(said.strengths)),
        listed(texts["areas_for_improvement"], linked(said.areas_for_improvement)),
        listed(texts["recommendations"], linked(said.recommendations)),
        _detailed(said.detailed or (), texts),
    )


def listed(heading: str, items: Sequence[Html]) -> Html:
    """A section with a list; nothing where there are no items."""
    if not items:
        return Html("")
    rows = (element("li", one) for one in items)
    return element("section", element("h2", text(heading)), element("ul", *rows))


def _detailed(remarks: Sequence[RemarkPart], texts: Mapping[str, str]) -> Html:
    parts = []
    for dimension in Dimension:
        own = [one for one in remarks if one.dimension == dimension]
        if own:
            rows = (element("li", _points(one), text(one.text), _link(one)) for one in own)
            parts += [element("h3", text(texts[dimension])), element("ul", *rows)]
    if not parts:
        return Html("")
    return element("section", element("h2", text(texts["detailed"])), *parts)


def _points(one: RemarkPart) -> Html:
    kind = "loss" if one.points < 0 else "gain"
    return Html(element("span", text(f"{one.points:+.2f}"), class_=f"number {kind}") + " ")


def _link(one: RemarkPart | None) -> Html:
    """The second in the recording, linked to the transcript; nothing without a place."""
    if one is None or one.segment is None or one.start_time is None:
        return Html("")
    return Html(" " + element("a", text(time(one.start_time)), href=f"#s{one.segment}"))
