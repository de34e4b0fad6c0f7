"""Fills a search index anew from the database, while conversations are written and deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Engine, select, text

from models.database import Sessions, working
from models.documents import documents
from models.evaluation_store import SqlEvaluations
from models.rubrics import LOCK as LAST_LOCK
from models.tables import ConversationSegment
from pipeline.errors import PermanentError
from pipeline.indexing import bring
from pipeline.ports import Rebuild, SearchIndex

LOCK = LAST_LOCK + 1
"""Key of the advisory lock that keeps two from filling at once."""
BATCH = 50
"""Conversations that are read at once: a few thousand segments, so that neither side is asked for each alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reindexed:
    """What was written."""

    conversations: int
    documents: int


def reindex(
    sessions: Sessions, index: SearchIndex, told: Callable[[int, int], None] = lambda *_: None
) -> Reindexed:
    """Write every conversation that has segments; `told` how many are done, and of how many.

    PermanentError while another does so. What is written or deleted meanwhile goes where it belongs: whoever writes
    looks at the database again afterwards, here as in the stage `index`.
    """
    with _alone(sessions) as still_alone, index.rebuilding() as made:
        talks = sorted(_talks(sessions))
        count = 0
        for at in range(0, len(talks), BATCH):
            told(at, len(talks))
            count += _fill(sessions, made, talks[at : at + BATCH])
        # What a worker of a release wrote that knows one index only, and what it left.
        for talk in made.conversations() ^ _talks(sessions):
            _bring(sessions, made, talk)
        still_alone()
        told(len(talks), len(talks))
    return Reindexed(conversations=len(talks), documents=count)


def _talks(sessions: Sessions) -> set[UUID]:
    with working(sessions) as session:
        found = session.scalars(select(ConversationSegment.conversation_id).distinct())
        return {one for one in found if one is not None}


def _fill(sessions: Sessions, made: Rebuild, talks: Sequence[UUID]) -> int:
    with working(sessions) as session:
        before = documents(session, talks)
    written = [one for found in before.values() for one in found]
    made.add(written)
    with working(sessions) as session:
        after = documents(session, talks)
    for talk in talks:
        if after.get(talk) != before.get(talk):
            _bring(sessions, made, talk)
    return len(written)


def _bring(sessions: Sessions, made: Rebuild, talk: UUID) -> None:
    try:
        bring(talk, made, SqlEvaluations(sessions))
    except PermanentError as error:
        if error.code != "conversation-missing":
            raise


@contextmanager
def _alone(sessions: Sessions) -> Iterator[Callable[[], object]]:
    """Hold the lock, which goes with this process; what is given raises where the database let it go."""
    engine: Engine = sessions.kw["bind"]
    # Autocommit: a transaction of an hour would keep the database from tidying up.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": LOCK}):
            raise PermanentError(
                "Another `colloquy reindex` is at work.",
                code="reindex-running",
                advice="Wait for its end; nothing is lost meanwhile.",
            )
        try:
            yield lambda: connection.execute(text("SELECT 1"))
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})
