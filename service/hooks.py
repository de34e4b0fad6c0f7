"""`POST /hooks/s3`: the bucket's events, as S3 servers send them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel

from service.secrets import signed
from service.shelf import Shelf, shelf
from tasks.intake import read_message

router = APIRouter()


class Taken(BaseModel):
    """What became of each object: accepted, known, ignored or refused."""

    outcomes: list[str]


async def body(request: Request) -> bytes:
    """As it came: a signature is of its bytes."""
    return await request.body()


@router.post("/hooks/s3")
def hook(
    request: Request,
    event: Annotated[bytes, Depends(body)],
    made: Annotated[Shelf, Depends(shelf)],
) -> Taken:
    """Take uploads in; the answer comes after the commit, and while anything is away it is 503: send it again."""
    secret = made.settings.service.hook_secret
    if secret is None or not signed(event, request.headers, secret):
        raise HTTPException(401, "The event is not signed with the secret of this service.")
    answers = read_message(event.decode(errors="replace"), made.services())
    return Taken(outcomes=[one.outcome for one in answers])
