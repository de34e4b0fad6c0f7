"""Who did what to the records, and when: rows that can only be added."""

from __future__ import annotations

import getpass
import os
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Key, Now


class AuditEvent(Base):
    """One deed; a trigger refuses every change and every deletion."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("idx_audit_events_at", "at"),
        Index("idx_audit_events_subject", "subject_type", "subject_id"),
    )

    id: Mapped[Key]
    at: Mapped[Now]
    database_user: Mapped[str] = mapped_column(Text, server_default=func.session_user())
    """By the database's own word."""
    os_user: Mapped[str] = mapped_column(Text)
    """By the word of the machine on which the command ran."""
    action: Mapped[str] = mapped_column(String(50))
    subject_type: Mapped[str] = mapped_column(String(50))
    subject_id: Mapped[UUID]
    """No foreign key: the event outlives what was done to."""
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Codes, ids and states; nothing that anybody said, and no name."""


def note(session: Session, action: str, subject_type: str, subject_id: UUID, **detail: Any) -> None:  # noqa: ANN401 - JSON
    """Add the event in the transaction of the deed: there is neither without the other."""
    session.add(
        AuditEvent(
            os_user=_os_user(),
            action=action,
            subject_type=subject_type,
            subject_id=subject_id,
            detail=detail,
        )
    )


def _os_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run as a number without a name.
        return f"uid {os.getuid()}"
