"""Full text over segments by PostgreSQL: the embedded default behind the search port."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import delete, func, select

from models.database import Sessions, working
from models.tables import Conversation, SearchDocumentRow
from pipeline.search import SearchDocument, SearchFilters, SearchHit

HIGHLIGHT = "StartSel=«, StopSel=», HighlightAll=true"


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
            session.execute(
                select(Conversation.id)
                .where(Conversation.id == conversation_id)
                .with_for_update(key_share=True)
            )
            session.execute(
                delete(SearchDocumentRow).where(
                    SearchDocumentRow.conversation_id == conversation_id
                )
            )
            session.add_all(_row(one) for one in documents)
        return len(documents)

    def search(self, query: str, filters: SearchFilters) -> list[SearchHit]:
        """`websearch_to_tsquery` takes any text that PostgreSQL can hold: no NUL, no half characters."""
        text = query.replace("\0", " ").encode(errors="replace").decode()
        wanted = func.websearch_to_tsquery("english", text)
        rank = func.ts_rank_cd(SearchDocumentRow.words, wanted)
        marked = func.ts_headline("english", SearchDocumentRow.text_content, wanted, HIGHLIGHT)
        found = (
            select(SearchDocumentRow, marked, rank)
            .where(SearchDocumentRow.words.bool_op("@@")(wanted))
            .order_by(rank.desc(), SearchDocumentRow.conversation_id, SearchDocumentRow.number)
            .limit(filters.limit)
        )
        if filters.class_id is not None:
            found = found.where(SearchDocumentRow.class_id == filters.class_id)
        if filters.speaker is not None:
            found = found.where(SearchDocumentRow.speaker == filters.speaker)
        if filters.since is not None:
            found = found.where(SearchDocumentRow.created_on >= date.fromisoformat(filters.since))
        with working(self._sessions) as session:
            return [_hit(row, highlight, score) for row, highlight, score in session.execute(found)]

    def remove(self, conversation_id: UUID) -> None:
        """Delete its rows."""
        with working(self._sessions) as session:
            session.execute(
                delete(SearchDocumentRow).where(
                    SearchDocumentRow.conversation_id == conversation_id
                )
            )


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
    )


def _hit(row: SearchDocumentRow, highlight: str, score: float) -> SearchHit:
    return SearchHit(
        conversation_id=row.conversation_id,
        number=row.number,
        speaker=row.speaker,
        text=row.text_content,
        highlight=highlight,
        start=float(row.start_time),
        end=float(row.end_time),
        score=float(score),
    )
