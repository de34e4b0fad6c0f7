"""Precision of the grammar check: `python -m bench.grammar --data FOLDER`.

The folder holds `sentences/*.txt.gz` (native sentences of everyday talk, one a line) and
`dialogues/dialogues.jsonl.gz` (turns of native speakers under "U"). All text goes the way of a learner's
segment in the spoken setting: case and punctuation taken away, then re-capitalised by `pipeline.spoken`.
Only slips that would be counted are counted. Native text has errors too, so the rates are upper bounds.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.figures import Figure, measured, ratio
from bench.grammar_talk import judged, levelled
from pipeline.reports import GrammarError

SENTENCES = 6000
TURNS = 4000
"""Samples that take a minute and a half together on one core. They begin half a step into the files: the rules
were mended on what stands at the full steps."""
OWN = Path(__file__).parent / "data" / "grammar-sentences.tsv"
MARKED = re.compile(r"\[([^|\]]*)\|([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class Alarm:
    """A counted slip and the turn it stands in."""

    slip: GrammarError
    turn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One own test sentence: slips in it, findings that touch one, slips touched, findings that mend one."""

    kind: str
    slips: int
    findings: int
    touching: int
    touched: int
    mending: int


def spaced(lines: Sequence[str], count: int, first: int = 0) -> list[str]:
    """So many lines, evenly spaced, so that an alphabetical list gives all letters."""
    return list(lines[first :: max(1, len(lines) // count)][:count])


def native_sentences(folder: Path) -> list[str]:
    """Each in the spoken setting."""
    (file,) = (folder / "sentences").glob("*.txt.gz")
    lines = gzip.decompress(file.read_bytes()).decode().splitlines()
    return [levelled(one) for one in spaced(lines, SENTENCES, len(lines) // SENTENCES // 2)]


def native_turns(folder: Path) -> list[str]:
    """Turns of the ones who ask, each once, in the spoken setting."""
    file = folder / "dialogues" / "dialogues.jsonl.gz"
    rows = (json.loads(one) for one in gzip.decompress(file.read_bytes()).splitlines())
    turns = sorted({text for row in rows for who, text in row["turns"] if who == "U"})
    return [levelled(one) for one in spaced(turns, TURNS, len(turns) // TURNS // 2)]


@cache
def alarms(name: str, folder: Path) -> tuple[Figure, list[Alarm]]:
    """False alarms per 100 words over native text, and each of them; kept, as other benches ask for them too."""
    turns = NATIVE[name](folder)
    found = [Alarm(one, turns[one.place.segment]) for one in judged(turns).errors if one.counted]
    each = Counter(one.slip.place.segment for one in found)
    rate = measured(
        f"false alarms per 100 words, native {name}",
        [(100.0 * each[n], len(turn.split())) for n, turn in enumerate(turns)],
        ratio,
        unit=name,
        higher_is_better=False,
    )
    return rate, found


NATIVE: dict[str, Callable[[Path], list[str]]] = {
    "sentences": native_sentences,
    "turns": native_turns,
}


def own_sentences(file: Path = OWN) -> list[tuple[str, str]]:
    """Kind and marked sentence of each line."""
    rows = (one.split("\t") for one in file.read_text("utf-8").splitlines() if one[0] != "#")
    return [(kind, text) for kind, text in rows]


def outcome(kind: str, marked: str, findings: Sequence[GrammarError], said: str) -> Outcome:
    """A finding touches a slip when they share a word, and mends it when the text becomes the better one."""
    parts = MARKED.split(marked)
    slips: list[tuple[int, int, str]] = []
    for n in range(1, len(parts), 3):
        plain = "".join(parts[k] for k in range(n) if k % 3 != 2)  # noqa: PLR2004 - every third is a better form
        better = plain + parts[n + 1] + MARKED.sub(r"\1", _rest(parts, n + 2))
        first = len(levelled(plain + "x").split()) - 1
        slips.append((first, first + max(1, len(parts[n].split())) - 1, levelled(better)))
    hits = [_hit(one, said) for one in findings]
    touching = [any(a <= hit[1] and hit[0] <= b for a, b, _ in slips) for hit in hits]
    touched = [any(a <= hit[1] and hit[0] <= b for hit in hits) for a, b, _ in slips]
    mending = [any(hit[2] == better for *_, better in slips) for hit in hits]
    return Outcome(
        kind=kind,
        slips=len(slips),
        findings=len(hits),
        touching=sum(touching),
        touched=sum(touched),
        mending=sum(mending),
    )


def _rest(parts: Sequence[str], at: int) -> str:
    rest = parts[at]
    for n in range(at + 1, len(parts), 3):
        rest += f"[{parts[n]}|{parts[n + 1]}]{parts[n + 2]}"
    return rest


def _hit(slip: GrammarError, said: str) -> tuple[int, int, str]:
    numbers = [int(one.rsplit("-", 1)[1]) for one in slip.place.words]
    mended = said[: slip.place.start] + (slip.suggestion or "") + said[slip.place.end :]
    return numbers[0], numbers[-1], levelled(mended)


def own(file: Path = OWN) -> list[Outcome]:
    """The stage on every own test sentence."""
    rows = own_sentences(file)
    said = [levelled(MARKED.sub(r"\1", text)) for _, text in rows]
    errors = [one for one in judged(said).errors if one.counted]
    return [
        outcome(kind, text, [one for one in errors if one.place.segment == n], said[n])
        for n, (kind, text) in enumerate(rows)
    ]


def f_half(precision: float, recall: float) -> float:
    """F0.5: precision counts twice."""
    return 1.25 * precision * recall / (0.25 * precision + recall) if precision + recall else 0.0


def quality(rows: Sequence[Outcome]) -> list[Figure]:
    """Precision, recall and F0.5 of touching a slip, and precision of mending one."""

    def precision(some: Sequence[Outcome]) -> float | None:
        return ratio([(one.touching, one.findings) for one in some])

    def recall(some: Sequence[Outcome]) -> float | None:
        return ratio([(one.touched, one.slips) for one in some])

    def f(some: Sequence[Outcome]) -> float | None:
        right, found = precision(some), recall(some)
        return None if right is None or found is None else f_half(right, found)

    def mending(some: Sequence[Outcome]) -> float | None:
        return ratio([(one.mending, one.findings) for one in some])

    named = {"precision": precision, "recall": recall, "F0.5": f, "right correction": mending}
    return [
        measured(f"own test sentences, {name}", rows, one, unit="sentences", higher_is_better=True)
        for name, one in named.items()
    ]


def figures(folder: Path) -> list[Figure]:
    """Every figure of this bench."""
    return [*quality(own()), *(alarms(name, folder)[0] for name in NATIVE)]


def main() -> None:
    """Print the figures, the rules that speak up most, and with --show each alarm."""
    parser = argparse.ArgumentParser(description="Precision of the grammar check")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--show", action="store_true", help="print each alarm")
    options = parser.parse_args()
    rows = own()
    print(*quality(rows), sep="\n")
    for kind in sorted({one.kind for one in rows}):
        some = [one for one in rows if one.kind == kind]
        print(
            f"  {kind:22} {len(some):4} sentences, {sum(one.slips for one in some):3} slips, "
            f"{sum(one.touched for one in some)} found, {sum(one.findings for one in some)} findings"
        )
    for name in NATIVE:
        rate, found = alarms(name, options.data)
        print(rate)
        for rule, count in Counter(one.slip.rule for one in found).most_common():
            print(f"  {rule:40} {count}")
        if options.show:
            for alarm in sorted(found, key=lambda one: one.slip.rule):
                slip = alarm.slip
                print(f"{slip.rule:30} [{slip.text}|{slip.suggestion}] {alarm.turn}")


if __name__ == "__main__":
    main()
