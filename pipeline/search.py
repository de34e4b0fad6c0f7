"""What is searched, and what is found."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchDocument:
    """One segment as it is searched."""

    conversation_id: UUID
    number: int
    speaker: str
    text: str
    start: float
    end: float
    language: str
    class_id: UUID | None = None
    created_on: str | None = None
    """ISO date of the conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchFilters:
    """What a search is narrowed to; None means any."""

    class_id: UUID | None = None
    speaker: str | None = None
    since: str | None = None
    """ISO date of the conversation, inclusive."""
    limit: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """One found segment; `highlight` marks the found words with « and »."""

    conversation_id: UUID
    number: int
    speaker: str
    text: str
    highlight: str
    start: float
    end: float
    score: float
