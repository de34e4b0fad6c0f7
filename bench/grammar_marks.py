"""The grammar check against what two readers corrected: `python -m bench.grammar_marks --data FOLDER`.

The folder holds `ellipse/essays.jsonl.gz` and `dialogues/dialogues.jsonl.gz`. `data/grammar-marks.jsonl` names 600
learners' sentences and 154 native turns by a hash and says what each reader changed in them, in places only: the
text of the corpora is not this repository's. How the marks were made stands in docs/measured.md. A finding is the least
edit of words that its suggestion makes; strict scores are those of the span-based evaluation of ERRANT (Bryant et
al. 2017, https://aclanthology.org/P17-1074) without the correction's text.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import mean

from bench.figures import Figure, measured, ratio
from bench.grammar import alarms, f_half, native_turns
from bench.grammar_talk import SENTENCE_END, judged, levelled
from pipeline.reports import GrammarError

MARKS = Path(__file__).parent / "data" / "grammar-marks.jsonl"
HASHED = 12
"""Hex digits of a sentence's hash: any two of 28,000 sentences share theirs with a chance of one in 700,000."""
READERS = ("a", "b")
Span = tuple[int, int]
"""First word and the one after the last; the same twice where something is put in."""


class LackingError(Exception):
    """Marked sentences are not in the data folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A sentence by its hash, and where each reader changed it."""

    source: str
    sentence: str
    readers: tuple[frozenset[Span], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A marked sentence: where the check would change it, and where each reader did."""

    found: frozenset[Span]
    readers: tuple[frozenset[Span], ...]


def hashed(sentence: str) -> str:
    """By what a sentence in the spoken setting is named in the marks."""
    return hashlib.sha256(sentence.encode()).hexdigest()[:HASHED]


def marks(source: str, file: Path = MARKS) -> list[Marked]:
    """Those of a corpus."""
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    return [
        Marked(
            source=source,
            sentence=row["sentence"],
            readers=tuple(frozenset((first, end) for first, end, _ in row[who]) for who in READERS),
        )
        for row in rows
        if row["source"] == source
    ]


def found_again(marked: Sequence[Marked], sentences: Iterable[str]) -> list[str]:
    """The text of each marked sentence among all of its corpus."""
    wanted = {one.sentence for one in marked}
    known = {name: one for one in sentences if (name := hashed(one)) in wanted}
    if lacking := wanted - known.keys():
        message = (
            f"{len(lacking)} of {len(wanted)} marked sentences of {marked[0].source} are not in the data folder: is it "
            "another release of the corpus?"
        )
        raise LackingError(message)
    return [known[one.sentence] for one in marked]


def essay_sentences(folder: Path) -> Iterable[str]:
    """Every sentence of every essay, in the spoken setting."""
    for line in gzip.decompress((folder / "ellipse" / "essays.jsonl.gz").read_bytes()).splitlines():
        yield from map(levelled, SENTENCE_END.split(json.loads(line)["text"]))


def least_edit(said: Sequence[str], better: Sequence[str], first: int) -> Span:
    """Words that are the same at both ends left out, those in front first; `said` begins at word `first`."""
    start, end, stop = 0, len(said), len(better)
    while start < min(end, stop) and said[start] == better[start]:
        start += 1
    while start < min(end, stop) and said[end - 1] == better[stop - 1]:
        end, stop = end - 1, stop - 1
    return first + start, first + end


def span(slip: GrammarError, sentence: str) -> Span:
    """Where a finding would change the sentence: all of its words where it doesn't say how."""
    places = [int(one.rsplit("-", 1)[1]) for one in slip.place.words]
    first, end = places[0], places[-1] + 1
    said = [one.rstrip(".") for one in sentence.split()[first:end]]
    better = (slip.suggestion or "").replace(".", " ").casefold().split()
    return least_edit(said, better, first) if slip.suggestion else (first, end)


def touches(one: Span, other: Span) -> bool:
    """Whether two edits share a word or stand side by side: "the colleges offers" is mended at either word."""
    return one[0] <= other[1] and other[0] <= one[1]


def rows(marked: Sequence[Marked], sentences: Sequence[str]) -> list[Row]:
    """The check on each."""
    spans: dict[int, set[Span]] = defaultdict(set)
    for slip in judged(sentences).errors:
        if slip.counted:
            at = slip.place.segment
            spans[at].add(span(slip, sentences[at]))
    return [Row(found=frozenset(spans[n]), readers=one.readers) for n, one in enumerate(marked)]


def precision(some: Sequence[Row], reader: int) -> float | None:
    """Of the findings, those where the reader changed exactly these words."""
    return ratio([(len(one.found & one.readers[reader]), len(one.found)) for one in some])


def recall(some: Sequence[Row], reader: int) -> float | None:
    """Of the reader's edits, those that were found exactly there."""
    return ratio([(len(one.found & one.readers[reader]), len(one.readers[reader])) for one in some])


def f(some: Sequence[Row], reader: int) -> float | None:
    """F0.5 of the two."""
    right, found = precision(some, reader), recall(some, reader)
    return None if right is None or found is None else f_half(right, found)


def touching(some: Sequence[Row], reader: int) -> float | None:
    """Of the findings, those that touch an edit of the reader's."""
    return ratio(
        [
            (
                sum(any(touches(x, y) for y in one.readers[reader]) for x in one.found),
                len(one.found),
            )
            for one in some
        ]
    )


def agreement(some: Sequence[Row]) -> float | None:
    """F0.5 of the second reader against the first, as if the second were the check."""
    return f([Row(found=one.readers[1], readers=one.readers) for one in some], 0)


def mean_of_readers(
    some: Sequence[Row], measure: Callable[[Sequence[Row], int], float | None]
) -> float | None:
    """The measure against either reader alone."""
    each = [measure(some, reader) for reader in range(len(READERS))]
    known = [one for one in each if one is not None]
    return mean(known) if len(known) == len(each) else None


def learners(some: Sequence[Row]) -> list[Figure]:
    """Strict scores, and the readers' own agreement, which the check can't be asked to surpass."""
    named = {
        "strict precision": precision,
        "strict recall": recall,
        "strict F0.5": f,
        "findings that touch an edit": touching,
    }
    against = [
        measured(
            f"learners' sentences, one reader: {name}",
            some,
            partial(mean_of_readers, measure=measure),
            unit="sentences",
            higher_is_better=True,
        )
        for name, measure in named.items()
    ]
    between = measured(
        "learners' sentences, one reader against the other: strict F0.5",
        some,
        agreement,
        unit="sentences",
        higher_is_better=None,
    )
    return [*against, between]


def false_alarms(
    turns: Sequence[str], found: Sequence[GrammarError], marked: Sequence[Marked]
) -> Figure:
    """Findings in native turns at which not both readers changed something; those in unmarked turns are all false."""
    readers = {one.sentence: one.readers for one in marked}
    false = Counter(
        slip.place.segment
        for slip in found
        if not _both(
            span(slip, turns[slip.place.segment]),
            readers.get(hashed(turns[slip.place.segment]), ()),
        )
    )
    return measured(
        "false alarms per 100 words, native turns, two readers",
        [(100.0 * false[n], len(turn.split())) for n, turn in enumerate(turns)],
        ratio,
        unit="turns",
        higher_is_better=False,
    )


def _both(found: Span, readers: Sequence[frozenset[Span]]) -> bool:
    return bool(readers) and all(any(touches(found, one) for one in some) for some in readers)


def figures(folder: Path) -> list[Figure]:
    """Every figure of this bench."""
    marked, native = marks("ellipse"), marks("dialogues")
    learned = rows(marked, found_again(marked, essay_sentences(folder)))
    turns = native_turns(folder)
    found_again(native, turns)
    found = [one.slip for one in alarms("turns", folder)[1]]
    return [*learners(learned), false_alarms(turns, found, native)]


def main() -> int:
    """Print the figures; 1 where the corpora are others."""
    parser = argparse.ArgumentParser(
        description="The grammar check against two readers' corrections"
    )
    parser.add_argument("--data", type=Path, required=True)
    try:
        print(*figures(parser.parse_args().data), sep="\n")
    except LackingError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
