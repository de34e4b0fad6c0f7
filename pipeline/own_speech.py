"""Where the learner alone is heard."""

from __future__ import annotations

from pipeline.enough import in_language
from pipeline.values import Dialogue, Segment, Span
from pipeline.who import TurnsInTime

APART = 0.5
"""Seconds between two words that part the speech: a pause that long says nothing of pronunciation, and the corpus
that the judge learnt from has few."""
OTHERS = 0.1
"""Share of a stretch under another voice from which on it is left out; borders of turns stray by that much."""


def own_speech(dialogue: Dialogue) -> tuple[Span, ...]:
    """Stretches of the learner's words without long pauses, segments with overlap left out."""
    label = dialogue.learner.label if dialogue.learner else None
    others = TurnsInTime([one for one in dialogue.turns if one.label != label])
    return tuple(
        stretch
        for one in in_language(dialogue)
        if not one.overlap
        for stretch in _stretches(one)
        if _under(stretch, others) <= OTHERS * stretch.seconds
    )


def _stretches(segment: Segment) -> list[Span]:
    found: list[Span] = []
    for word in segment.words:
        if found and word.start - found[-1].end < APART:
            found[-1] = Span(start=found[-1].start, end=max(found[-1].end, word.end))
        else:
            found.append(Span(start=word.start, end=word.end))
    return found


def _under(stretch: Span, others: TurnsInTime) -> float:
    return sum(stretch.overlap(one.span) for one in others.over(stretch))
