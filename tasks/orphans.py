"""Deletes the sound that stages stored for conversations that are gone."""

from __future__ import annotations

import logging
from itertools import islice
from uuid import UUID

from sqlalchemy.exc import OperationalError

from pipeline.errors import ColloquyError, PermanentError
from tasks.app import app
from tasks.services import Services, services

log = logging.getLogger(__name__)

DERIVED = "derived/"
"""Where `decode` stores, below the conversation's id."""
AT_ONCE = 1000
"""Objects whose conversations are looked up together: as many as S3 names in one answer."""
FEW = 50
"""Conversations in one look that may all be unknown, as after a class was erased; of more, at most half: a bucket
that two installations share, or a database restored from a backup, must not cost anybody's sound."""
MOST = 5000
"""Objects deleted in one round, some minutes of S3's answers; what is left has its turn a day later."""


@app.task(name="orphans")  # type: ignore[untyped-decorator]  # Celery ships no types
def orphans() -> None:
    """One round; what it misses, as while a server is away, the next one finds."""
    try:
        deleted = sweep_derived(services())
    except OperationalError:
        log.warning("orphans: the database does not answer")
    except ColloquyError as error:
        log.warning("orphans: %s %s", error.code, error.sentence)
    else:
        if deleted:
            log.info("orphans: %d objects of deleted conversations deleted", deleted)


def sweep_derived(made: Services, most: int = MOST) -> int:
    """Delete at most so many objects whose conversation has no row; how many.

    Nothing is stored before that row is there, so that no recording on its way loses anything.
    """
    deleted, stored = 0, made.uploads.keys(DERIVED)
    while keys := list(islice(stored, AT_ONCE)):
        owners = {key: owner for key in keys if (owner := _owner(key))}
        gone = made.runs.unknown(set(owners.values()))
        if len(gone) > max(FEW, len(set(owners.values())) // 2):
            raise PermanentError(
                "Most of the stored sound belongs to conversations that this database does not know; nothing is deleted.",
                code="foreign-media",
                advice="Check that database and bucket belong together and that no older backup was restored.",
            )
        for key, owner in owners.items():
            if owner in gone:
                if deleted == most:
                    return deleted
                made.uploads.remove(key)
                deleted += 1
    return deleted


def _owner(key: str) -> UUID | None:
    """None for what `decode` did not name: it is somebody else's."""
    try:
        return UUID(key.removeprefix(DERIVED).split("/", 1)[0])
    except ValueError:
        return None
