"""Whether a reply is told from one to something else: `python -m bench.comprehension --data dialogues.jsonl.gz`.

Each line of the file is a dialogue `{id, split, topics, turns: [[speaker, text], …]}`. The true reply of each turn
stands against a random reply of the same speaker's in another dialogue, and in the same one. The weights of the fit
come from the split `train` (`--fit` finds them again), the figures from the split `dev`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.figures import Figure, measured
from bench.grammar_talk import spoken
from pipeline.adapters.minilm import MiniLm
from pipeline.exchanges import Pair
from pipeline.fit import fit, shared, signs, weights
from pipeline.ports import SentenceVectors
from pipeline.stages.comprehension import FAR

DIALOGUES = 250
"""For an interval of ± .01 in a minute."""
SEED = 2026
RIDGE = 1.0
"""Of the logistic regression, so that no weight depends on a handful of replies."""
STEPS = 25
Turns = list[tuple[str, str]]
Numbers = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Trial:
    """One reply, true or put in its place, after one prompt."""

    dialogue: int
    against: str
    """`true`, `other` (a random reply of another dialogue) or `same` (of the same one)."""
    asked: str
    """The kind of the first question, empty after a statement."""
    answer: str
    measured: bool
    cosine: float
    shared: float
    signs: dict[str, float]


def read(file: Path, split: str, count: int) -> list[Turns]:
    """So many dialogues of the split, drawn at random."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["split"] == split]
    draw = random.Random(SEED)  # noqa: S311 - a sample, no secret
    chosen = draw.sample(rows, min(count, len(rows)))
    return [[(who, text) for who, text in row["turns"]] for row in chosen]


def trials(dialogues: Sequence[Turns], sentence_vectors: SentenceVectors) -> list[Trial]:
    """Three for each turn but the first: the true reply, one of another dialogue, one of the same."""
    texts = sorted({text for turns in dialogues for _, text in turns})
    vectors = dict(zip(texts, map(np.array, sentence_vectors.vectors(texts)), strict=True))
    draw = random.Random(SEED)  # noqa: S311 - a sample, no secret
    found = []
    for number, turns in enumerate(dialogues):
        for at in range(1, len(turns)):
            who, reply = turns[at]
            prompt = turns[at - 1][1]
            own = [text for n, (by, text) in enumerate(turns) if by == who and n and text != reply]
            others = _others(dialogues, number, who, draw)
            drawn = [
                ("true", reply),
                ("other", others),
                *(("same", draw.choice(own)) for _ in own[:1]),
            ]
            for against, text in drawn:
                cosine = float(vectors[prompt] @ vectors[text])
                found.append(_trial(number, against, prompt, text, cosine))
    return found


def _others(dialogues: Sequence[Turns], number: int, who: str, draw: random.Random) -> str:
    while True:
        other = draw.randrange(len(dialogues))
        replies = [text for by, text in dialogues[other][1:] if by == who]
        if other != number and replies:
            return draw.choice(replies)


def _trial(number: int, against: str, prompt: str, reply: str, cosine: float) -> Trial:
    pair = Pair((spoken(prompt),), (spoken(reply),))
    questions = pair.questions
    return Trial(
        dialogue=number,
        against=against,
        asked=questions[0].kind if questions else "",
        answer=pair.answer or "",
        measured=pair.measured,
        cosine=cosine,
        shared=shared(prompt, reply),
        signs=signs(cosine, prompt, reply, questions, pair.answer),
    )


def regression(found: Sequence[Trial]) -> dict[str, float]:
    """Weights of true against other replies, by Newton's method."""
    chosen = [one for one in found if one.against != "same" and one.measured]
    names = [name for name in weights() if name != "constant"]
    x = np.array([[1.0, *(one.signs.get(name, 0.0) for name in names)] for one in chosen])
    y = np.array([one.against == "true" for one in chosen], dtype=float)
    ridge = RIDGE * np.diag([0.0, *[1.0] * len(names)])
    w = np.zeros(len(names) + 1)
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-x @ w))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + ridge
        w += np.linalg.solve(hessian, x.T @ (y - p) - ridge @ w)
    return dict(zip(["constant", *names], (round(float(one), 3) for one in w), strict=True))


