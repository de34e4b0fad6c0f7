"""The grammar check against teachers' marks: `python -m bench.grammar_learners --data FOLDER`.

The folder holds `ellipse/essays.jsonl.gz` (text and the mark for grammar, 1 to 5). Essays are no talk: case
and punctuation inside sentences are taken away, and sentences with a word that no word list knows are left
out, as spelling is not spoken. Printed are rank correlations of what the stage measures and of the points
it leads to. With --show so many slips, drawn at random, are printed to be judged by reading.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Figure, measured
from bench.grammar import spaced
from bench.grammar_talk import SENTENCE_END, judged, levelled
from bench.pronunciation import spearman as rank_correlation
from config.settings import settings
from pipeline.adapters.wordfreq import WordFreq
from pipeline.bootstrap import SEED
from pipeline.points import share
from pipeline.reports import Dimension, GrammarReport
from workers.toolbox import rubric

ESSAYS = 250
"""Evenly spaced in the file; takes a minute and a half on one core."""


@dataclass(frozen=True, slots=True)
class Essay:
    """What the stage found in an essay, its sentences as they were checked, and the teachers' mark."""

    report: GrammarReport
    sentences: tuple[str, ...]
    mark: float


def essays(folder: Path, count: int = ESSAYS, first: int = 0) -> list[Essay]:
    """The stage on so many essays from the given one on, each sentence a turn."""
    file = folder / "ellipse" / "essays.jsonl.gz"
    lines = gzip.decompress(file.read_bytes()).decode().splitlines()
    frequencies = WordFreq()
    found: list[Essay] = []
    for line in spaced(lines, count, first):
        row = json.loads(line)
        said = [levelled(one) for one in SENTENCE_END.split(row["text"])]
        known = tuple(
            one
            for one in said
            if one
            and all(
                frequencies.zipf(word, "en") for word in one.rstrip(".").split() if word.isalpha()
            )
        )
        report = judged(known)
        if report.metrics:
            found.append(Essay(report, known, float(row["grammar"])))
    return found


def points(report: GrammarReport) -> float:
    """The dimension's points by the rubric in force."""
    total = 0.0
    for one in rubric(settings().stages.rubric).criteria[Dimension.GRAMMAR]:
        metric = report.metric(one.metric)
        if metric is not None:
            total += float(one.points) * share(one.anchors, metric.value)
    return total


def figures(found: Sequence[Essay]) -> list[Figure]:
    """Rank correlations with the mark for grammar: of the points, and of every metric of the stage."""
    points_first = [("points", [(points(one.report), one.mark) for one in found])]
    names = [one.name for one in found[0].report.metrics]
    metrics = [
        (name, [(m.value, one.mark) for one in found if (m := one.report.metric(name)) is not None])
        for name in names
    ]
    return [
        measured(
            f"grammar {name} and human score, Spearman",
            pairs,
            _rho,
            unit="essays",
            higher_is_better=True if name == "points" else None,
        )
        for name, pairs in points_first + metrics
    ]


def _rho(some: Sequence[tuple[float, float]]) -> float | None:
    ours, theirs = [one for one, _ in some], [one for _, one in some]
    if len(set(ours)) == 1 or len(set(theirs)) == 1:
        return None
    return rank_correlation(ours, theirs)


def drawn(found: Sequence[Essay], count: int) -> list[str]:
    """So many counted slips at random, each with its sentence."""
    slips = [
        f"{slip.rule:30} [{slip.text}|{slip.suggestion}] {one.sentences[slip.place.segment]}"
        for one in found
        for slip in one.report.errors
        if slip.counted
    ]
    draw = random.Random(SEED)  # noqa: S311 - a sample to read, no secret
    return sorted(draw.sample(slips, min(count, len(slips))))


def main() -> None:
    """Print a line a measure."""
    parser = argparse.ArgumentParser(description="The grammar check against teachers' marks")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--essays", type=int, default=ESSAYS)
    parser.add_argument(
        "--first", type=int, default=0, help="0 to 3: essays that others do not have"
    )
    parser.add_argument("--show", type=int, default=0, help="slips to print")
    options = parser.parse_args()
    found = essays(options.data, options.essays, options.first)
    print(*figures(found), sep="\n")
    for line in drawn(found, options.show):
        print(line)


if __name__ == "__main__":
    main()
