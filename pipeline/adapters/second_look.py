"""A second look at who speaks, where a recording seems to hold two voices at most.

pyannote's segmentation takes two like voices for one within its windows, all the time or now and then; no clustering
afterwards can part them. Voice vectors of short stretches, taken without any idea of who speaks, fall in two clear
groups all the same. Where both speak at once is the first look's to say.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice, pairwise

import numpy as np
import numpy.typing as npt

from pipeline.adapters.arrays import kept_arrays
from pipeline.heard import DiarizedSpeech
from pipeline.parts import UNKEPT, Parts
from pipeline.ports import Progress
from pipeline.values import Span, Turn

Samples = npt.NDArray[np.float32]
Vectors = npt.NDArray[np.float32]
Sound = Callable[[Span], Samples]
"""The samples of a span of the recording."""

VERSION = 2
"""Rises when the same sound and the same numbers give other speakers."""
LOPSIDED = 0.2
"""Share of the speech below which a second person may be scraps of the first. The least that a real speaker of the
measured conversations has is .19; the scraps of a pair taken for one have .01 to .03."""
WINDOW = 1.5
"""Seconds of one vector: shorter ones tell voices apart less well, longer ones hold two speakers more often."""
STEP = 0.5
"""Seconds between two vectors: how exact a change of speaker can be placed."""
SHORTEST = 0.3
"""Seconds; less speech than this gives no vector worth having."""
PART = 1000
"""Vectors kept as one part of the work: some 20 s of it."""
LEAST = 30
"""Vectors, some 20 s of speech: what fewer would do was not measured; most pairs of 15 s stay one for it."""
APART = 0.18
"""Cosine distance of the two groups' centres from which on they are two people, however long the recording …"""
CHANCE = 1.7
"""… and this over the root of the number of vectors, for k-means finds two groups in anything, the further apart the
fewer vectors there are. Both are the pair that missed fewest of 2,834 pairs while at most .5 % of 1,504 recordings of
one of 125 people were parted (`python -m bench.voices --data FOLDER`; held out, .5 % of people alone were)."""


def wanted(turns: Sequence[Turn], speakers: int | None) -> bool:
    """Whether at most two people were found, where there may be two."""
    return speakers in {None, 2} and 0 < len(_seconds(turns)) <= 2  # noqa: PLR2004 - a pair


def lopsided(turns: Sequence[Turn]) -> bool:
    """Whether one person was found, or a second with next to nothing."""
    seconds = _seconds(turns)
    return len(seconds) == 1 or min(seconds.values()) < LOPSIDED * sum(seconds.values())


def _seconds(turns: Sequence[Turn]) -> dict[str, float]:
    found: dict[str, float] = {}
    for turn in turns:
        found[turn.label] = found.get(turn.label, 0.0) + turn.span.seconds
    return found


def parted(
    sound: Sound,
    turns: Sequence[Turn],
    vector: Callable[[Samples], Vectors],
    *,
    certain: bool = False,
    parts: Parts = UNKEPT,
    progress: Progress = lambda _part: None,
) -> DiarizedSpeech | None:
    """The speech of the turns parted between two people; None where it is one person's.

    `certain` says that there are two. Where the turns overlap both have the time.
    """
    stretches = [(one, windows(one)) for one in joined(turns)]
    pieces = [piece for _, inside in stretches for piece in inside]
    if len(pieces) < LEAST:
        return None
    vectors = vectors_of(sound, pieces, vector, parts, progress)
    groups, distance = grouped(vectors)
    if distance < two_people(len(vectors)) and not certain:
        return None
    names = iter([f"SPEAKER_{group:02}" for group in groups])
    alone = [
        turn
        for one, inside in stretches
        for turn in _turns(one, inside, list(islice(names, len(inside))))
    ]
    return DiarizedSpeech(
        turns=_both(alone, turns),
        voices={
            f"SPEAKER_{group:02}": tuple(float(x) for x in vectors[groups == group].mean(axis=0))
            for group in sorted(set(groups.tolist()))
        },
    )