def area(true: Numbers, false: Numbers) -> float:
    """How often a true one stands above a false one, ties half (the area under the ROC curve)."""
    order = np.sort(false)
    below = np.searchsorted(order, true, "left") + np.searchsorted(order, true, "right")
    return float(below.mean() / 2 / len(false))


Score = Callable[[Trial], float]


def figure(
    name: str,
    found: Sequence[Trial],
    against: str,
    *scores: Score,
    higher_is_better: bool | None = None,
) -> Figure:
    """The area of a score with its interval over dialogues; of two, by how much the first has more."""
    by_dialogue: dict[int, tuple[list[Trial], list[Trial]]] = defaultdict(lambda: ([], []))
    for one in found:
        if one.against in {"true", against}:
            by_dialogue[one.dialogue][one.against != "true"].append(one)
    parts = [
        [tuple(np.array([score(one) for one in side]) for side in sides) for score in scores]
        for sides in by_dialogue.values()
    ]

    def measure(chosen: Sequence[list[tuple[Numbers, ...]]]) -> float:
        areas = [
            area(*(np.concatenate([part[at][side] for part in chosen]) for side in (0, 1)))
            for at in range(len(scores))
        ]
        return areas[0] - sum(areas[1:])

    return measured(name, parts, measure, unit="dialogues", higher_is_better=higher_is_better)


def figures(found: Sequence[Trial]) -> list[Figure]:
    """Areas of the floor (shared words), of the cosine alone and of the fit, against either kind of false reply."""

    def floor(one: Trial) -> float:
        return one.shared

    def cosine(one: Trial) -> float:
        return one.cosine

    def fits(one: Trial) -> float:
        return fit(one.signs)

    told = [one for one in found if one.measured]
    some = {
        "replies": told,
        "after questions": [one for one in told if one.asked],
        "after statements": [one for one in told if not one.asked],
    }
    return [
        figure(
            f"{what} against {against}: {name}",
            chosen,
            against,
            *scores,
            higher_is_better=True if name == "fit" else None,
        )
        for against in ("other", "same")
        for what, chosen in some.items()
        for name, *scores in (
            ("shared words", floor),
            ("cosine", cosine),
            ("fit", fits),
            ("fit less cosine", fits, cosine),
        )
    ]


def main() -> None:
    """Print the areas, what fits, and the answers by kind of question; with --fit the weights instead."""
    parser = argparse.ArgumentParser(description="Replies told from random ones")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--dialogues", type=int, default=DIALOGUES)
    parser.add_argument("--fit", action="store_true", help="find the weights on the split train")
    options = parser.parse_args()
    dialogues = read(options.data, "train" if options.fit else "dev", options.dialogues)
    show(trials(dialogues, MiniLm()), learn=options.fit)


def show(found: Sequence[Trial], *, learn: bool) -> None:
    """Print what was found."""
    if learn:
        print("\n".join(f"{name} = {value}" for name, value in regression(found).items()))
        return
    print(*figures(found), sep="\n")
    for against in ("true", "other", "same"):
        fits: dict[int, list[float]] = defaultdict(list)
        for one in found:
            if one.against == against and one.measured:
                fits[one.dialogue].append(fit(one.signs))
        singles = [value for values in fits.values() for value in values]
        cuts = " ".join(f"{cut:.2f}" for cut in np.percentile(singles, [5, 25, 50, 75, 95]))
        means = np.percentile([np.mean(values) for values in fits.values()], [5, 50, 95])
        print(
            f"fit of {against:6} replies: mean {np.mean(singles):.3f}, below {FAR}: {np.mean(np.array(singles) < FAR):.3f}, "
            f"at 5 25 50 75 95 %: {cuts}; of dialogues at 5 50 95 %: {' '.join(f'{cut:.2f}' for cut in means)}"
        )
    for kind in sorted({one.asked for one in found if one.asked}):
        rows = []
        for against in ("true", "other"):
            some = [one.answer for one in found if one.asked == kind and one.against == against]
            given = [one for one in some if one in {"in kind", "clause", "unknown"}]
            rows.append(f"{against} {100 * len(given) / len(some):.0f} %")
        print(f"answered, {kind:12} {', '.join(rows)}, n {len(some)}")


if __name__ == "__main__":
    main()
