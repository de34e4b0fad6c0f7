"""How many of the heard words were said, by how sure the recogniser was: `python -m bench.clearness --data FOLDER`.

The folder is speechocean762's: `scores.csv` (utterance, speaker, age, …, text) and `audio/UTTERANCE.flac`. Each speaker's
utterances are heard as one recording, by the product's own way from sound to words. A line a speaker, the least sure
first, and for each probability of a grid what lies below and above it. A heard word is right where an alignment with the
fewest edits pairs it with the same word; both sides go through Whisper's English normaliser.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rapidfuzz.distance import Levenshtein
from transformers.models.whisper.english_normalizer import EnglishTextNormalizer

from bench.language import Listener
from pipeline.adapters.audio import read
from pipeline.enough import GUESSED, clearness

GRID = (*np.arange(0.5, 0.9, 0.05), GUESSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """One speaker's words, as said and as heard."""

    name: str
    age: int
    clear: float
    said: int
    heard: int
    right: int
    errors: int

    @property
    def share(self) -> float:
        """Of the heard words, those that were said."""
        return self.right / max(1, self.heard)

    def __str__(self) -> str:
        """One line."""
        return (
            f"{self.name:8}{self.age:4}{self.clear:8.3f}{self.share:8.2f}"
            f"{self.errors / self.said:8.2f}{self.heard:6}"
        )


def speakers(data: Path, without: Collection[str], every: int) -> Iterator[Speaker]:
    """Each as the recogniser heard them, in order of their names."""
    normal = EnglishTextNormalizer({})  # type: ignore[no-untyped-call]  # untyped library
    rows = defaultdict(list)
    with (data / "scores.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows[row["speaker"]].append(row)
    hear = Listener()
    names = [one for one in sorted(rows) if one not in without]
    for name in names[every - 1 :: every]:
        own = sorted(rows[name], key=lambda row: row["utt"])
        transcript = hear([read(data / "audio" / f"{row['utt']}.flac") for row in own])
        words = [word for one in transcript.utterances for word in one.words]
        said = normal(" ".join(row["text"] for row in own)).split()
        heard = normal(" ".join(word.text for word in words)).split()
        steps = Levenshtein.opcodes(said, heard)
        yield Speaker(
            name=name,
            age=int(own[0]["age"]),
            clear=clearness(words),
            said=len(said),
            heard=len(heard),
            right=sum(one.dest_end - one.dest_start for one in steps if one.tag == "equal"),
            errors=Levenshtein.distance(said, heard),
        )


def main() -> None:
    """Print the lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--without", nargs="*", default=[], help="not these speakers")
    parser.add_argument("--every", type=int, default=1, help="of the others so many apart")
    options = parser.parse_args()
    found = []
    print(f"{'who':8}{'age':>4}{'clear':>8}{'right':>8}{'WER':>8}{'heard':>6}")
    for one in speakers(options.data, options.without, options.every):
        print(one, flush=True)
        found.append(one)
    print(
        f"{'at':8}{'people below, right / above, right':>40}   fewer than half right below, above"
    )
    for at in sorted(GRID):
        sides = [[one for one in found if (one.clear >= at) == above] for above in (False, True)]
        shares = [
            sum(one.right for one in side) / max(1, sum(one.heard for one in side))
            for side in sides
        ]
        wrong = [sum(one.share < 0.5 for one in side) for side in sides]  # noqa: PLR2004 - a half
        print(
            f"{at:<8.2f}{len(sides[0]):8}{shares[0]:8.2f}{len(sides[1]):12}{shares[1]:8.2f}"
            f"{wrong[0]:12}{wrong[1]:8}"
        )


if __name__ == "__main__":
    main()
