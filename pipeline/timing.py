"""Pauses and waits, from word times corrected by where a voice is heard."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter

from pipeline.values import Segment, Span, Word

PAUSE = 0.25
"""Seconds; shorter silences belong to articulation (Goldman-Eisler 1968, de Jong & Bosker 2013)."""
STRAY = 0.05
"""Seconds by which a silence may be heard longer or shorter: its two borders stray by a frame or two of 17 ms with the
level of the sound alone."""

SLIVER = 0.1
"""Seconds of voice beside another's turn that are no voice of the speaker's: the borders of the voice activity
track and of the diarization differ by some of their frames of 17 ms."""


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

    @property
    def weight(self) -> float:
        """How likely it is PAUSE or more, 0 to 1: a frame must not make a whole pause."""
        return min(1.0, max(0.0, (self.seconds - PAUSE + STRAY) / (2 * STRAY)))


def voiced(words: Sequence[Word], speech: Sequence[Span]) -> list[Span]:
    """Each word's time without the silence the recogniser counted into it; `speech` in order of time.

    Recognisers stretch words over the pauses around them. A word keeps the longest stretch in which a
    voice is heard; one without any voice keeps its time.
    """
    found = []
    for word in words:
        span = Span(start=word.start, end=max(word.end, word.start))
        parts = [
            Span(start=max(span.start, one.start), end=min(span.end, one.end))
            for one in around(span, speech)
        ]
        found.append(max(parts, key=lambda one: one.seconds, default=span))
    return found


def wordless(words: Sequence[Word], speech: Sequence[Span]) -> tuple[Span, ...]:
    """Where a voice is heard and none of the words, whoever said them, is; both in order of time."""
    said: list[Span] = []
    for one in sorted(voiced(words, speech), key=attrgetter("start")):
        if said and one.start <= said[-1].end:
            said[-1] = Span(start=said[-1].start, end=max(said[-1].end, one.end))
        else:
            said.append(one)
    return tuple(left for one in speech for left in _without(one, around(one, said)))


def pauses(segment: Segment, speech: Sequence[Span], others: Sequence[Span]) -> list[Gap]:
    """Silences between the segment's words that may be of PAUSE or more.

    A gap in which the speaker's own voice goes on is no silence (a word the recogniser missed), nor is a gap
    that another's talk fills. A listener's "mhm" within a pause changes nothing: the speaker is silent there.
    """
    found = []
    for after, gap in _gaps(segment, speech):
        if _taken(gap, others):
            continue
        own = [
            part
            for one in speech
            if one.overlap(gap) > 0
            for part in _without(one, others)
            if part.seconds >= SLIVER
        ]
        silences = [Gap(start=one.start, end=one.end, after=after) for one in _without(gap, own)]
        found += [one for one in silences if one.weight > 0]
    return found


def between(segment: Segment, sounds: Sequence[Span], others: Sequence[Span]) -> tuple[Gap, ...]:
    """The sounds that lie between two of the segment's words and under nobody else's talk."""
    found = []
    for one in sounds:
        after = bisect_right(segment.words, (one.start + one.end) / 2, key=attrgetter("start")) - 1
        if 0 <= after < len(segment.words) - 1 and not any(
            one.overlap(each) > 0 for each in others
        ):
            found.append(Gap(start=one.start, end=one.end, after=after))
    return tuple(found)


def speaking_time(segment: Segment, speech: Sequence[Span], others: Sequence[Span]) -> float:
    """Seconds from the first word to the last, pauses in, gaps that another's talk takes out."""
    spans = voiced(segment.words, speech)
    taken = sum(gap.seconds for _, gap in _gaps(segment, speech) if _taken(gap, others))
    return spans[-1].end - spans[0].start - taken


def wait(before: Segment, after: Segment, speech: Sequence[Span]) -> Span:
    """From the last sound of one segment to the first of the next; its end lies before its start when they overlap."""
    return Span(
        start=voiced(before.words, speech)[-1].end, end=voiced(after.words, speech)[0].start
    )


def _gaps(segment: Segment, speech: Sequence[Span]) -> list[tuple[int, Span]]:
    return [
        (n, Span(start=one.end, end=two.start))
        for n, (one, two) in enumerate(pairwise(voiced(segment.words, speech)))
        if two.start > one.end
    ]


def around(span: Span, spans: Sequence[Span]) -> list[Span]:
    """Those of `spans`, in order and apart from each other, that share some time with it: ten hours have 20,000."""
    first = bisect_right(spans, span.start, key=attrgetter("end"))
    last = bisect_left(spans, span.end, key=attrgetter("start"))
    return list(spans[first:last])


def _taken(gap: Span, others: Sequence[Span]) -> bool:
    # Half of the gap: a listener's "mhm" does not make a pause the partner's.
    return sum(gap.overlap(one) for one in others) >= gap.seconds / 2


def _without(gap: Span, sounds: Sequence[Span]) -> list[Span]:
    """What is left of the gap when the sounds are taken out."""
    left, at = [], gap.start
    for one in sorted(sounds, key=lambda sound: sound.start):
        if one.end <= at or one.start >= gap.end:
            continue
        if one.start > at:
            left.append(Span(start=at, end=one.start))
        at = max(at, one.end)
    if at < gap.end:
        left.append(Span(start=at, end=gap.end))
    return left
