"""From words of a segment to a place that evidence can point to."""

from __future__ import annotations

from pipeline.reports import Place
from pipeline.values import Segment


def place(segment: Segment, first: int, last: int) -> Place:
    """The stretch from word `first` to word `last` (indices, both inclusive)."""
    spans = segment.word_spans()
    return Place(
        segment=segment.number,
        start=spans[first][0],
        end=spans[last][1],
        words=tuple(one.id for one in segment.words[first : last + 1]),
        start_time=segment.words[first].start,
        end_time=segment.words[last].end,
    )


def whole(segment: Segment) -> Place:
    """All of the segment."""
    return place(segment, 0, len(segment.words) - 1)
