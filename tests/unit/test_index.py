from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from pipeline.errors import PermanentError
from pipeline.search import SearchDocument
from pipeline.stage import Context
from pipeline.stages.index import index
from pipeline.values import EvaluationRef, Indexed
from tests.fakes.stores import MemoryEvaluations, MemorySearch

REF = EvaluationRef(
    state="evaluated", evaluation_id=str(uuid4()), reason=None, segments=2, errors=0, lemmas=0
)


def documents(conversation_id: UUID, *texts: str) -> tuple[SearchDocument, ...]:
    return tuple(
        SearchDocument(
            conversation_id=conversation_id,
            number=number,
            speaker="learner",
            text=text,
            start=number,
            end=number + 1,
            language="en",
        )
        for number, text in enumerate(texts)
    )


def run(conversation_id: UUID, store: MemoryEvaluations, search: MemorySearch) -> Indexed:
    context = Context(
        run_id=uuid4(), conversation_id=conversation_id, attempt=1, progress=lambda _fraction: None
    )
    return index(REF, search_index=search, evaluations=store, context=context)


def test_what_readers_see_is_found() -> None:
    talk, search = uuid4(), MemorySearch()
    shown = documents(talk, "Where did you go?", "I went home.")
    assert run(talk, MemoryEvaluations({talk: shown}), search) == Indexed(documents=2)
    assert search.documents[talk] == shown


def test_what_changed_meanwhile_is_indexed_again() -> None:
    talk = uuid4()
    store = MemoryEvaluations({talk: documents(talk, "Old.", "Words.")})

    class Slow(MemorySearch):
        written = 0

        def replace(self, conversation_id: UUID, documents: Sequence[SearchDocument]) -> int:
            self.written += 1
            store.shown[talk] = newer
            return super().replace(conversation_id, documents)

    newer, search = documents(talk, "New."), Slow()
    assert run(talk, store, search) == Indexed(documents=1)
    assert (search.documents[talk], search.written) == (newer, 2)


def test_a_deleted_conversation_does_not_come_back_into_the_index() -> None:
    search = MemorySearch()
    with pytest.raises(PermanentError):
        run(uuid4(), MemoryEvaluations(), search)
    assert not search.documents


def test_what_a_deleted_conversation_said_is_not_found_any_more() -> None:
    talk = uuid4()
    store = MemoryEvaluations({talk: documents(talk, "Old words.")})

    class Slow(MemorySearch):
        def replace(self, conversation_id: UUID, documents: Sequence[SearchDocument]) -> int:
            del store.shown[conversation_id]
            return super().replace(conversation_id, documents)

    search = Slow()
    with pytest.raises(PermanentError, match="deleted"):
        run(talk, store, search)
    assert search.documents == {}
