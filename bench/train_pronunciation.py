"""Makes the pronunciation head: `python -m bench.train_pronunciation --data FOLDER`, some ten minutes on one core.

The folder is that of `bench.pronunciation`. Writes the head that ships, a head that never heard the people of the
test conversations, and each utterance's score by a head that never heard its speaker. The same machine makes the
same bytes again.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.adapters.audio import RATE, Samples, read
from pipeline.adapters.faster_whisper import FasterWhisper
from pipeline.adapters.whisper_head import (
    SHORTEST,
    WINDOW,
    Head,
    Numbers,
    features,
    pieces,
    trimmed,
)

Integers = NDArray[np.int64]
ROOT = Path(__file__).parents[1]
HEAD = ROOT / "pipeline" / "data" / "pronunciation-head.npz"
HELD_OUT = ROOT / "bench" / "pronunciation-held-out.npz"
"""A head without the people of the test conversations."""
FOLDS_FILE = ROOT / "bench" / "pronunciation-folds.csv"
CONVERSED = frozenset(
    "9643 1029 9634 0813 9615 0135 9609 2242 8002 2981 5408 1064 2179 1042".split()  # noqa: SIM905 - a row of ids
)
"""Speakers of the ten test conversations, which are put together from this corpus."""

SEED = 2026
FOLDS = 5
PENALTY = 1_000.0
"""Of the ridge: 300 and 3,000 change the cross-validated correlation by less than .005."""
CHANNEL = 5
"""Directions of the feature space that are taken out because they carry the microphone: each has 2 % or more of what
another channel changes. Without it the score of native speech by far microphones is .3 lower, and the correlation
.01 higher; ten directions change native speech no more and cost another .01."""
GROUPS = 3
"""Of speakers by their score, each with an error of its own: 40 speakers tell a standard deviation to 11 %. The weakest
third is missed by 1.0, the middle by .5, the best by .3."""
DIRECTIONS = 32
"""In which the distance to the training speech is told: of 8, 16 and 32 this many part it best from other speech."""
BANDS = (0, 150, 400, 1_000, 2_500, 5_000, 8_000)
"""Hz at which another channel's gain is drawn, up to GAIN dB either way."""
GAIN = 8.0
LOW_CUTS, HIGH_CUTS = (0, 60, 150, 300), (3_400, 4_500, 6_000, 8_000)
"""Hz where a channel begins and ends: 300 to 3,400 is the telephone's."""
NOISE = (10.0, 40.0)
"""Decibels of speech over noise: a loud room to a studio."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """Features of pieces, and whose they are (index of the utterance)."""

    x: Numbers
    owner: Integers

    def of(self, kept: NDArray[np.bool_]) -> Pieces:
        """Those of the utterances that are kept."""
        return Pieces(self.x[kept[self.owner]], self.owner[kept[self.owner]])


def other_channel(sound: Samples, draw: np.random.Generator) -> Samples:
    """The same speech by another microphone: equaliser, band limits and noise at random."""
    frequency = np.fft.rfftfreq(len(sound), 1 / RATE)
    gain = 10 ** (np.interp(frequency, BANDS, draw.uniform(-GAIN, GAIN, len(BANDS))) / 20)
    gain[frequency > draw.choice(HIGH_CUTS)] *= 1e-3
    gain[frequency < draw.choice(LOW_CUTS)] *= 5e-2
    heard = np.fft.irfft(np.fft.rfft(sound) * gain, len(sound))
    noise = np.fft.irfft(np.fft.rfft(draw.standard_normal(len(sound))) * gain, len(sound))
    ratio = 10 ** (-draw.uniform(*NOISE) / 20)
    changed: Samples = (heard + noise / noise.std() * heard.std() * ratio).astype(np.float32)
    return changed


def crops(sound: Samples, draw: np.random.Generator) -> list[Samples]:
    """Pieces of random lengths, so that a piece's length says nothing of its utterance."""
    found: list[Samples] = []
    at = 0
    while not found or len(sound) - at >= SHORTEST * RATE:
        size = round(draw.uniform(SHORTEST, WINDOW) * RATE)
        found.append(sound[at : at + size])
        at += size
    return found


def heard(sounds: Sequence[Samples], cut: Callable[[Samples], list[Samples]]) -> Pieces:
    """Every sound's pieces through the encoder."""
    encoder = FasterWhisper(None, compute_type="int8")  # as the head that ships was made
    cuts = [cut(one) for one in sounds]
    x = np.array(list(features(encoder, [piece for one in cuts for piece in one])))
    return Pieces(x, np.repeat(np.arange(len(cuts)), [len(one) for one in cuts]))


def means(values: Numbers, owner: Integers, count: int) -> Numbers:
    """Mean over the pieces of each owner."""
    total = np.zeros((count, *values.shape[1:]))
    np.add.at(total, owner, values)
    each = np.maximum(np.bincount(owner, minlength=count), 1)
    result: Numbers = total / each.reshape(-1, *[1] * (values.ndim - 1))
    return result


def ridge(data: Pieces, y: Numbers, channel: Numbers) -> tuple[Numbers, float]:
    """Weights and intercept; each utterance weighs one, whatever its number of pieces."""
    clean = np.eye(len(channel)) - channel @ channel.T
    x, target = data.x @ clean, y[data.owner]
    share = 1 / np.bincount(data.owner)[data.owner]
    middle = np.average(x, axis=0, weights=share)
    spread = np.sqrt(np.average((x - middle) ** 2, axis=0, weights=share)) + 1e-9
    z, mean = (x - middle) / spread, float(np.average(target, weights=share))
    left = z.T @ (z * share[:, None]) + PENALTY * np.eye(z.shape[1])
    found = np.linalg.solve(left, (z * share[:, None]).T @ (target - mean)) / spread
    return clean @ found, mean - float(middle @ found)


