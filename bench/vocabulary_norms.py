"""What native speakers reach on the vocabulary measures: `python -m bench.vocabulary_norms --data FOLDER`.

The rubric's anchors for vocabulary are read from these figures and from nothing else. The folder holds
`dialogues/dialogues.jsonl.gz` (one user's side of typed native dialogues on tasks: talk on one topic, which
repeats itself) and `sentences/tatoeba-english.txt.gz` (everyday sentences drawn at random: no topic, as varied
as talk can be).
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from pathlib import Path

import numpy as np

from bench.vocabulary import judged
from pipeline.adapters.spacy import Spacy
from pipeline.ports import TextAnalyzer

MEASURES = ("mattr", "mtld", "rarer_words", "independent_words", "advanced_share")
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
DIALOGUES = 500
LONG = 100
"""Words of a dialogue's side that are enough; a fifth of the dialogues have them."""
DRAWN = 150
"""Samples of sentences, of 200 words each."""
WORDS = 200


def sides(file: Path) -> list[str]:
    """The user's turns of dialogues evenly spaced in the file, where they are long enough."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    rows = rows[:: len(rows) // DIALOGUES][:DIALOGUES]
    texts = [" ".join(text for who, text in row["turns"] if who == "U") for row in rows]
    return [one for one in texts if len(one.split()) >= LONG]


def samples(file: Path) -> list[str]:
    """Sentences drawn at random, in samples of WORDS words."""
    draw = random.Random(1)  # noqa: S311 - statistics, no secret
    sentences = gzip.decompress(file.read_bytes()).decode().splitlines()
    found = []
    for _ in range(DRAWN):
        words: list[str] = []
        while len(words) < WORDS:
            words += draw.choice(sentences).split()
        found.append(" ".join(words))
    return found


def norms(folder: Path, analyzer: TextAnalyzer) -> dict[str, dict[str, list[float]]]:
    """By source and measure, the values at QUANTILES."""
    texts = {
        "dialogues": sides(folder / "dialogues" / "dialogues.jsonl.gz"),
        "sentences": samples(folder / "sentences" / "tatoeba-english.txt.gz"),
    }
    found: dict[str, dict[str, list[float]]] = {}
    for source, of in texts.items():
        reports = [one for one in judged(of, analyzer) if one.insufficient is None]
        found[source] = {}
        for name in MEASURES:
            values = [metric.value for one in reports if (metric := one.metric(name))]
            found[source][name] = np.quantile(values, QUANTILES).tolist()
    return found


def main() -> None:
    """Print a line a source and measure."""
    parser = argparse.ArgumentParser(description="Native norms of the vocabulary measures")
    parser.add_argument("--data", type=Path, required=True)
    print(f"{'':32}" + "".join(f"{f'{one:.0%}':>8}" for one in QUANTILES))
    for source, measures in norms(parser.parse_args().data, Spacy()).items():
        for name, values in measures.items():
            print(f"{source:12}{name:20}" + "".join(f"{one:8.3f}" for one in values))


if __name__ == "__main__":
    main()
