"""Full text over segments by PostgreSQL: the embedded default behind the search port."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session, aliased

from models.database import Sessions, add_many, working
from models.tables import Conversation, SearchDocumentRow
from pipeline.search import (
    BEGIN,
    END,
    SearchDocument,
    SearchFilters,
    SearchHit,
    WordTime,
    found_words,
    highlighted,
    plain,
)

CANDIDATES = 1000
"""Segments that are ranked, each of which must be read for it: of more that match, the first that PostgreSQL comes upon.
Ten thousand conversations have tens of thousands with a frequent word, and to rank them all took a third of a second."""
HIGHLIGHT = f"StartSel={BEGIN}, StopSel={END}, HighlightAll=true"


class PostgresSearch:
    """`pipeline.ports.SearchIndex` on PostgreSQL full text, English."""

    engine = "postgresql full text"

    def __init__(self, sessions: Sessions) -> None:
        """Read and write through these sessions."""
        self._sessions = sessions

    def replace(self, conversation_id: UUID, documents: Sequence[SearchDocument]) -> int:
        """In one transaction: a reader sees the old ones or the new ones."""
        with working(self._sessions) as session:
            # Two runs of a conversation may index at once: the second would insert the same keys.
            locked = select(Conversation.id).where(Conversation.id == conversation_id)
            there = set(session.scalars(locked.with_for_update(key_share=True)))
            return _write(session, there, documents)

    def search(self, query: str, filters: SearchFilters) -> list[SearchHit]:
        """`plainto_tsquery` has no syntax."""
        wanted = func.plainto_tsquery("english", plain(query))
        matching = select(SearchDocumentRow).where(SearchDocumentRow.words.bool_op("@@")(wanted))
        if filters.class_id is not None:
            matching = matching.where(SearchDocumentRow.class_id == filters.class_id)
        if filters.speaker is not None:
            matching = matching.where(SearchDocumentRow.speaker == filters.speaker)
        if filters.since is not None:
            matching = matching.where(
                SearchDocumentRow.created_on >= date.fromisoformat(filters.since)
            )
        row = aliased(SearchDocumentRow, matching.limit(CANDIDATES).subquery())
        rank = func.ts_rank_cd(row.words, wanted)
        marked = func.ts_headline("english", row.text_content, wanted, HIGHLIGHT)
        found = (
            select(row, marked, rank)
            .order_by(rank.desc(), row.conversation_id, row.number)
            .limit(filters.limit)
        )
        with working(self._sessions) as session:
            # For a frequent word and so few rows the planner would else read the table until it has them.
            session.execute(text("SET LOCAL enable_seqscan = off"))
            return [_hit(one, told, score) for one, told, score in session.execute(found)]

    def remove(self, conversation_id: UUID) -> None:
        """Delete its rows."""
        with working(self._sessions) as session:
            session.execute(
                delete(SearchDocumentRow).where(
                    SearchDocumentRow.conversation_id == conversation_id
                )
            )

    @contextmanager
    def rebuilding(self) -> Iterator[PostgresSearch]:
        """In place: a conversation's documents change in one transaction, and go with it."""
        yield self

    def add(self, documents: Sequence[SearchDocument]) -> None:
        """In the place of what there was of these conversations, all that nobody holds in one transaction.

        Whoever waits for one of many may be waited for: a learner's deletion takes theirs in any order.
        """
        talks = {one.conversation_id for one in documents}
        with working(self._sessions) as session:
            locked = select(Conversation.id).where(Conversation.id.in_(talks))
            free = set(session.scalars(locked.with_for_update(key_share=True, skip_locked=True)))
            _write(session, free, documents)
        for talk in talks - free:
            self.replace(talk, [one for one in documents if one.conversation_id == talk])

    def conversations(self) -> set[UUID]:
        """Those that have rows."""
        with working(self._sessions) as session:
            return set(session.scalars(select(SearchDocumentRow.conversation_id).distinct()))


def _write(session: Session, talks: Collection[UUID], documents: Sequence[SearchDocument]) -> int:
    """How many; of a conversation that was deleted meanwhile there are none."""
    session.execute(delete(SearchDocumentRow).where(SearchDocumentRow.conversation_id.in_(talks)))
    rows = [_row(one) for one in documents if one.conversation_id in talks]
    add_many(session, rows)
    return len(rows)


def _row(one: SearchDocument) -> SearchDocumentRow:
    return SearchDocumentRow(
        conversation_id=one.conversation_id,
        number=one.number,
        class_id=one.class_id,
        created_on=date.fromisoformat(one.created_on) if one.created_on else None,
        speaker=one.speaker,
        language=one.language,
        text_content=one.text,
        start_time=Decimal(str(one.start)),
        end_time=Decimal(str(one.end)),
        word_times=[word.row for word in one.words] or None,
    )


def _hit(row: SearchDocumentRow, marked: str, score: float) -> SearchHit:
    words = [WordTime.of(one) for one in row.word_times or ()]
    return SearchHit(
        conversation_id=row.conversation_id,
        number=row.number,
        speaker=row.speaker,
        text=row.text_content,
        highlight=highlighted(marked),
        start=float(row.start_time),
        end=float(row.end_time),
        score=float(score),
        words=found_words(row.text_content, words, marked),
    )
