"""The table of what PostgreSQL full text finds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Computed, ForeignKey, Index, Integer, Numeric, String, Text
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class SearchDocumentRow(Base):
    """One segment as PostgreSQL full text finds it."""

    __tablename__ = "search_documents"
    __table_args__ = (
        Index("idx_search_documents_words", "words", postgresql_using="gin"),
        Index("idx_search_documents_class_id", "class_id"),
    )

    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[UUID | None]
    created_on: Mapped[date | None]
    speaker: Mapped[str] = mapped_column(String(50))
    language: Mapped[str] = mapped_column(String(10))
    text_content: Mapped[str] = mapped_column(Text)
    start_time: Mapped[Decimal] = mapped_column(Numeric(10, 3))
    end_time: Mapped[Decimal] = mapped_column(Numeric(10, 3))
    words: Mapped[str] = mapped_column(
        TSVECTOR, Computed("to_tsvector('english', text_content)", persisted=True)
    )
    word_times: Mapped[list[list[int]] | None] = mapped_column(ARRAY(Integer, dimensions=2))
    """A row a word, as `pipeline.search.WordTime` has it; null in rows from before it, and where no time is known."""