@dataclass(frozen=True, slots=True)
class Corpus:
    """Everything that the fits take: pieces at random lengths, the same elsewhere, and as the product cuts."""

    crops: Pieces
    elsewhere: Pieces
    cut: Pieces
    accuracy: Numbers
    speaker: Integers
    names: tuple[str, ...]


def fitted(corpus: Corpus, kept: NDArray[np.bool_]) -> tuple[Head, Numbers]:
    """A head from the kept utterances, and each piece's score by one that never heard its speaker."""
    count = len(corpus.accuracy)
    train = Pieces(
        np.vstack([corpus.crops.x, corpus.elsewhere.x]),
        np.concatenate([corpus.crops.owner, corpus.elsewhere.owner]),
    ).of(kept)
    moved = means(corpus.elsewhere.x, corpus.elsewhere.owner, count)
    moved = (moved - means(corpus.crops.x, corpus.crops.owner, count))[kept]
    channel = np.linalg.svd(moved, full_matrices=False)[2][:CHANNEL].T
    weights, intercept = ridge(train, corpus.accuracy, channel)
    centre = train.x.mean(0)
    _, length, directions = np.linalg.svd(train.x - centre, full_matrices=False)
    basis = directions[:DIRECTIONS].T / (length[:DIRECTIONS] / np.sqrt(len(train.x)))
    head = Head(weights=weights, intercept=intercept, centre=centre, basis=basis, usual=1.0,
                error_at=np.zeros(1), speaker_error=np.zeros(1), piece_error=0.0)  # fmt: skip
    guess = unheard(corpus, train, channel, kept)
    return calibrated(corpus, head, guess, kept)


def unheard(corpus: Corpus, train: Pieces, channel: Numbers, kept: NDArray[np.bool_]) -> Numbers:
    """A score for each piece as the product cuts, by a ridge that never heard its speaker."""
    fold = folds(corpus)
    guess = np.zeros(len(corpus.cut.x))
    for number in range(FOLDS):
        weights, intercept = ridge(train.of(kept & (fold != number)), corpus.accuracy, channel)
        out = fold[corpus.cut.owner] == number
        guess[out] = corpus.cut.x[out] @ weights + intercept
    return guess


def folds(corpus: Corpus) -> Integers:
    """Each utterance's fold; a speaker is in one alone."""
    order = np.random.default_rng(SEED).permutation(corpus.speaker.max() + 1)
    found: Integers = (order % FOLDS)[corpus.speaker]
    return found


def calibrated(
    corpus: Corpus, head: Head, guess: Numbers, kept: NDArray[np.bool_]
) -> tuple[Head, Numbers]:
    """Stretched so that speakers come out where experts put them: a ridge alone keeps to the middle."""
    used = kept[corpus.cut.owner]
    owner = corpus.speaker[corpus.cut.owner][used]
    people = np.unique(owner)
    count = corpus.speaker.max() + 1
    told = means(guess[used], owner, count)[people]
    judged = means(corpus.accuracy[kept], corpus.speaker[kept], count)[people]
    slope, offset = np.polyfit(told, judged, 1)
    told = slope * told + offset
    groups = np.array_split(np.argsort(told), GROUPS)
    within = [np.var(guess[used][owner == one]) for one in people]
    distance = [head.distance(corpus.cut.x[used][owner == one]) for one in people]
    done = replace(
        head,
        weights=head.weights * slope,
        intercept=float(head.intercept * slope + offset),
        usual=float(np.percentile(distance, 95)),
        error_at=np.array([told[one].mean() for one in groups]),
        speaker_error=np.array([np.sqrt(np.mean((judged - told)[one] ** 2)) for one in groups]),
        piece_error=float(slope * np.sqrt(np.mean(within))),
    )
    return done, guess * slope + offset


def listened(data: Path) -> Corpus:
    """The whole corpus through the encoder, three times."""
    with (data / "scores.csv").open(encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["utt"])
    sounds = [trimmed(read(data / "audio" / f"{row['utt']}.flac")) for row in rows]
    draw = np.random.default_rng(SEED)
    people = sorted({row["speaker"] for row in rows})
    return Corpus(
        crops=heard(sounds, lambda one: crops(one, draw)),
        elsewhere=heard(sounds, lambda one: crops(other_channel(one, draw), draw)),
        cut=heard(sounds, pieces),
        accuracy=np.array([float(row["accuracy"]) for row in rows]),
        speaker=np.array([people.index(row["speaker"]) for row in rows]),
        names=tuple(row["utt"] for row in rows),
    )


def main() -> None:
    """Write the three files."""
    parser = argparse.ArgumentParser(description="Train the pronunciation head")
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    started = time.monotonic()
    corpus = listened(options.data)
    print(f"{len(corpus.names)} utterances heard in {time.monotonic() - started:.0f} s")
    everybody = np.ones(len(corpus.names), dtype=bool)
    head, guess = fitted(corpus, everybody)
    head.save(HEAD)
    # An utterance's name begins with its speaker.
    strangers = np.array([one[1:5] not in CONVERSED for one in corpus.names])
    fitted(corpus, strangers)[0].save(HELD_OUT)
    scores = means(guess, corpus.cut.owner, len(corpus.names))
    lines = [f"{name},{score:.3f}\n" for name, score in zip(corpus.names, scores, strict=True)]
    FOLDS_FILE.write_text("utt,score\n" + "".join(lines), encoding="utf-8")
    print(
        f"usual distance {head.usual:.3f}; errors {head.speaker_error.round(2)} of speakers at "
        f"{head.error_at.round(2)}, {head.piece_error:.2f} of a piece"
    )


if __name__ == "__main__":
    main()
