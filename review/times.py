"""The times of a document for the formats that are nothing without them."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.analysis import Analysis
from pipeline.errors import PermanentError
from pipeline.talk_parts import SegmentPart
from pipeline.values import UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Something that was said from `start` to `end`, in seconds; never blank, and on one line."""

    start: float
    end: float
    speaker: str
    """As `who` names them."""
    label: str
    text: str
    probability: float


def segments(analysis: Analysis, form: str) -> list[Said]:
    """The segments in which something is said; PermanentError `no-times` where the document has none."""
    return [
        Said(
            start=_known(one.start, form),
            end=_known(one.end, form),
            speaker=who(one),
            label=one.speaker_label,
            text=line(one.text),
            probability=one.confidence,
        )
        for one in analysis.segments
        if line(one.text)
    ]


def words(analysis: Analysis, form: str) -> list[Said]:
    """The words; PermanentError `no-times` where theirs are not known."""
    return [
        Said(
            start=_known(word.start, form),
            end=_known(word.end, form),
            speaker=who(one),
            label=one.speaker_label,
            text=line(word.text),
            probability=word.probability,
        )
        for one in analysis.segments
        for word in one.words
        if line(word.text)
    ]


def has_word_times(analysis: Analysis) -> bool:
    """Whether it is known when each word was said."""
    return all(word.start is not None for one in analysis.segments for word in one.words)


def who(segment: SegmentPart) -> str:
    """The speaker's role; their label where nobody knows the role, or two would be one."""
    return segment.speaker_label if segment.speaker == UNKNOWN else segment.speaker


def line(text: str) -> str:
    """On one line: an empty one would end a subtitle."""
    return " ".join(text.split())


def stamp(seconds: float, point: str = ".") -> str:
    """Hours, minutes, seconds and milliseconds, as subtitles have them."""
    milliseconds = round(seconds * 1000)
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    whole, part = divmod(rest, 1000)
    return f"{hours:02}:{minutes:02}:{whole:02}{point}{part:03}"


def _known(time: float | None, form: str) -> float:
    if time is None:
        raise PermanentError(
            f"This transcript has no times for its words or turns, and {form} is nothing without them.",
            code="no-times",
            advice="Export it as json, txt, csv or chat.",
        )
    return time
