"""Pronunciation from the recogniser's encoder: a linear head on pooled frames, no words recognised.

The head is made by `bench.train_pronunciation`, which cuts and encodes with the functions of this module;
what it was trained on and how far it can be trusted: docs/model-card-pronunciation.md.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from pipeline.adapters.audio import RATE, Samples, read
from pipeline.adapters.segmentation import package_file
from pipeline.heard import Pronounced
from pipeline.ports import Progress
from pipeline.values import Span

Numbers = npt.NDArray[np.float64]

WINDOW = 4.0
"""Seconds of every encoder run, shorter pieces padded: with 2 s the correlation with experts falls from .72 to
.69, with the whole utterance it is .74 but knows the utterance's length."""
SHORTEST = 1.5
"""Seconds below which a piece is left out: the shortest that the head was trained on."""
LEAST = 10.0
"""Seconds of speech below which no score is given: five pieces, of a standard deviation of .6 each."""
LEVEL = 0.05
"""Root mean square that every piece is brought to, so that gain does not count."""
FRAME = 320
"""Samples of one encoder frame."""
QUIET = 30.0
"""Decibels below a stretch's loud frames from which on its ends are silence."""
SILENT = 1e-5
"""Root mean square of a piece in which nothing is: below the last bit of 16."""
BATCH = 8
"""Pieces encoded together, as the recogniser does with its chunks."""


class Encoder(Protocol):
    """A recogniser's first half."""

    @property
    def engine(self) -> str:
        """The model and how it is computed."""
        ...

    def encode(self, sounds: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Sounds of equal length to frames, shape (sounds, frames, features)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What training leaves: a linear map, and by what to tell how far to trust it."""

    weights: Numbers
    intercept: float
    centre: Numbers
    """Mean features of the training speech …"""
    basis: Numbers
    """… and the directions in which it varies, each scaled to one standard deviation."""
    usual: float
    """Distance from the centre that 95 % of the training speakers keep."""
    error_at: Numbers
    """Scores, rising, …"""
    speaker_error: Numbers
    """… and by how much the head misses a speaker of about that score whom it never heard (root mean square)."""
    piece_error: float
    """Standard deviation of pieces of one speaker."""

    def distance(self, features: Numbers) -> float:
        """Root mean square of the standard scores of the mean over pieces."""
        return float(np.sqrt(np.mean(((features.mean(0) - self.centre) @ self.basis) ** 2)))

    def scores(self, features: Numbers) -> Numbers:
        """One score a piece, on the experts' scale but not cut off at its ends."""
        found: Numbers = features @ self.weights + self.intercept
        return found

    def save(self, path: Path) -> None:
        """The same head gives the same bytes."""
        arrays: dict[str, Any] = {k: np.asarray(v, np.float32) for k, v in asdict(self).items()}
        np.savez(path, **arrays)

    @classmethod
    def load(cls, path: Path) -> Head:
        """As `save` wrote it."""
        with np.load(path) as stored:
            found = {name: stored[name].astype(np.float64) for name in stored.files}
        values: dict[str, Any] = {k: v if v.ndim else float(v) for k, v in found.items()}
        return cls(**values)


def trimmed(sound: Samples) -> Samples:
    """Without the silence at its ends, told by its own loudest frames so that gain does not count."""
    count = len(sound) // FRAME
    if not count:
        return sound
    power = (sound[: count * FRAME].astype(np.float64).reshape(count, FRAME) ** 2).mean(1)
    loud = np.flatnonzero(power >= np.percentile(power, 95) * 10 ** (-QUIET / 10))
    return sound[loud[0] * FRAME : (loud[-1] + 1) * FRAME]


def pieces(sound: Samples) -> list[Samples]:
    """Cut evenly into pieces of at most WINDOW seconds, so that all are of comparable length."""
    parts = max(1, -(-len(sound) // round(WINDOW * RATE)))
    borders = np.linspace(0, len(sound), parts + 1).round().astype(int)
    return [sound[a:b] for a, b in itertools.pairwise(borders)]


def features(encoder: Encoder, sounds: Sequence[Samples]) -> Iterator[Numbers]:
    """Mean over each piece's own frames, padding left out; pieces are brought to one level."""
    size = round(WINDOW * RATE)
    for first in range(0, len(sounds), BATCH):
        some = sounds[first : first + BATCH]
        level = [one / max(_rms(one), SILENT) * LEVEL for one in some]
        padded = np.array([np.pad(one, (0, size - len(one))) for one in level], dtype=np.float32)
        for one, frames in zip(some, encoder.encode(padded), strict=True):
            yield frames[: max(1, len(one) // FRAME)].astype(np.float64).mean(0)


def _rms(sound: Samples) -> float:
    return float(np.sqrt(np.mean(sound.astype(np.float64) ** 2)))


class WhisperHead:
    """The head that ships, over the encoder of `tiny.en`, for which alone it was made."""

    def __init__(self, encoder: Encoder, head: Path | None = None) -> None:
        """`head` is another file than the one that ships, for measuring."""
        self._encoder = encoder
        self._file = head or package_file("pipeline", "data", "pronunciation-head.npz")

    @cached_property
    def _head(self) -> Head:
        return Head.load(self._file)

    @cached_property
    def _sha256(self) -> str:
        return hashlib.sha256(self._file.read_bytes()).hexdigest()

    @property
    def engine(self) -> str:
        """The encoder, and the head by its content."""
        return f"pronunciation head {self._sha256[:12]} over {self._encoder.engine}"

    def judge(self, audio: Path, spans: Sequence[Span], progress: Progress) -> Pronounced | None:
        """Mean over the pieces; the error grows with the distance from what the head was trained on."""
        cut = [
            (n, piece)
            for n, span in enumerate(spans)
            for piece in pieces(trimmed(read(audio, span.start, span.end)))
            if len(piece) >= SHORTEST * RATE and _rms(piece) > SILENT
        ]
        sounds = [piece for _, piece in cut]
        seconds = sum(len(one) for one in sounds) / RATE
        if seconds < LEAST:
            return None
        found: list[Numbers] = []
        for one in features(self._encoder, sounds):
            found.append(one)
            progress(len(found) / len(sounds))
        head, x = self._head, np.array(found)
        stretch = max(1.0, head.distance(x) / head.usual)
        scores, of = head.scores(x), np.array([n for n, _ in cut])
        score = _mean(scores)
        missed = np.interp(score, head.error_at, head.speaker_error) * stretch
        error = np.hypot(missed, head.piece_error / np.sqrt(len(x)))
        return Pronounced(
            score=round(score, 4),
            error=round(float(error), 4),
            pieces=len(x),
            seconds=round(seconds, 3),
            stretch=round(stretch, 4),
            by_span=tuple(
                round(_mean(scores[of == n]), 4) if (of == n).any() else None
                for n in range(len(spans))
            ),
        )


def _mean(scores: Numbers) -> float:
    """On the experts' scale, which ends at 0 and 10."""
    return float(np.clip(scores.mean(), 0.0, 10.0))
