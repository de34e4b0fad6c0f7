"""A second look at who speaks, where a recording seems to hold (almost) one voice only.

pyannote's segmentation takes two like voices for one within its windows; no clustering afterwards can part them.
Voice vectors of short stretches, taken without any idea of who speaks, fall in two clear groups all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipeline.adapters.audio import RATE
from pipeline.ports import DiarizedSpeech
from pipeline.values import Span, Turn

Samples = npt.NDArray[np.float32]
Vectors = npt.NDArray[np.float32]

LOPSIDED = 0.2
"""Share of the speech: who has more beside another needs no second look. The least that a real speaker of the
measured conversations has is .19; the scraps of a pair taken for one have .01 to .03."""
WINDOW = 1.5
"""Seconds of one vector: shorter ones tell voices apart less well, longer ones hold two speakers more often."""
STEP = 0.5
"""Seconds between two vectors: how exact a change of speaker can be placed."""
SHORTEST = 0.3
"""Seconds; less speech than this gives no vector worth having."""
LEAST = 30
"""Vectors, some 15 s of speech: in fewer, two groups are found by chance. The shortest recording measured has 34."""
APART = 0.26
"""Silhouette (cosine, Rousseeuw 1987) of the two groups from which on they are two people: the middle between .20,
the highest of 19 people alone, and .31, the lowest of eight pairs (`python -m bench.voices`)."""
COUNTED = 2000
"""Vectors that the silhouette is measured on at most: its cost grows with their square."""


def wanted(turns: Sequence[Turn], speakers: int | None) -> bool:
    """Whether at most two people were found, one of them with next to nothing."""
    if speakers not in {None, 2} or not turns:
        return False
    seconds: dict[str, float] = {}
    for turn in turns:
        seconds[turn.label] = seconds.get(turn.label, 0.0) + turn.span.seconds
    return len(seconds) == 1 or (
        len(seconds) == 2  # noqa: PLR2004 - the one and the scraps
        and min(seconds.values()) < LOPSIDED * sum(seconds.values())
    )


def parted(
    samples: Samples,
    turns: Sequence[Turn],
    vector: Callable[[Samples], Vectors],
    *,
    certain: bool = False,
) -> DiarizedSpeech | None:
    """The speech of the turns parted between two people; None where it is one person's.

    `certain` says that there are two. Overlaps are not seen: of two who talk at once one has the time.
    """
    stretches = _joined(turns)
    pieces = [piece for one in stretches for piece in _pieces(one)]
    if len(pieces) < LEAST:
        return None
    vectors = np.stack(
        [vector(samples[round(one.start * RATE) : round(one.end * RATE)]) for one in pieces]
    )
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    groups, apart = grouped(vectors)
    if apart < APART and not certain:
        return None
    names = [f"SPEAKER_{group:02}" for group in groups]
    return DiarizedSpeech(
        turns=tuple(turn for one in stretches for turn in _turns(one, pieces, names)),
        voices={
            f"SPEAKER_{group:02}": tuple(float(x) for x in vectors[groups == group].mean(axis=0))
            for group in sorted(set(groups.tolist()))
        },
    )


def grouped(vectors: Vectors) -> tuple[npt.NDArray[np.int32], float]:
    """Vectors of unit length (n, d) in two groups by k-means, and how far these are apart, -1 to 1."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    groups: npt.NDArray[np.int32] = KMeans(2, n_init=10, random_state=0).fit_predict(vectors)
    if len(set(groups.tolist())) == 1:
        return groups, -1.0
    size = COUNTED if len(vectors) > COUNTED else None
    apart = silhouette_score(vectors, groups, metric="cosine", sample_size=size, random_state=0)
    return groups, float(apart)


def _joined(turns: Sequence[Turn]) -> list[Span]:
    """Where anybody speaks, in order, not overlapping."""
    found: list[Span] = []
    for turn in sorted(turns, key=lambda one: one.start):
        if found and turn.start <= found[-1].end:
            found[-1] = Span(start=found[-1].start, end=max(found[-1].end, turn.end))
        else:
            found.append(turn.span)
    return [one for one in found if one.seconds >= SHORTEST]


def _pieces(stretch: Span) -> list[Span]:
    """Windows over one stretch; a short one is a window of its own."""
    if stretch.seconds <= WINDOW:
        return [stretch]
    starts = np.arange(stretch.start, stretch.end - WINDOW, STEP).tolist()
    return [Span(start=one, end=one + WINDOW) for one in [*starts, stretch.end - WINDOW]]


def _turns(stretch: Span, pieces: Sequence[Span], names: Sequence[str]) -> list[Turn]:
    """The stretch cut halfway between the middles of neighbouring windows of different people."""
    inside = [
        ((piece.start + piece.end) / 2, name)
        for piece, name in zip(pieces, names, strict=True)
        if stretch.start <= piece.start and piece.end <= stretch.end + 1e-6
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
