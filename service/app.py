"""The HTTP service: `python -m service.app`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError

from config.logging import set_up
from config.settings import Settings, settings
from config.tls import context_factory
from pipeline.errors import PermanentError, TransientError
from service import conversations, hooks, recordings
from service.guard import Guard
from service.shelf import Shelf, shelf
from tasks.services import Services
from workers.services import make

log = logging.getLogger(__name__)

AGAIN = {"Retry-After": "10"}
"""Seconds: a restart of the database takes about as long."""
AT_ONCE = 200
"""Connections; more are told to come again. Each waits for one of forty threads."""
LAST_WORK = 20
"""Seconds for requests to end when the process is told to."""


def application(given: Settings, maker: Callable[[Settings], Services] = make) -> FastAPI:
    """The service; nothing is connected to before the first request."""
    app = FastAPI(
        title="Colloquy",
        description="Recorded conversations: uploads, and links to hear them.",
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.shelf = Shelf(given, maker)
    app.include_router(hooks.router)
    app.include_router(conversations.router)
    app.include_router(recordings.router)
    app.get("/healthz")(alive)
    app.get("/readyz")(ready)
    app.add_middleware(Guard)
    for kind in (TransientError, OperationalError):
        app.add_exception_handler(kind, _away)
    app.add_exception_handler(PermanentError, _refused)
    return app


def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


def ready(made: Annotated[Shelf, Depends(shelf)]) -> dict[str, str]:
    """An upload could be taken now: the database answers."""
    made.services().runs.runs(limit=1)
    return {"status": "ready"}


def _away(_: Request, error: Exception) -> Response:
    """Nothing was lost: whoever sent it sends it again."""
    said = error.sentence if isinstance(error, TransientError) else "The database does not answer."
    log.warning("answered with 503: %s", said)
    return JSONResponse({"detail": said}, 503, AGAIN)


def _refused(_: Request, error: Exception) -> Response:
    told = error.sentence if isinstance(error, PermanentError) else ""
    code = error.code if isinstance(error, PermanentError) else ""
    return JSONResponse({"detail": told, "code": code}, 422)


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    given = settings()
    service = given.service
    set_up(given.log.level, json_lines=given.log.json_lines)
    if service.hook_secret is None and not service.tokens:
        raise SystemExit(
            "Nobody could use the service: set COLLOQUY_SERVICE__HOOK_SECRET or COLLOQUY_SERVICE__TOKENS__NAME."
        )
    uvicorn.run(
        application(given),
        host=service.host,
        port=service.port,
        ssl_context_factory=context_factory(service.certificate, service.key, given.tls.least),
        # Its access log has addresses of people, and its own format.
        access_log=False,
        log_config=None,
        server_header=False,
        limit_concurrency=AT_ONCE,
        timeout_graceful_shutdown=LAST_WORK,
    )


if __name__ == "__main__":
    main()
