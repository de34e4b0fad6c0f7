"""The recording behind what a conversation's readers see, and the note of who was given a link to it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from models.audit import note
from models.database import Sessions
from models.runs import Run
from models.shown import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The object that a run heard, by its key and by the version of it."""

    run_id: UUID
    key: str
    etag: str


class Recordings:
    """One public method is one transaction."""

    def __init__(self, sessions: Sessions) -> None:
        """In this database."""
        self._sessions = sessions

    def seen(self, conversation_id: UUID) -> Recording | None:
        """That of the evaluation which readers see, whose times are its times; None before the first."""
        with self._sessions.begin() as session:
            run_id = session.scalar(shown(conversation_id))
            if run_id is None:
                return None
            key, etag = session.execute(
                select(Run.media_key, Run.media_etag).where(Run.id == run_id)
            ).one()
            return Recording(run_id=run_id, key=key, etag=etag)

    def note_link(
        self, conversation_id: UUID, run_id: UUID | None, *, platform: str, seconds: int
    ) -> None:
        """Add the audit event; not the key, for a file's name may be a person's."""
        with self._sessions.begin() as session:
            note(
                session,
                "download",
                "conversation",
                conversation_id,
                platform=platform,
                run=str(run_id) if run_id else None,
                seconds=seconds,
            )
