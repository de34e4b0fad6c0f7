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
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from statistics import mean

from bench.figures import Figure, measured
from bench.grammar_talk import spoken, talk
from bench.pronunciation import spearman
from pipeline.adapters.cefr import CefrLists
from pipeline.adapters.spacy import Spacy
from pipeline.adapters.wordfreq import WordFreq
from pipeline.points import rounded, share
from pipeline.ports import TextAnalyzer
from pipeline.reports import Dimension, VocabularyReport
from pipeline.rubric import Criterion, parse
from pipeline.stages.vocabulary import vocabulary
from pipeline.values import Upload

TINY = 1e-9
POINTS, FLOOR, LENGTH = "points", "root TTR (floor)", "words (length)"
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
    FLOOR,
    LENGTH,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Essay:
    """Every measure of it, and the human score."""

    measured: dict[str, float]
    human: float
    text: str


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


def measures(report: VocabularyReport) -> dict[str, float]:
    """Every measure of one text."""
    values = {one.name: one.value for one in report.metrics}
    listed = [one.frequency for one in report.lemmas if one.cefr is not None]
    root = len(listed) / math.sqrt(sum(listed))
    return values | {
        POINTS: points(report),
        FLOOR: root,
        LENGTH: values["words"],
        "mean_zipf": -values["mean_zipf"],
    }


def essays(folder: Path, analyzer: TextAnalyzer) -> list[Essay]:
    """Those with enough words to be judged."""
    with gzip.open(folder / "essays.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    reports = judged([row["text"] for row in rows], analyzer)
    return [
        Essay(measured=measures(one), human=float(row["vocabulary"]), text=row["text"])
        for one, row in zip(reports, rows, strict=True)
        if one.insufficient is None
    ]


def figures(found: Sequence[Essay], analyzer: TextAnalyzer) -> list[Figure]:
    """The points, alone, above the floor and with length held constant; each measure; and what length does."""

    def correlation(
        name: str, of: Callable[[Sequence[Essay]], float], *, better: bool | None
    ) -> Figure:
        return measured(
            f"vocabulary {name} and human score, Spearman",
            found,
            of,
            unit="essays",
            higher_is_better=better,
        )

    return [
        *(
            correlation(name, partial(_with_human, name), better=True if name == POINTS else None)
            for name in MEASURES
        ),
        correlation("points less root TTR", _above_floor, better=True),
        *(
            correlation(f"{name}, length held constant", partial(_partial, name), better=None)
            for name in MEASURES
            if name != LENGTH
        ),
        _cut(found, analyzer),
    ]


def _with_human(name: str, of: Sequence[Essay]) -> float:
    return spearman([one.measured[name] for one in of], [one.human for one in of])


def _above_floor(of: Sequence[Essay]) -> float:
    return _with_human(POINTS, of) - _with_human(FLOOR, of)


def _partial(name: str, of: Sequence[Essay]) -> float:
    """The correlation of the ranks less what both owe to length."""
    words = [one.measured[LENGTH] for one in of]
    human = _with_human(name, of)
    length = spearman([one.measured[name] for one in of], words)
    between = spearman([one.human for one in of], words)
    rest = math.sqrt((1 - length**2) * (1 - between**2))
    return (human - length * between) / rest if rest > TINY else 0.0


def _cut(found: Sequence[Essay], analyzer: TextAnalyzer) -> Figure:
    long = [one for one in found if len(one.text.split()) >= LONG]
    first = judged([" ".join(one.text.split()[:SHORT]) for one in long], analyzer)
    moved = [points(one) - before.measured[POINTS] for one, before in zip(first, long, strict=True)]
    return measured(
        f"vocabulary points of an essay's first {SHORT} words less the whole, of 20",
        moved,
        mean,
        unit="essays",
        higher_is_better=None,
    )


def main() -> None:
    """Print a line a figure."""
    parser = argparse.ArgumentParser(description="Correlation of vocabulary with human scores")
    parser.add_argument("--data", type=Path, required=True)
    analyzer = Spacy()
    print(*figures(essays(parser.parse_args().data, analyzer), analyzer), sep="\n")


if __name__ == "__main__":
    main()
