"""Around every request: a bound to its body, a line in the log, and no word of a bug to the outside."""

from __future__ import annotations

import logging
import time

from fastapi import HTTPException
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tasks.intake import tell_bug

log = logging.getLogger(__name__)

LONGEST = 1024**2
"""Bytes of a body: four times what SQS lets an event have."""
QUIET = frozenset({"/healthz", "/readyz"})
"""Asked every few seconds."""


class Guard:
    """ASGI middleware; Starlette's own kind would wrap what a reader of the body raises."""

    def __init__(self, app: ASGIApp) -> None:
        """Around the application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.monotonic(), 0

        async def noted(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, _bounded(receive), noted)
        except Exception as error:  # noqa: BLE001 - uvicorn would log its text, which may hold a file's name
            tell_bug(error)
            if not status:
                await JSONResponse({"detail": "An unexpected error."}, 500)(scope, receive, noted)
        if scope["path"] not in QUIET:
            # Not the path itself: that may be anything.
            route = getattr(scope.get("route"), "path", "no route")
            seconds = {"seconds": round(time.monotonic() - began, 3)}
            log.info("%s %s %d", scope["method"], route, status, extra=seconds)


def _bounded(receive: Receive) -> Receive:
    """A longer body ends before it is in memory, whatever was told of its length."""
    count = 0

    async def counted() -> Message:
        nonlocal count
        message = await receive()
        count += len(message.get("body", b""))
        if count > LONGEST:
            raise HTTPException(413, f"More than {LONGEST} bytes.")
        return message

    return counted
