"""Fakes of the stores: dictionaries instead of a database."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from pipeline.errors import PermanentError
from pipeline.ports import Evaluation
from pipeline.reports import GrammarReport, VocabularyReport
from pipeline.search import (
    BEGIN,
    END,
    SearchDocument,
    SearchFilters,
    SearchHit,
    found_words,
    highlighted,
    plain,
)
from pipeline.values import EvaluationRef

WORD = re.compile(r"\w+")


class MemoryEvaluations:
    """Keeps what it is given, once a run; knows the documents it was made with."""

    engine = ""

    def __init__(self, shown: dict[UUID, tuple[SearchDocument, ...]] | None = None) -> None:
        self.saved: dict[UUID, Evaluation] = {}
        self.shown = shown or {}

    def save(self, run_id: UUID, attempt: int, evaluation: Evaluation) -> EvaluationRef:
        del attempt
        kept = self.saved.setdefault(run_id, evaluation)
        overall = kept.scorecard.overall
        errors = [one for one in kept.reports if isinstance(one, GrammarReport)]
        words = [one for one in kept.reports if isinstance(one, VocabularyReport)]
        return EvaluationRef(
            state="evaluated" if overall.score is not None else "insufficient",
            evaluation_id=str(run_id) if overall.score is not None else None,
            reason=overall.reason,
            segments=len(kept.dialogue.segments),
            errors=sum(slip.counted for one in errors for slip in one.errors),
            lemmas=sum(len(one.lemmas) for one in words),
        )

    def documents(self, conversation_id: UUID) -> tuple[SearchDocument, ...]:
        if conversation_id not in self.shown:
            raise PermanentError("The conversation was deleted.", code="conversation-missing")
        return self.shown[conversation_id]


class MemorySearch:
    """Finds the documents that have every word of the query; a plural is its singular."""

    engine = "fake search"

    def __init__(self) -> None:
        self.documents: dict[UUID, tuple[SearchDocument, ...]] = {}

    def replace(self, conversation_id: UUID, documents: Sequence[SearchDocument]) -> int:
        self.documents[conversation_id] = tuple(documents)
        return len(documents)

    def remove(self, conversation_id: UUID) -> None:
        self.documents.pop(conversation_id, None)

    def search(self, query: str, filters: SearchFilters) -> list[SearchHit]:
        wanted = {_stem(one) for one in WORD.findall(plain(query))}
        hits = [
            _hit(one, wanted)
            for documents in self.documents.values()
            for one in documents
            if wanted and wanted <= {_stem(word) for word in WORD.findall(one.text)}
            if _passes(one, filters)
        ]
        return sorted(hits, key=lambda one: -one.score)[: filters.limit]

    @contextmanager
    def rebuilding(self) -> Iterator[MemorySearch]:
        made = MemorySearch()
        yield made
        self.documents = made.documents

    def add(self, documents: Sequence[SearchDocument]) -> None:
        for one in documents:
            self.documents[one.conversation_id] = (
                *self.documents.get(one.conversation_id, ()),
                one,
            )

    def conversations(self) -> set[UUID]:
        return set(self.documents)


def _stem(word: str) -> str:
    return word.casefold().removesuffix("s")


def _passes(one: SearchDocument, filters: SearchFilters) -> bool:
    return (
        filters.class_id in {None, one.class_id}
        and filters.speaker in {None, one.speaker}
        and (filters.since is None or (one.created_on or "") >= filters.since)
    )


def _hit(one: SearchDocument, wanted: set[str]) -> SearchHit:
    found = [word for word in WORD.findall(one.text) if _stem(word) in wanted]
    marked = WORD.sub(
        lambda word: f"{BEGIN}{word[0]}{END}" if _stem(word[0]) in wanted else word[0], one.text
    )
    return SearchHit(
        conversation_id=one.conversation_id,
        number=one.number,
        speaker=one.speaker,
        text=one.text,
        highlight=highlighted(marked),
        start=one.start,
        end=one.end,
        score=len(found) / len(WORD.findall(one.text)),
        words=found_words(one.text, one.words, marked),
    )
