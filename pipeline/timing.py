"""Pauses and runs of a segment, from word times corrected by where a voice is heard."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.values import Segment, Span

PAUSE = 0.25
"""Seconds; shorter silences belong to articulation (Goldman-Eisler 1968, de Jong & Bosker 2013)."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A pause after word `after` (index in the segment), in seconds from the recording's start."""

    start: float
    end: float
    after: int

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.start


def voiced(segment: Segment, speech: Sequence[Span]) -> list[Span]:
    """Each word's time without the silence the recogniser counted into it.

    Recognisers stretch words over the pauses around them. A word keeps the longest stretch in which a
    voice is heard; one without any voice keeps its time.
    """
    found = []
    for word in segment.words:
        span = Span(start=word.start, end=max(word.end, word.start))
        parts = [
            Span(start=max(span.start, one.start), end=min(span.end, one.end))
            for one in speech
            if span.overlap(one) > 0
        ]
        found.append(max(parts, key=lambda one: one.seconds, default=span))
    return found


def pauses(segment: Segment, speech: Sequence[Span], others: Sequence[Span]) -> list[Gap]:
    """Silences of PAUSE or more between the segment's words, those filled by another's talk left out."""
    spans = voiced(segment, speech)
    gaps = [
        Gap(start=one.end, end=two.start, after=n)
        for n, (one, two) in enumerate(itertools.pairwise(spans))
        if two.start - one.end >= PAUSE
    ]
    return [gap for gap in gaps if not _taken(gap, others)]


def _taken(gap: Gap, others: Sequence[Span]) -> bool:
    span = Span(start=gap.start, end=gap.end)
    # Half of the gap: a listener's "mhm" does not make a pause the partner's.
    return sum(span.overlap(one) for one in others) >= span.seconds / 2
