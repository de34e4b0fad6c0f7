"""What feedback is put into words with: one file a language, `data/feedback/en.toml` and so on."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

ENGLISH = "en"
FOLDER = "data/feedback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """The texts of one language: frames by name; of areas and strengths by family, rule, metric or dimension."""

    language: str
    frame: Mapping[str, str]
    area: Mapping[str, Mapping[str, str]]
    strength: Mapping[str, Mapping[str, str]]

    def number(self, value: float) -> str:
        """To three figures, with the language's decimal mark."""
        return f"{value:.3g}".replace(".", self.frame["decimal"])


def languages() -> tuple[str, ...]:
    """Those that there are texts in."""
    found = files("pipeline").joinpath(FOLDER).iterdir()
    return tuple(sorted(one.name.removesuffix(".toml") for one in found))


def phrases(language: str) -> Phrases:
    """In the language of a tag such as `de`, `de-AT` or `DE_at`; in English where there are no texts in it."""
    wanted = language.replace("_", "-").partition("-")[0].strip().lower()
    return _read(wanted if wanted in languages() else ENGLISH)


@cache
def _read(language: str) -> Phrases:
    text = files("pipeline").joinpath(f"{FOLDER}/{language}.toml").read_text("utf-8")
    return Phrases(language=language, **tomllib.loads(text))


def first(texts: Mapping[str, Mapping[str, str]], names: Iterable[str | None]) -> Mapping[str, str]:
    """The texts of the first name that has any; the last name is a dimension, and each has some."""
    return next(texts[one] for one in names if one is not None and one in texts)
