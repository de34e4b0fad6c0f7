"""How well a reply fits what it follows: likeness in meaning, shared words, and an answer of the kind asked for."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from pipeline.answers import content
from pipeline.questions import Answer


def shared(one: str, other: str) -> float:
    """Cosine of the two sets of content words, 0 to 1; function words and courtesies left out."""
    first, second = content(one), content(other)
    if not first or not second:
        return 0.0
    return len(first & second) / math.sqrt(len(first) * len(second))


def signs(cosine: float, prompt: str, reply: str, answer: Answer | None) -> dict[str, float]:
    """What the weights of `data/reply-fit.toml` weigh, by name."""
    return {
        "cosine": cosine,
        "shared_words": shared(prompt, reply),
        "in_kind": float(answer == "in kind"),
        "missed": float(answer == "missed"),
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
