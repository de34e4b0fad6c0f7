from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from pipeline.errors import PermanentError
from pipeline.ports import ConversationFacts
from pipeline.stage import Context
from pipeline.stages.index import index
from pipeline.values import EvaluationRef, Indexed
from tests.factories import dialogue
from tests.fakes.stores import MemoryEvaluations, MemorySearch

TALK = dialogue("P: Where did you go?", "L: I went home.")
REF = EvaluationRef(
    state="evaluated", evaluation_id=str(uuid4()), reason=None, segments=2, errors=0, lemmas=0
)


def run(conversation_id: UUID, store: MemoryEvaluations, search: MemorySearch) -> Indexed:
    context = Context(
        run_id=uuid4(), conversation_id=conversation_id, attempt=1, progress=lambda _fraction: None
    )
    return index(TALK, REF, search_index=search, evaluations=store, context=context)


def test_each_segment_is_a_document_with_the_conversations_class_and_date() -> None:
    talk, group, search = uuid4(), uuid4(), MemorySearch()
    facts = ConversationFacts(class_id=group, created_on="2026-03-01")
    assert run(talk, MemoryEvaluations({talk: facts}), search) == Indexed(documents=2)
    asked, answered = search.documents[talk]
    assert (asked.speaker, asked.text) == ("partner", "Where did you go?")
    assert (answered.number, answered.start, answered.end) == (
        1,
        TALK.segments[1].start,
        TALK.segments[1].end,
    )
    assert {(one.class_id, one.created_on) for one in (asked, answered)} == {(group, "2026-03-01")}


def test_a_deleted_conversation_does_not_come_back_into_the_index() -> None:
    search = MemorySearch()
    with pytest.raises(PermanentError):
        run(uuid4(), MemoryEvaluations(), search)
    assert not search.documents
