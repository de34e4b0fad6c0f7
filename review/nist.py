"""The formats of NIST's evaluation tools: who spoke when (RTTM), and which word when (CTM)."""

from __future__ import annotations

from operator import attrgetter

from pipeline.analysis import Analysis
from review.times import segments, words


def rttm(analysis: Analysis) -> str:
    """Rich Transcription Time Marked: the turns as the diarizer gave them."""
    segments(analysis, "rttm")
    name = _field(analysis.media.name)
    return "".join(
        f"SPEAKER {name} 1 {one.start:.3f} {one.end - one.start:.3f} <NA> <NA> "
        f"{_field(one.speaker_label)} <NA> <NA>\n"
        for one in analysis.turns
    )


def ctm(analysis: Analysis) -> str:
    """Conversation time marks: every word in order of time, with the recogniser's probability."""
    name = _field(analysis.media.name)
    return "".join(
        f"{name} 1 {one.start:.3f} {max(0.0, one.end - one.start):.3f} {_field(one.text)} "
        f"{one.probability:.3f}\n"
        for one in sorted(words(analysis, "ctm"), key=attrgetter("start", "end"))
    )


def _field(text: str) -> str:
    """Fields are parted by spaces, so none may hold one or be empty."""
    return "_".join(text.split()) or "<NA>"
