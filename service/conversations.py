"""`POST /conversations`: a conversation and a presigned upload, for platforms with no S3 code of their own."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Annotated, Literal
from unicodedata import category
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from service.secrets import named
from service.shelf import Shelf, shelf
from tasks.events import LONGEST_KEY
from tasks.intake import MOST_SPEAKERS, UPLOADS, metadata
from workers.submit import USUAL_LEVEL

log = logging.getLogger(__name__)
router = APIRouter()

LONGEST_NAME = LONGEST_KEY - len(f"{UPLOADS}/{UUID(int=0)}/")
"""Bytes of a file name that are left of an S3 key."""


def _file_name(name: str) -> str:
    wrong = name in {".", ".."} or any(one == "/" or category(one) == "Cc" for one in name)
    if wrong or len(name.encode()) > LONGEST_NAME:
        raise ValueError(f"at most {LONGEST_NAME} bytes, without slash and control characters")
    return name


def platform(request: Request, made: Annotated[Shelf, Depends(shelf)]) -> str:
    """Whose token was sent; 401 where it is nobody's."""
    found = named(request.headers, made.settings.service.tokens)
    if found is None:
        raise HTTPException(401, "No platform has this token.", {"WWW-Authenticate": "Bearer"})
    return found


class Wanted(BaseModel):
    """A conversation that is to be uploaded."""

    model_config = ConfigDict(extra="forbid")

    user: str = Field(min_length=1, max_length=100, description="The learner's user name.")
    file_name: Annotated[str, AfterValidator(_file_name)] = Field(min_length=1)
    title: str | None = Field(default=None, min_length=1, max_length=200)
    class_name: str | None = Field(default=None, alias="class", max_length=200)
    assignment: UUID | None = None
    topic: str | None = Field(default=None, max_length=100)
    language: str = Field(default="en", pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=10)
    level: str = Field(default=USUAL_LEVEL, pattern="^(A1|A2|B1|B2|C1|C2)$")
    learner: str | None = Field(default=None, pattern="^S[1-9][0-9]*$", max_length=10)
    speakers: int | None = Field(default=None, ge=1, le=MOST_SPEAKERS)


class Upload(BaseModel):
    """The request that uploads: this method and address, with exactly these headers, and the file as its body."""

    method: Literal["PUT"] = "PUT"
    url: str
    headers: dict[str, str]
    expires_at: datetime


class Conversation(BaseModel):
    """The new conversation; its evaluation begins by itself when the upload is done."""

    id: UUID
    key: str
    upload: Upload


@router.post("/conversations", status_code=201)
def create(
    wanted: Wanted,
    asking: Annotated[str, Depends(platform)],
    made: Annotated[Shelf, Depends(shelf)],
) -> Conversation:
    """Make the conversation's row and offer the upload. Every call makes another conversation."""
    services, seconds = made.services(), made.settings.service.upload_seconds
    conversation = services.runs.new_conversation(
        wanted.user,
        title=wanted.title or PurePosixPath(wanted.file_name).stem,
        class_name=wanted.class_name,
        assignment_id=wanted.assignment,
        language=wanted.language,
        topic=wanted.topic,
        level=wanted.level,
    )
    key = f"{UPLOADS}/{conversation}/{wanted.file_name}"
    told = metadata(learner=wanted.learner, speakers=wanted.speakers, assignment=wanted.assignment)
    until = datetime.now(UTC) + timedelta(seconds=seconds)
    offer = services.uploads.offer(key, told, seconds)
    log.info("upload offered to %s", asking, extra={"conversation_id": str(conversation)})
    return Conversation(
        id=conversation,
        key=key,
        upload=Upload(url=offer.url, headers=offer.headers, expires_at=until),
    )
