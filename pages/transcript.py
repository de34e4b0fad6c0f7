"""The transcript on a page: slips marked where they stand, words quoted in their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from pages.html import Html, element, text
from pipeline.analysis import Analysis, EvidencePart, GrammarErrorPart
from pipeline.talk_parts import SegmentPart
from pipeline.values import LEARNER

AROUND = 30
"""Code points on each side of quoted words: about five words, enough to know the place again."""


def time(seconds: float | None) -> str:
    """Minutes and seconds as players show them; nothing for a time that is not known."""
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"


def transcript(analysis: Analysis, texts: Mapping[str, str]) -> Html:
    """Every segment, with an anchor that the evidence links to."""
    heading = element("h2", text(texts["transcript"]))
    if not analysis.segments:
        return element("section", heading, element("p", text(texts["no_speech"])))
    return element(
        "section",
        heading,
        element("p", text(texts["transcript_note"])),
        *(_segment(one, analysis.grammar_errors, texts) for one in analysis.segments),
    )


def quoted(row: EvidencePart, segments: Sequence[SegmentPart]) -> Html | None:
    """The row's words among their neighbours, linked to the transcript; None without a place."""
    found = next((one for one in segments if one.number == row.segment), None)
    if found is None or row.start is None or row.end is None:
        return None
    said = found.text
    before, after = said[: row.start], said[row.end :]
    return element(
        "a",
        text(f"{time(found.start if row.start_time is None else row.start_time)} ".lstrip()),
        text(before if len(before) <= AROUND else f"…{before[-AROUND:].partition(' ')[2]}"),
        element("strong", text(said[row.start : row.end])),
        text(after if len(after) <= AROUND else f"{after[:AROUND].rpartition(' ')[0]} …"),
        href=f"#s{found.number}",
    )


def _segment(
    one: SegmentPart, errors: Sequence[GrammarErrorPart], texts: Mapping[str, str]
) -> Html:
    own = [error for error in errors if error.segment == one.number]
    role, _, number = one.speaker.partition("-")
    who = " ".join(filter(None, (texts.get(role, role), number)))
    return element(
        "div",
        element("div", text(", ".join(filter(None, (who, time(one.start))))), class_="who"),
        element("div", *_marked(one.text, own, texts), lang=one.language),
        id=f"s{one.number}",
        class_="segment learner" if one.speaker == LEARNER else "segment",
    )


def _marked(said: str, errors: Sequence[GrammarErrorPart], texts: Mapping[str, str]) -> list[Html]:
    """The text cut wherever a slip begins or ends: slips may lie in each other."""
    ends = {at for one in errors for at in (one.start, one.end) if 0 < at < len(said)}
    parts = []
    for start, end in pairwise([0, *sorted(ends), len(said)]):
        here = [one for one in errors if one.start <= start and end <= one.end]
        piece = text(said[start:end])
        if here:
            kind = "slip" if any(one.counted for one in here) else "free"
            told = " ".join(_told(one, texts) for one in here)
            piece = element("mark", piece, class_=kind, title=told)
        parts.append(piece)
    return parts


def _told(one: GrammarErrorPart, texts: Mapping[str, str]) -> str:
    name = "slip_alone" if one.suggestion is None else "slip"
    told = texts[name].format(message=one.message, suggestion=one.suggestion)
    if one.counted:
        return told
    return texts["not_counted"].format(told=told, reason=one.why_not_counted)
