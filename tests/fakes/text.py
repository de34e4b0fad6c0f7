"""Fakes of the tools that know words: rules and small tables instead of models."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from pipeline.ports import Token

TOKEN = re.compile(r"\w+(?=n't)|n't|'\w+|\w+|[^\w\s]")
LEMMAS = MappingProxyType(
    {"went": "go", "dogs": "dog", "cats": "cat", "ca": "can", "n't": "not", "is": "be"}
)
PARTS = MappingProxyType(
    {
        "i": "PRON",
        "the": "DET",
        "a": "DET",
        "go": "VERB",
        "see": "VERB",
        "can": "AUX",
        "not": "PART",
    }
)
DIMENSIONS = 64


@dataclass(frozen=True)
class FakeTextAnalyzer:
    """Splits at spaces, marks and `n't`; every other word is a noun, a capital inside a sentence a name.

    A word in `clauses` is the verb of a clause that begins with the word before it. Every fifth word has the
    features of a finite verb, as often as in talk.
    """

    clauses: frozenset[str] = frozenset()
    engine: str = "fake analyzer"

    def analyze(self, texts: Sequence[str], language: str = "en") -> list[tuple[Token, ...]]:
        del language
        return [self._tokens(text) for text in texts]

    def _tokens(self, text: str) -> tuple[Token, ...]:
        found = list(TOKEN.finditer(text))
        heads = [n for n, one in enumerate(found) if one[0].casefold() in self.clauses] or [0]
        return tuple(self._token(n, one, heads) for n, one in enumerate(found))

    def _token(self, n: int, one: re.Match[str], heads: Sequence[int]) -> Token:
        form = one[0].casefold()
        lemma = LEMMAS.get(form, form)
        head = max((h for h in heads if h - 1 <= n), default=heads[0])
        pos = PARTS.get(lemma, "NOUN")
        if not one[0][-1].isalnum():
            pos = "PUNCT"
        elif one[0].isdigit():
            pos = "NUM"
        elif one[0][0].isupper() and n and form != "i":
            pos = "PROPN"
        verb = form in self.clauses
        return Token(
            start=one.start(),
            end=one.end(),
            text=one[0],
            lemma=lemma,
            pos="VERB" if verb else pos,
            tag="POS" if form == "'s" else "",
            dep=("ROOT" if n == heads[0] else "conj") if verb else "dep",
            head=heads[0] if n == head else head,
            morph="VerbForm=Fin" if n % 5 == 1 else "",
            entity="",
            sentence_start=n == 0,
        )


@dataclass(frozen=True)
class FakeWordFrequencies:
    """Zipf 5 for every word that the table does not have."""

    table: Mapping[str, float] = field(default_factory=lambda: {"the": 7.7, "qzxv": 0.0})
    engine: str = "fake frequencies"

    def zipf(self, word: str, language: str) -> float:
        del language
        return self.table.get(word.casefold(), 5.0)


@dataclass(frozen=True)
class FakeLevelList:
    """Levels by lemma, whatever the part of speech: A1 for every word that the table does not have."""

    table: Mapping[str, str | None] = field(
        default_factory=lambda: {"purchase": "B2", "exterior": "C1", "damn": "B2", "qzxv": None}
    )
    engine: str = "fake levels"

    def level(self, lemma: str, pos: str) -> str | None:
        del pos
        return self.table.get(lemma, "A1")


@dataclass(frozen=True)
class FakeSentenceVectors:
    """Counts of words in hashed places: texts that share words are alike."""

    engine: str = "fake vectors"

    def vectors(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        return [_vector(text) for text in texts]


def _vector(text: str) -> tuple[float, ...]:
    counts = [0.0] * DIMENSIONS
    for word in re.findall(r"\w+", text.casefold()) or [""]:
        counts[hashlib.sha256(word.encode()).digest()[0] % DIMENSIONS] += 1.0
    length = math.sqrt(sum(one * one for one in counts))
    return tuple(one / length for one in counts)
