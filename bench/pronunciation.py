"""How the pronunciation score goes with experts' scores: `python -m bench.pronunciation --data FOLDER`.

The folder holds `scores.csv` (utt, speaker, age, duration_s, text, accuracy and fluency from 0 to 10) and
`audio/UTT.flac`, as speechocean762 has them. Scores are of heads that never heard the speaker, as
`bench.train_pronunciation` left them. `--conversations` is a folder of conversations put together from the same
corpus: `all.rttm`, and `conversations.json` with the experts' scores a speaker.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.train_pronunciation import FOLDS_FILE, HELD_OUT
from pipeline.adapters.audio import sounding
from pipeline.adapters.faster_whisper import FasterWhisper
from pipeline.adapters.segmentation import PyannoteSegmentation
from pipeline.adapters.whisper_head import WhisperHead
from pipeline.values import Span

Numbers = NDArray[np.float64]
ADULT = 16
"""Years; nobody in the corpus is 16, 17 or 18."""
RESAMPLES = 1_000
"""Draws of speakers: the ends of a 95 % interval then move by less than .01."""
SEED = 2026


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A measured value with its 95 % bounds over speakers, None where there are none."""

    name: str
    value: float
    low: float | None
    high: float | None
    n: int

    def __str__(self) -> str:
        """One line of the table."""
        bounds = "" if self.low is None else f"[{self.low:+.3f}, {self.high:+.3f}]"
        return f"{self.name:52} {self.value:+.3f} {bounds:18} n {self.n}"


@dataclass(frozen=True, slots=True)
class Judged:
    """The corpus by utterance."""

    score: Numbers
    accuracy: Numbers
    fluency: Numbers
    pace: Numbers
    """Letters a second."""
    length: Numbers
    """Logarithm of the seconds."""
    adult: NDArray[np.bool_]
    speaker: NDArray[np.int64]


def nothing(fraction: float) -> None:
    """Take the progress and drop it."""
    del fraction


def ranks(values: Numbers | Sequence[float]) -> Numbers:
    """Ranks from 1, ties share their mean rank."""
    _, which, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    mean: Numbers = last - (count - 1) / 2
    return mean[which]


def pearson(one: Numbers | Sequence[float], other: Numbers | Sequence[float]) -> float:
    """Correlation."""
    return float(np.corrcoef(one, other)[0, 1])


def spearman(one: Numbers | Sequence[float], other: Numbers | Sequence[float]) -> float:
    """Correlation of ranks."""
    return pearson(ranks(one), ranks(other))


def figure(
    name: str,
    measure: Callable[[Numbers, Numbers], float],
    one: Numbers,
    other: Numbers,
    speaker: NDArray[np.int64],
) -> Figure:
    """The measure, and its bounds over speakers drawn again."""
    own = [np.flatnonzero(speaker == who) for who in np.unique(speaker)]
    draw = np.random.default_rng(SEED)
    found = []
    for _ in range(RESAMPLES):
        drawn = np.concatenate([own[n] for n in draw.integers(0, len(own), len(own))])
        found.append(measure(one[drawn], other[drawn]))
    low, high = np.percentile(found, [2.5, 97.5])
    return Figure(
        name=name, value=measure(one, other), low=float(low), high=float(high), n=len(one)
    )