def vectors_of(
    sound: Sound,
    pieces: Sequence[Span],
    vector: Callable[[Samples], Vectors],
    parts: Parts = UNKEPT,
    progress: Progress = lambda _part: None,
) -> Vectors:
    """The voice vectors of the pieces, shape (n, 192), of unit length."""

    def heard(some: Sequence[Span]) -> dict[str, Vectors]:
        return {"vectors": np.stack([vector(sound(one)) for one in some])}

    blocks = []
    for first in range(0, len(pieces), PART):
        some = pieces[first : first + PART]
        last = first + len(some)
        blocks.append(kept_arrays(parts, f"{first}-{last}", partial(heard, some))["vectors"])
        progress(last / len(pieces))
    found = np.concatenate(blocks)
    unit: Vectors = found / np.linalg.norm(found, axis=1, keepdims=True)
    return unit


def grouped(vectors: Vectors) -> tuple[npt.NDArray[np.int32], float]:
    """Vectors of unit length (n, d) in two groups by k-means, and the cosine distance of their centres."""
    from sklearn.cluster import KMeans

    groups: npt.NDArray[np.int32] = KMeans(2, n_init=10, random_state=0).fit_predict(vectors)
    if len(set(groups.tolist())) == 1:
        return groups, 0.0
    one, two = (vectors[groups == group].mean(axis=0) for group in (0, 1))
    return groups, float(1 - one @ two / (np.linalg.norm(one) * np.linalg.norm(two)))


def two_people(vectors: int) -> float:
    """The distance of the centres from which on that many vectors are of two people."""
    return max(APART, CHANCE / math.sqrt(vectors))


def joined(turns: Sequence[Turn]) -> list[Span]:
    """Where anybody speaks, in order, not overlapping."""
    found: list[Span] = []
    for turn in sorted(turns, key=lambda one: one.start):
        if found and turn.start <= found[-1].end:
            found[-1] = Span(start=found[-1].start, end=max(found[-1].end, turn.end))
        else:
            found.append(turn.span)
    return [one for one in found if one.seconds >= SHORTEST]


def _both(alone: Sequence[Turn], turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """One person a time, but each of them where the turns overlap; what touches of one person is one turn."""
    from pyannote.core import Annotation, Segment, Timeline

    annotation = Annotation()
    for number, one in enumerate(turns):
        annotation[Segment(one.start, one.end), number] = one.label
    together = annotation.get_overlap()
    found: list[Turn] = []
    for label in sorted({one.label for one in alone}):
        own = Timeline(Segment(one.start, one.end) for one in alone if one.label == label)
        spans = own.update(together).support()
        found += [Turn(label=label, start=one.start, end=one.end) for one in spans]
    return tuple(sorted(found, key=lambda one: (one.start, one.label)))


def windows(stretch: Span) -> list[Span]:
    """Windows over one stretch; a short one is a window of its own."""
    if stretch.seconds <= WINDOW:
        return [stretch]
    starts = np.arange(stretch.start, stretch.end - WINDOW, STEP).tolist()
    return [Span(start=one, end=one + WINDOW) for one in [*starts, stretch.end - WINDOW]]


def _turns(stretch: Span, pieces: Sequence[Span], names: Sequence[str]) -> list[Turn]:
    """The stretch cut halfway between the middles of neighbouring windows of different people."""
    inside = [
        ((piece.start + piece.end) / 2, name) for piece, name in zip(pieces, names, strict=True)
    ]
    cuts = [
        (round((one[0] + two[0]) / 2, 3), two[1])
        for one, two in pairwise(inside)
        if one[1] != two[1]
    ]
    begins = [(stretch.start, inside[0][1]), *cuts]
    ends = [at for at, _ in cuts] + [stretch.end]
    return [
        Turn(label=name, start=start, end=end)
        for (start, name), end in zip(begins, ends, strict=True)
        if end > start
    ]
