"""How well a reply fits what it follows: likeness in meaning, shared words, and an answer of the kind asked for."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from pipeline.answers import content, words
from pipeline.questions import Answer, Question

FEW = 3
"""Different words; "yes, please" may be the best reply and yet is like nothing in meaning."""


def shared(one: str, other: str) -> float:
    """Cosine of the two sets of content words, 0 to 1; function words and courtesies left out."""
    first, second = content(one), content(other)
    if not first or not second:
        return 0.0
    return len(first & second) / math.sqrt(len(first) * len(second))


def signs(
    cosine: float, prompt: str, reply: str, questions: Sequence[Question], answer: Answer | None
) -> dict[str, float]:
    """What the weights of `data/reply-fit.toml` weigh, by name.

    A reply of a word or two is like nothing in meaning: there only the kind of answer counts.
    """
    missed = float(answer == "missed")
    if len(set(words(reply))) < FEW:
        return {"missed": missed, "short": 1.0, "short_answer": float(answer == "in kind")}
    plain = answer == "in kind" and any(one.kind in {"yes-no", "tag"} for one in questions)
    return {
        "cosine": cosine,
        "shared_words": shared(prompt, reply),
        "question": float(bool(questions)),
        "question_cosine": cosine if questions else 0.0,
        "missed": missed,
        "yes_no": float(plain),
    }


@cache
def weights() -> Mapping[str, float]:
    """Of a logistic regression, the constant as `constant`."""
    text = files("pipeline").joinpath("data/reply-fit.toml").read_text("utf-8")
    return {name: float(value) for name, value in tomllib.loads(text)["weights"].items()}


def fit(found: Mapping[str, float]) -> float:
    """0 to 1: how likely the reply is the true one rather than one to something else."""
    weighed = weights()
    total = weighed["constant"] + sum(weighed[name] * value for name, value in found.items())
    return 1 / (1 + math.exp(-total))
