"""Praat's TextGrid: for each speaker a tier of segments, and one of words where their times are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.analysis import Analysis
from review.times import Said, has_word_times, segments, words

SHORTEST = 0.001
"""Seconds: Praat has no interval without length, and times here have milliseconds."""


@dataclass(frozen=True, slots=True)
class _Interval:
    start: float
    end: float
    text: str


def textgrid(analysis: Analysis) -> str:
    """The long text format; the intervals of a tier fill it from 0 to its end, silence as empty text."""
    spoken = segments(analysis, "textgrid")
    said = words(analysis, "textgrid") if has_word_times(analysis) else []
    end = max([analysis.media.duration or SHORTEST, *(one.end for one in (*spoken, *said))])
    tiers: list[tuple[str, list[Said]]] = []
    for speaker, label in dict.fromkeys((one.speaker, one.label) for one in spoken):
        name = speaker if speaker == label else f"{speaker} ({label})"
        tiers.append((name, [one for one in spoken if one.label == label]))
        if said:
            tiers.append((f"{name} words", [one for one in said if one.label == label]))
    if not tiers:
        tiers = [("nobody", [])]
    parts = [_tier(n, name, _filled(told, end), end) for n, (name, told) in enumerate(tiers, 1)]
    return (
        'File type = "ooTextFile"\nObject class = "TextGrid"\n\n'
        f"xmin = 0\nxmax = {end:.3f}\ntiers? <exists>\nsize = {len(tiers)}\nitem []:\n"
        + "".join(parts)
    )


def _tier(number: int, name: str, intervals: Sequence[_Interval], end: float) -> str:
    head = (
        f'    item [{number}]:\n        class = "IntervalTier"\n        name = "{_quoted(name)}"\n'
        f"        xmin = 0\n        xmax = {end:.3f}\n        intervals: size = {len(intervals)}\n"
    )
    return head + "".join(
        f"        intervals [{n}]:\n            xmin = {one.start:.3f}\n"
        f'            xmax = {one.end:.3f}\n            text = "{_quoted(one.text)}"\n'
        for n, one in enumerate(intervals, 1)
    )


def _filled(said: Sequence[Said], end: float) -> list[_Interval]:
    """One after the other without gap or overlap; what has no room left goes to the one before."""
    filled: list[_Interval] = []
    at = 0.0
    for one in sorted(said, key=lambda each: (each.start, each.end)):
        start, stop = max(round(one.start, 3), at), round(one.end, 3)
        if stop - start < SHORTEST / 2:
            stop = min(start + SHORTEST, end)
        if stop - start < SHORTEST / 2 and filled:
            filled[-1] = replace(filled[-1], text=f"{filled[-1].text} {one.text}".strip())
            continue
        if start - at >= SHORTEST / 2:
            filled.append(_Interval(at, start, ""))
        filled.append(_Interval(start, stop, one.text))
        at = stop
    if end - at >= SHORTEST / 2:
        filled.append(_Interval(at, end, ""))
    return filled


def _quoted(text: str) -> str:
    return text.replace('"', '""')