def corpus(data: Path) -> Judged:
    """The experts' scores beside those that training left."""
    with FOLDS_FILE.open(encoding="utf-8") as file:
        scores = {row["utt"]: float(row["score"]) for row in csv.DictReader(file)}
    with (data / "scores.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["utt"] in scores]
    people = sorted({row["speaker"] for row in rows})
    seconds = np.array([float(row["duration_s"]) for row in rows])
    letters = np.array([float(sum(map(str.isalpha, row["text"]))) for row in rows])
    return Judged(
        score=np.array([scores[row["utt"]] for row in rows]),
        accuracy=np.array([float(row["accuracy"]) for row in rows]),
        fluency=np.array([float(row["fluency"]) for row in rows]),
        pace=letters / seconds,
        length=np.log(seconds),
        adult=np.array([int(row["age"]) >= ADULT for row in rows]),
        speaker=np.array([people.index(row["speaker"]) for row in rows]),
    )


def against_experts(found: Judged) -> list[Figure]:
    """Every correlation, on speakers that were never heard."""
    figures = []
    groups = (("all", found.adult | True), ("adults", found.adult), ("children", ~found.adult))
    for group, kept in groups:
        for name, measure in (("Pearson", pearson), ("Spearman", spearman)):
            figures.append(
                figure(f"accuracy, {group}, {name}", measure, found.score[kept],
                       found.accuracy[kept], found.speaker[kept])
            )  # fmt: skip
        told, judged = (
            _people(one[kept], found.speaker[kept]) for one in (found.score, found.accuracy)
        )
        figures.append(
            figure(f"accuracy, {group}, a speaker's mean", pearson, told, judged,
                   np.arange(len(told)))
        )  # fmt: skip
    for name, target in (("accuracy", found.accuracy), ("fluency", found.fluency)):
        figures.append(
            figure(f"floor: letters a second with {name}", pearson, found.pace, target,
                   found.speaker)
        )  # fmt: skip
    figures.append(figure("score with length", pearson, found.score, found.length, found.speaker))
    figures.append(
        figure("experts' accuracy with length", pearson, found.accuracy, found.length,
               found.speaker)
    )  # fmt: skip
    borders = np.quantile(found.length, [0.0, 0.25, 0.5, 0.75, 1.0])
    for low, high in itertools.pairwise(borders):
        kept = (found.length >= low) & (found.length <= high)
        figures.append(
            figure(f"accuracy, {np.exp(low):.1f} to {np.exp(high):.1f} s long", pearson,
                   found.score[kept], found.accuracy[kept], found.speaker[kept])
        )  # fmt: skip
    return figures


def _people(values: Numbers, speaker: NDArray[np.int64]) -> Numbers:
    return np.array([values[speaker == who].mean() for who in np.unique(speaker)])


def in_conversations(folder: Path) -> Figure:
    """In how many conversations the better speaker by the experts' accuracy comes out better."""
    judge = WhisperHead(FasterWhisper(None), HELD_OUT)
    turns: dict[tuple[str, str], list[Span]] = {}
    for line in (folder / "all.rttm").read_text("utf-8").splitlines():
        _, name, _, start, length, _, _, who, *_ = line.split()
        span = Span(start=float(start), end=float(start) + float(length))
        turns.setdefault((name, who), []).append(span)
    right = 0
    conversations = json.loads((folder / "conversations.json").read_text("utf-8"))
    for one in conversations:
        name, told = one["id"], {}
        for who in one["speakers"]:
            others = [s for (n, w), spans in turns.items() if n == name and w != who for s in spans]
            alone = [s for s in turns[name, who] if not any(s.overlap(other) for other in others)]
            told[who] = judge.judge(folder / f"{name}.flac", alone, nothing)
        scores = {who: found.score for who, found in told.items() if found}
        experts = {who: said["accuracy"] for who, said in one["speakers"].items()}
        agreed = max(scores, key=lambda w: scores[w]) == max(experts, key=lambda w: experts[w])
        right += agreed
        inside = sum(
            abs(found.score - experts[who]) <= 1.96 * found.error
            for who, found in told.items()
            if found
        )
        print(f"{name} {'right' if agreed else 'WRONG'}  experts {experts}  head {scores}  "
              f"{inside} of {len(scores)} within the 95 % interval")  # fmt: skip
    return Figure(name="conversations ranked as the experts did", value=right, low=None, high=None,
                  n=len(conversations))  # fmt: skip


def of_recordings(files: Sequence[Path]) -> None:
    """The score of everything said in each 16 kHz mono file, one speaker a file."""
    judge, activity = WhisperHead(FasterWhisper(None)), PyannoteSegmentation()
    for file in files:
        found = judge.judge(file, activity.detect(file, nothing), nothing)
        print(f"{file.name} {sounding(file).seconds:.0f} s: {found}")


def measured(data: Path, conversations: Path | None) -> list[Figure]:
    """All figures."""
    figures = against_experts(corpus(data))
    return figures + ([in_conversations(conversations)] if conversations else [])


def main() -> None:
    """Print a line a figure."""
    parser = argparse.ArgumentParser(description="Correlation of the pronunciation score")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--conversations", type=Path)
    parser.add_argument("--sounds", type=Path, nargs="*", default=[])
    options = parser.parse_args()
    if options.data:
        print(*measured(options.data, options.conversations), sep="\n")
    of_recordings(options.sounds)


if __name__ == "__main__":
    main()
