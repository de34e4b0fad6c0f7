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
from statistics import mean

import numpy as np
from numpy.typing import NDArray

from bench.figures import Figure, measured, ratio
from bench.train_pronunciation import FOLDS_FILE, HELD_OUT
from pipeline.adapters.audio import sounding
from pipeline.adapters.faster_whisper import FasterWhisper
from pipeline.adapters.segmentation import PyannoteSegmentation
from pipeline.adapters.whisper_head import WhisperHead
from pipeline.heard import Pronounced
from pipeline.values import Span

Numbers = NDArray[np.float64]
ADULT = 16
"""Years; nobody in the corpus is 16, 17 or 18."""


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
    *,
    higher_is_better: bool | None = None,
) -> Figure:
    """The measure, and its bounds over speakers drawn again."""
    own = [speaker == who for who in np.unique(speaker)]

    def over(some: Sequence[tuple[Numbers, Numbers]]) -> float:
        return measure(*(np.concatenate(side) for side in zip(*some, strict=True)))

    units = [(one[whose], other[whose]) for whose in own]
    return measured(name, units, over, unit="speakers", higher_is_better=higher_is_better)


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
                       found.accuracy[kept], found.speaker[kept], higher_is_better=True)
            )  # fmt: skip
        told, judged = (
            _people(one[kept], found.speaker[kept]) for one in (found.score, found.accuracy)
        )
        figures.append(
            figure(f"accuracy, {group}, a speaker's mean", pearson, told, judged,
                   np.arange(len(told)), higher_is_better=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One conversation: what the experts gave each speaker, and the head that never heard them."""

    name: str
    experts: dict[str, float]
    told: dict[str, Pronounced]

    @property
    def agreed(self) -> bool:
        """Whether both hold the same one for the better speaker."""
        best = max(self.told, key=lambda who: self.told[who].score)
        return best == max(self.experts, key=lambda who: self.experts[who])

    @property
    def inside(self) -> int:
        """Scores whose 95 % interval holds the experts'."""
        return sum(
            abs(one.score - self.experts[who]) <= 1.96 * one.error for who, one in self.told.items()
        )


def in_conversations(folder: Path) -> list[Compared]:
    """The two speakers of each conversation, in the reference's turns."""
    judge = WhisperHead(FasterWhisper(None), HELD_OUT)
    turns: dict[tuple[str, str], list[Span]] = {}
    for line in (folder / "all.rttm").read_text("utf-8").splitlines():
        _, name, _, start, length, _, _, who, *_ = line.split()
        span = Span(start=float(start), end=float(start) + float(length))
        turns.setdefault((name, who), []).append(span)
    compared = []
    for one in json.loads((folder / "conversations.json").read_text("utf-8")):
        name, told = one["id"], {}
        for who in one["speakers"]:
            others = [s for (n, w), spans in turns.items() if n == name and w != who for s in spans]
            alone = [s for s in turns[name, who] if not any(s.overlap(other) for other in others)]
            found = judge.judge(folder / f"{name}.flac", alone, nothing)
            if found:
                told[who] = found
        experts = {who: said["accuracy"] for who, said in one["speakers"].items()}
        compared.append(Compared(name=name, experts=experts, told=told))
    return compared


def of_conversations(compared: Sequence[Compared]) -> list[Figure]:
    """Shares of the conversations, and of their scores."""
    return [
        measured(
            "conversations ranked as the experts did, share",
            [float(one.agreed) for one in compared],
            mean,
            unit="conversations",
            higher_is_better=True,
        ),
        measured(
            "conversation scores inside their 95 % interval, share",
            [(one.inside, len(one.told)) for one in compared],
            ratio,
            unit="conversations",
            higher_is_better=True,
        ),
    ]


def of_recordings(files: Sequence[Path]) -> None:
    """The score of everything said in each 16 kHz mono file, one speaker a file."""
    judge, activity = WhisperHead(FasterWhisper(None)), PyannoteSegmentation()
    for file in files:
        found = judge.judge(file, activity.detect(file, nothing), nothing)
        print(f"{file.name} {sounding(file).seconds:.0f} s: {found}")


def main() -> None:
    """Print a line a figure."""
    parser = argparse.ArgumentParser(description="Correlation of the pronunciation score")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--conversations", type=Path)
    parser.add_argument("--sounds", type=Path, nargs="*", default=[])
    options = parser.parse_args()
    if options.data:
        print(*against_experts(corpus(options.data)), sep="\n")
    if options.conversations:
        compared = in_conversations(options.conversations)
        for one in compared:
            scores = {who: found.score for who, found in one.told.items()}
            print(f"{one.name} {'right' if one.agreed else 'WRONG'}  experts {one.experts}  head "
                  f"{scores}  {one.inside} of {len(scores)} within the 95 % interval")  # fmt: skip
        print(*of_conversations(compared), sep="\n")
    of_recordings(options.sounds)


if __name__ == "__main__":
    main()
