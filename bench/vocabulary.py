"""How vocabulary points go with human scores: `python -m bench.vocabulary --data FOLDER`.

The folder holds `essays.jsonl.gz` (one essay a line: text, vocabulary from 1 to 5), as the ELLIPSE sample has
them. Each essay is judged by the stage as one learner's text, and the rubric makes points of it. Essays are
written: spelling, which people mark and speech does not have, is not judged. Nothing is fitted on them.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from statistics import mean
from typing import TypeVar

import numpy as np

from bench.grammar_talk import spoken, talk
from pipeline.adapters.cefr import CefrLists
from pipeline.adapters.spacy import Spacy
from pipeline.adapters.wordfreq import WordFreq
from pipeline.bootstrap import bounds
from pipeline.points import rounded, share
from pipeline.ports import TextAnalyzer
from pipeline.reports import Dimension, VocabularyReport
from pipeline.rubric import Criterion, parse
from pipeline.stages.vocabulary import vocabulary
from pipeline.values import Upload

Unit = tuple[dict[str, float], float]
"""The measures of an essay, and the human score."""
U = TypeVar("U")

TINY = 1e-9
POINTS = "points"
RUBRIC = "2026.2"
SHORT = 150
"""Words of a short talk …"""
LONG = 300
"""… and of essays that are cut to it, to see what length alone does to the points."""
MEASURES = (
    POINTS,
    "mattr",
    "mtld",
    "rarer_words",
    "independent_words",
    "advanced_share",
    "advanced_token_share",
    "mean_zipf",
    "root TTR (floor)",
    "words (length)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Spearman correlation of one measure with the human score, its 95 % bounds, and what length has to do with it."""

    name: str
    n: int
    human: float
    low: float
    high: float
    length: float
    partial: float
    """With the human score, length held constant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VocabularyFigures:
    """What the bench measures."""

    figures: tuple[Figure, ...]
    above_floor: tuple[float, float, float]
    """Spearman of the points less that of root TTR on the same essays, with its 95 % bounds."""
    cut: tuple[float, float, float, int]
    """Mean points of the first SHORT words less those of the whole essay, with bounds, and how many essays."""


def judged(texts: Sequence[str], analyzer: TextAnalyzer) -> list[VocabularyReport]:
    """Each text as the only thing a learner says, heard without a doubt."""
    frequencies, levels = WordFreq(), CefrLists()
    found = []
    for text in texts:
        said = spoken(" ".join(text.split()))
        essay = replace(talk(()), segments=(said,))
        found.append(
            vocabulary(
                Upload(name="essay", key="", size=0),
                essay,
                text_analyzer=analyzer,
                word_frequencies=frequencies,
                level_list=levels,
            )
        )
    return found


@cache
def criteria() -> tuple[Criterion, ...]:
    """Of the rubric, for vocabulary."""
    text = files("config").joinpath(f"rubrics/{RUBRIC}.toml").read_text("utf-8")
    return parse(text).criteria[Dimension.VOCABULARY]


def points(report: VocabularyReport) -> float:
    """The rubric's points."""
    total = 0.0
    for one in criteria():
        metric = report.metric(one.metric)
        if metric is None:
            return 0.0
        total += float(rounded(float(one.points) * share(one.anchors, metric.value)))
    return total


def measured(report: VocabularyReport) -> dict[str, float]:
    """Every measure of one text."""
    values = {one.name: one.value for one in report.metrics}
    listed = [one.frequency for one in report.lemmas if one.cefr is not None]
    root = len(listed) / math.sqrt(sum(listed))
    return values | {
        POINTS: points(report),
        "root TTR (floor)": root,
        "words (length)": values["words"],
        "mean_zipf": -values["mean_zipf"],
    }


def spearman(one: Sequence[float], two: Sequence[float]) -> float:
    """Correlation of the ranks; ties share their mean rank."""
    return float(np.corrcoef(_ranks(one), _ranks(two))[0, 1])


def _ranks(values: Sequence[float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[place]


def figures(folder: Path, analyzer: TextAnalyzer) -> VocabularyFigures:
    """All figures; the units that are drawn again are essays."""
    with gzip.open(folder / "essays.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    reports = judged([row["text"] for row in rows], analyzer)
    kept = [
        (measured(one), float(row["vocabulary"]), row["text"])
        for one, row in zip(reports, rows, strict=True)
        if one.insufficient is None
    ]
    units = [(values, human) for values, human, _ in kept]
    floor = "root TTR (floor)"
    return VocabularyFigures(
        figures=tuple(_figure(name, units) for name in MEASURES),
        above_floor=_bounded(units, lambda of: _with_human(POINTS, of) - _with_human(floor, of)),
        cut=_cut([(values, text) for values, _, text in kept], analyzer),
    )


def _with_human(name: str, units: Sequence[Unit]) -> float:
    return spearman([values[name] for values, _ in units], [human for _, human in units])


def _figure(name: str, units: Sequence[Unit]) -> Figure:
    human, low, high = _bounded(units, lambda of: _with_human(name, of))
    words = [values["words"] for values, _ in units]
    length = spearman([values[name] for values, _ in units], words)
    between = spearman([of for _, of in units], words)
    rest = math.sqrt((1 - length**2) * (1 - between**2))
    return Figure(
        name=name,
        n=len(units),
        human=human,
        low=low,
        high=high,
        length=length,
        partial=(human - length * between) / rest if rest > TINY else 0.0,
    )


def _bounded(
    units: Sequence[U], measure: Callable[[Sequence[U]], float]
) -> tuple[float, float, float]:
    low, high = bounds(units, measure) or (math.nan, math.nan)
    return measure(units), low, high


def _cut(
    essays: Sequence[tuple[dict[str, float], str]], analyzer: TextAnalyzer
) -> tuple[float, float, float, int]:
    long = [(values[POINTS], text) for values, text in essays if len(text.split()) >= LONG]
    first = judged([" ".join(text.split()[:SHORT]) for _, text in long], analyzer)
    moved = [points(one) - before for one, (before, _) in zip(first, long, strict=True)]
    return (*_bounded(moved, mean), len(moved))


def main() -> None:
    """Print a line a measure."""
    parser = argparse.ArgumentParser(description="Correlation of vocabulary with human scores")
    parser.add_argument("--data", type=Path, required=True)
    found = figures(parser.parse_args().data, Spacy())
    for one in found.figures:
        print(
            f"{one.name:22} Spearman {one.human:+.3f} [{one.low:+.3f}, {one.high:+.3f}]  with length "
            f"{one.length:+.3f}, length held constant {one.partial:+.3f}  n {one.n}"
        )
    print("points less root TTR   {:+.3f} [{:+.3f}, {:+.3f}]".format(*found.above_floor))
    print(
        "first {} words less all {:+.2f} points [{:+.2f}, {:+.2f}]  n {}".format(SHORT, *found.cut)
    )


if __name__ == "__main__":
    main()
