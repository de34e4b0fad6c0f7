"""The report: one HTML file that asks for nothing from anywhere, so that it works offline and by mail."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files

from pages.feedback import feedback, listed
from pages.html import Html, element, join, text
from pages.page import page
from pages.transcript import quoted, time, transcript
from pipeline.analysis import Analysis, EvidencePart, ScorePart
from pipeline.errors import PermanentError
from pipeline.phrases import ENGLISH
from pipeline.reports import Dimension


def report_page(analysis: Analysis, *, language: str | None = None) -> str:
    """The page, in the feedback's language unless another is named; PermanentError when there are no texts in that."""
    language = language or _readable(analysis.feedback.language)
    texts = _texts(language)
    title = f"{texts['title']}: {analysis.media.name}"
    return page(
        title,
        "report.css",
        _header(analysis, texts),
        _warnings(analysis, texts),
        _scores(analysis, texts),
        feedback(analysis, texts),
        _evidence(analysis, texts),
        transcript(analysis, texts),
        _footer(analysis, texts),
        language=language,
    )


def languages() -> tuple[str, ...]:
    """Those that there are texts in."""
    found = files("pages").joinpath("texts").iterdir()
    return tuple(sorted(one.name.removesuffix(".toml") for one in found))


def _readable(language: str) -> str:
    return language if language in languages() else ENGLISH


def _texts(language: str) -> Mapping[str, str]:
    if language not in languages():
        raise PermanentError(
            f"The report page is not there in the language {language!r}.",
            code="unknown-language",
            advice=f"There are: {', '.join(languages())}.",
        )
    found = tomllib.loads(files("pages").joinpath(f"texts/{language}.toml").read_text("utf-8"))
    return {name: str(sentence) for name, sentence in found.items()}


def _header(analysis: Analysis, texts: Mapping[str, str]) -> Html:
    level, media = analysis.level, analysis.media
    if level.cefr is None:
        told = element("p", text(f"{texts['insufficient']}. {level.reason or ''}"), class_="level")
    else:
        range_ = texts["level_interval"].format(low=level.low, high=level.high)
        told = element(
            "p",
            text(texts["level"].format(cefr=level.cefr)),
            element("small", text(f" ({range_})")),
            class_="level",
        )
        told = join(told, element("p", text(level.reason or ""), class_="why"))
    file = media.name
    if media.duration is not None:
        file = texts["file"].format(name=media.name, duration=time(media.duration))
    return element("header", element("h1", text(texts["title"])), element("p", text(file)), told)


def _warnings(analysis: Analysis, texts: Mapping[str, str]) -> Html:
    return listed(texts["warnings"], [text(one.message) for one in analysis.warnings])


def _scores(analysis: Analysis, texts: Mapping[str, str]) -> Html:
    names = ("dimension", "points", "range", "basis")
    parts = {
        "overall": analysis.scores.overall,
        **{one.value: _score(analysis, one) for one in Dimension},
    }
    return element(
        "section",
        element("h2", text(texts["scorecard"])),
        element(
            "table",
            element("tr", *(element("th", text(texts[one]), class_=one) for one in names)),
            *(_score_row(texts[name], part, texts) for name, part in parts.items()),
        ),
    )


def _score(analysis: Analysis, dimension: Dimension) -> ScorePart:
    scores = analysis.scores
    return {
        Dimension.GRAMMAR: scores.grammar,
        Dimension.VOCABULARY: scores.vocabulary,
        Dimension.FLUENCY: scores.fluency,
        Dimension.PRONUNCIATION: scores.pronunciation,
        Dimension.COMPREHENSION: scores.comprehension,
    }[dimension]


def _score_row(name: str, part: ScorePart, texts: Mapping[str, str]) -> Html:
    heading = element("th", text(name), scope="row")
    if part.score is None:
        return element(
            "tr",
            heading,
            element("td", text(texts["insufficient"])),
            element("td", text(part.reason or ""), colspan="2"),
        )
    told = texts["score"].format(score=f"{part.score:.2f}", cap=f"{part.cap:.0f}")
    range_ = texts["interval"].format(low=f"{part.low:.2f}", high=f"{part.high:.2f}")
    bar = element("meter", text(told), min="0", max=str(part.cap), value=str(part.score))
    return element(
        "tr",
        heading,
        element("td", bar, text(f" {told}"), class_="number"),
        element("td", text(range_), class_="number"),
        element("td", text(part.evidence_level or "")),
    )


def _evidence(analysis: Analysis, texts: Mapping[str, str]) -> Html:
    parts = []
    for dimension in Dimension:
        rows = [one for one in analysis.evidence if one.dimension == dimension]
        if rows:
            head = (
                element("th", text(texts[one]), class_=one) for one in ("points", "why", "where")
            )
            parts += [
                element("h3", text(texts[dimension])),
                element(
                    "table",
                    element("tr", *head),
                    *(_evidence_row(one, analysis, texts) for one in rows),
                    class_="evidence",
                ),
            ]
    if not parts:
        return Html("")
    return element(
        "section",
        element("h2", text(texts["evidence"])),
        element("p", text(texts["evidence_note"])),
        *parts,
    )


def _evidence_row(one: EvidencePart, analysis: Analysis, texts: Mapping[str, str]) -> Html:
    kind = "loss" if one.points < 0 else "gain"
    return element(
        "tr",
        element("td", text(f"{one.points:+.2f}"), class_=f"number {kind}"),
        element("td", text(one.explanation)),
        element("td", quoted(one, analysis.segments) or text(texts["no_place"])),
    )


def _footer(analysis: Analysis, texts: Mapping[str, str]) -> Html:
    made = analysis.provenance
    told = texts["made_by"].format(colloquy=made.colloquy, rubric=made.rubric)
    return element("footer", element("p", text(told)))
