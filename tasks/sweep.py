"""Finds uploads whose event was lost, or whose receiver was down when it came."""

from __future__ import annotations

import logging
from datetime import timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy.exc import OperationalError

from config.settings import settings
from models.rounds import Look
from pipeline.errors import ColloquyError, TransientError
from pipeline.uploads import Listed
from tasks.app import app
from tasks.intake import UPLOADS, refuse_bug, take, tell_bug
from tasks.services import Services, services

log = logging.getLogger(__name__)

TASK = "sweep"
AT_ONCE = 1000
"""Objects looked up together: as many as S3 names in one answer."""
PAGES = 50
"""Answers of S3 in one round, some ten seconds of them; a larger bucket is gone through in several rounds."""
SKEW = timedelta(minutes=10)
"""How far the store's clock and the database's may be apart; what is looked at twice costs little."""
UUID_LENGTH = 36
FIRST = 24 * 3600.0
"""Seconds that the first sweep of a database looks back: what is older was taken, or is somebody else's."""


@app.task(name=TASK)  # type: ignore[untyped-decorator]  # Celery ships no types
def sweep(at_once: bool = False) -> None:  # noqa: FBT001, FBT002 - an argument of a message
    """One round; of several that piled up one is enough, unless it was asked for."""
    made = services()
    try:
        if not at_once and made.runs.rounds.lately(TASK, settings().reliability.sweep_seconds / 2):
            return
        look = made.runs.rounds.look(TASK, FIRST)
        found, after = sweep_uploads(made, look)
        made.runs.rounds.ended(TASK, after)
    except OperationalError:
        log.warning("sweep: the database does not answer")
    except ColloquyError as error:
        log.warning("sweep: %s %s", error.code, error.sentence)
    else:
        if found:
            log.warning("sweep: %d uploads taken that no event had told of", found)


def sweep_uploads(made: Services, look: Look, pages: int = PAGES) -> tuple[int, Look]:
    """Take what was written since the last whole look and has neither run nor refusal; how many, and how far it came.

    Whose conversation is gone is left alone: it was deleted, and its runs with it.
    """
    taken, stored = 0, made.uploads.listed(f"{UPLOADS}/", look.place or "")
    page: list[Listed] = []
    for _ in range(pages):
        page = list(islice(stored, AT_ONCE))
        recent = [one for one in page if one.modified > look.until - SKEW]
        unheard = made.runs.unheard(recent, SKEW)
        gone = made.runs.unknown({owner for one in unheard if (owner := _owner(one.key))})
        for one in unheard:
            if _owner(one.key) not in gone:
                _take(one.key, made)
                taken += 1
        if len(page) < AT_ONCE:
            return taken, Look(until=look.begun, begun=look.begun)
    return taken, Look(until=look.until, begun=look.begun, place=_place(page[-1].key, look.place))


def _place(key: str, before: str | None) -> str:
    """Where to go on: in the folder of the last object, without its name, which is somebody's own."""
    place = key[: len(UPLOADS) + 1 + UUID_LENGTH]
    # More objects in one folder than a round sees: on with the next one, for 0 is the character after the slash.
    return place + "0" if place == before else place


def _take(key: str, made: Services) -> None:
    try:
        take(key, made, encoded=False)
    except (TransientError, OperationalError):
        raise
    except Exception as error:  # noqa: BLE001 - a bug of ours must not stop the sweep for all that come after it
        tell_bug(error)
        owner = _owner(key)
        refuse_bug(made, key, error, made.runs.conversation(owner) if owner else None)


def _owner(key: str) -> UUID | None:
    """None for a key that no conversation can have."""
    parts = key.split("/", 2)
    try:
        return UUID(parts[1]) if len(parts) > 2 and parts[2] else None  # noqa: PLR2004 - as intake reads it
    except ValueError:
        return None
