"""`GET /conversations/{id}/recording`: a link to hear what the evaluation's evidence points to."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Response
from pydantic import BaseModel

from models.recordings import Recording
from service.conversations import platform
from service.shelf import Shelf, shelf
from tasks.intake import UPLOADS
from tasks.services import Services

log = logging.getLogger(__name__)
router = APIRouter()


class Download(BaseModel):
    """The request that fetches it: this method and address, with exactly these headers; a part by `Range`."""

    method: Literal["GET"] = "GET"
    url: str
    headers: dict[str, str] = {}
    expires_at: datetime


class Heard(BaseModel):
    """The recording that the visible evaluation rests on; the newest upload before there is one."""

    download: Download


@router.get("/conversations/{conversation_id}/recording")
def recording(
    conversation_id: UUID,
    asking: Annotated[str, Depends(platform)],
    made: Annotated[Shelf, Depends(shelf)],
    response: Response,
) -> Heard:
    """Offer the recording for a while. Each link is noted in `audit_events` before it is given."""
    services, seconds = made.services(), made.settings.service.download_seconds
    if services.runs.conversation(conversation_id) is None:
        raise HTTPException(
            404, "There is no such conversation: it was erased, or the id is wrong."
        )
    seen = services.runs.recordings.seen(conversation_id)
    key = _newest(conversation_id, services) if seen is None else _same(seen, services)
    run_id = seen.run_id if seen else None
    services.runs.recordings.note_link(conversation_id, run_id, platform=asking, seconds=seconds)
    until = datetime.now(UTC) + timedelta(seconds=seconds)
    url = services.uploads.download_link(key, seconds)
    log.info("recording offered to %s", asking, extra={"conversation_id": str(conversation_id)})
    # Whoever has the link may listen: no cache on the way keeps it.
    response.headers["Cache-Control"] = "no-store"
    return Heard(download=Download(url=url, expires_at=until))


def _same(seen: Recording, services: Services) -> str:
    """Its key, if the object is still the one that was heard: times in another recording would mislead."""
    head = services.uploads.head(seen.key)
    if head is None:
        raise HTTPException(404, "The recording was deleted; its evaluation stays.")
    if head.etag != seen.etag:
        raise HTTPException(
            409,
            "The recording that was evaluated was replaced by a newer upload, of which there is no evaluation yet;"
            " where that upload was refused, upload the recording again.",
        )
    return seen.key


def _newest(conversation_id: UUID, services: Services) -> str:
    key = services.uploads.newest(f"{UPLOADS}/{conversation_id}/")
    if key is None or services.uploads.head(key) is None:
        raise HTTPException(
            404,
            "There is no recording of this conversation: none was uploaded yet, or it was deleted.",
        )
    return key
