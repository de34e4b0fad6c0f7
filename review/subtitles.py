"""Subtitles: SubRip and WebVTT, one a segment."""

from __future__ import annotations

from html import escape

from pipeline.analysis import Analysis
from review.times import Said, line, segments, stamp

SHORTEST = 0.001
"""Seconds: a cue that ends when it begins is no cue."""


def srt(analysis: Analysis) -> str:
    """SubRip, the speaker's role before the text."""
    blocks = [
        f"{n}\n{_times(one, ',')}\n{one.speaker}: {one.text}\n"
        for n, one in enumerate(segments(analysis, "srt"), 1)
    ]
    return "\n".join(blocks)


def vtt(analysis: Analysis) -> str:
    """WebVTT with a voice a segment, its role or what the transcript called it."""
    blocks = [
        f"{_times(one, '.')}\n<v {escape(line(one.speaker), quote=False)}>"
        f"{escape(one.text, quote=False)}</v>\n"
        for one in segments(analysis, "vtt")
    ]
    return "\n".join(["WEBVTT\n", *blocks])


def _times(one: Said, point: str) -> str:
    end = max(one.end, one.start + SHORTEST)
    return f"{stamp(one.start, point)} --> {stamp(end, point)}"
