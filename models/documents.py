"""Conversations as they are searched: read from the segments and the words of the run that readers see."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.inputs import artifacts
from models.runs import Run
from models.tables import Conversation, ConversationSegment
from pipeline.artifacts import thaw
from pipeline.search import SearchDocument, WordTime
from pipeline.values import Dialogue, Segment

Documents = tuple[SearchDocument, ...]


def documents(session: Session, conversations: Collection[UUID]) -> dict[UUID, Documents]:
    """By conversation, of those that there are."""
    talks = session.scalars(select(Conversation).where(Conversation.id.in_(conversations)))
    rows: dict[UUID, list[ConversationSegment]] = {}
    for one in session.scalars(
        select(ConversationSegment)
        .where(ConversationSegment.conversation_id.in_(conversations))
        .order_by(ConversationSegment.conversation_id, ConversationSegment.segment_number)
    ):
        if one.conversation_id is not None:
            rows.setdefault(one.conversation_id, []).append(one)
    seen = session.execute(
        select(Run.conversation_id, Run.id).where(Run.conversation_id.in_(conversations), Run.shown)
    )
    heard = {talk: _heard(session, run_id) for talk, run_id in seen}
    return {
        one.id: tuple(_documents(one, rows.get(one.id, ()), heard.get(one.id, {}))) for one in talks
    }


def _heard(session: Session, run_id: UUID) -> dict[int, Segment]:
    """The segments with their words, by number; none where no word's time was told."""
    found = artifacts(session, run_id, [Dialogue.__name__]).get(Dialogue.__name__)
    try:
        talk = thaw(Dialogue, found) if found else None
    except ValueError:
        # As a release wrote it that had other fields: its words are found all the same.
        return {}
    if talk is None or talk.times != "words":
        return {}
    return {one.number: one for one in talk.segments}


def _documents(
    talk: Conversation, rows: Sequence[ConversationSegment], heard: Mapping[int, Segment]
) -> Iterator[SearchDocument]:
    made = talk.created_at
    for one in rows:
        yield SearchDocument(
            conversation_id=talk.id,
            number=one.segment_number,
            speaker=one.speaker,
            text=one.text_content,
            start=float(one.start_time),
            end=float(one.end_time),
            language=one.language_detected or talk.language,
            class_id=talk.class_id,
            created_on=made.date().isoformat() if made else None,
            words=tuple(_words(heard.get(one.segment_number), one.text_content)),
        )


def _words(segment: Segment | None, text: str) -> Iterator[WordTime]:
    if segment is None or segment.text != text:
        return
    for word, (start, end) in zip(segment.words, segment.word_spans(), strict=True):
        yield WordTime(
            start=start, end=end, start_ms=round(1000 * word.start), end_ms=round(1000 * word.end)
        )
