"""The languages that can be judged, and of each what judges need to know of it: read once from `data/languages.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pipeline.errors import PermanentError


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language; the words are in small letters."""

    code: str
    """ISO 639-1."""
    name: str
    """In English."""
    names: frozenset[str]
    complete: bool
    """All judges have what they need; else slips of grammar and the variety of words are told, without points."""
    common: frozenset[str]
    """Words that only this language has so often; those that end in an apostrophe begin others."""
    least: float
    """Share of common words below which a text is not in the language."""
    fillers: frozenset[str]
    twice: frozenset[str]
    """Words that are said twice in a row on purpose."""
    corrections: tuple[str, ...]

    def common_share(self, forms: Sequence[str]) -> float:
        """Share of the words, in small letters, that are common; 0 without words."""
        return sum(map(self.is_common, forms)) / len(forms) if forms else 0.0

    def is_common(self, form: str) -> bool:
        """Whether the word, in small letters, is, or begins with one that is."""
        begin, mark, _ = form.partition("'")
        return form in self.common or (begin + mark in self.common if mark else False)


@cache
def languages() -> Mapping[str, Language]:
    """By code, English first."""
    text = files("pipeline").joinpath("data/languages.toml").read_text("utf-8")
    return {
        code: Language(
            code=code,
            name=row["name"],
            names=frozenset({code, row["name"].casefold(), *row["names"].split()}),
            complete=row["complete"],
            common=frozenset(row["common"].split()),
            least=row["least"],
            fillers=frozenset(row["fillers"].split()),
            twice=frozenset(row["twice"].split()),
            corrections=tuple(row["corrections"]),
        )
        for code, row in tomllib.loads(text).items()
    }


ENGLISH = languages()["en"]
"""What the recogniser that ships hears, and the language of a talk that does not name one."""


def named(told: str) -> Language | None:
    """By a tag such as `fr`, `fr-CA`, `fra` or `French`; None where that language cannot be judged."""
    word = re.match(r"[a-z]*", told.strip().casefold())
    found = word[0] if word else ""
    return next((one for one in languages().values() if found in one.names), None)


def language_of(code: str) -> Language:
    """Of a dialogue; English for one that is judged by nobody."""
    return languages().get(code, ENGLISH)


def wanted(told: str) -> Language:
    """The language of a text; PermanentError, with those that there are, where it cannot be judged."""
    found = named(told)
    if found is None:
        raise PermanentError(
            f"Talk in the language {told!r} cannot be judged.", code="language", advice=works()
        )
    return found


def heard(told: str, *, multilingual: bool) -> Language:
    """The language of a recording; PermanentError where it cannot be judged or the recogniser cannot hear it.

    `multilingual`: another recogniser is set than the one that ships.
    """
    found = wanted(told)
    if not multilingual and found is not ENGLISH:
        raise unheard(found.code)
    return found


def unheard(code: str) -> PermanentError:
    """For a recording in a language that the recogniser does not know."""
    known = languages().get(code)
    return PermanentError(
        f"The speech recogniser knows English only, and the recording is in {known.name if known else repr(code)}.",
        code="language",
        advice=f"{works()} For others set speech.recogniser to a multilingual model.",
    )


def works() -> str:
    """The languages, as a sentence of advice."""
    texts = " or ".join(f"{one.name} ({one.code})" for one in languages().values())
    return f"Transcripts can be in {texts}, recordings in {ENGLISH.name} ({ENGLISH.code})."
