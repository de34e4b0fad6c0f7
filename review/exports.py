"""An analysis in the formats of other tools: JSON, SubRip, WebVTT, RTTM."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from pipeline.analysis import Analysis, to_json


def srt(analysis: Analysis) -> str:
    """SubRip subtitles, one a segment, the speaker's role before the text."""
    blocks = [
        f"{n}\n{_stamp(one.start, ',')} --> {_stamp(one.end, ',')}\n{one.speaker}: {_line(one.text)}\n"
        for n, one in enumerate(analysis.segments, 1)
    ]
    return "\n".join(blocks)


def vtt(analysis: Analysis) -> str:
    """WebVTT with a voice a segment."""
    blocks = [
        f"{_stamp(one.start, '.')} --> {_stamp(one.end, '.')}\n"
        f"<v {one.speaker}>{escape(_line(one.text), quote=False)}\n"
        for one in analysis.segments
    ]
    return "\n".join(["WEBVTT\n", *blocks])


def rttm(analysis: Analysis) -> str:
    """NIST Rich Transcription Time Marked: the turns as the diarizer gave them."""
    name = "_".join(analysis.media.name.split()) or "recording"
    return "".join(
        f"SPEAKER {name} 1 {one.start:.3f} {one.end - one.start:.3f} <NA> <NA> "
        f"{one.speaker_label} <NA> <NA>\n"
        for one in analysis.turns
    )


FORMATS: dict[str, Callable[[Analysis], str]] = {
    "json": lambda analysis: to_json(analysis) + "\n",
    "srt": srt,
    "vtt": vtt,
    "rttm": rttm,
}


def _stamp(seconds: float, point: str) -> str:
    milliseconds = round(seconds * 1000)
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    whole, part = divmod(rest, 1000)
    return f"{hours:02}:{minutes:02}:{whole:02}{point}{part:03}"


def _line(text: str) -> str:
    """One line: an empty one would end the block."""
    return " ".join(text.split())
