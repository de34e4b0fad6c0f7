"""The engine and its sessions."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from sqlalchemy import Engine, Table, create_engine, insert, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import NullPool

from config.settings import Settings
from pipeline.errors import PermanentError, UnavailableError

log = logging.getLogger(__name__)

T = TypeVar("T")
Sessions = sessionmaker[Session]

AGAIN = 1.0
"""Seconds between two tries at a database that is away: a restart takes some."""


def connect(url: str, *, pooled: bool = True) -> Engine:
    """An engine; a pooled one checks a connection before use, so that a restarted server costs no error.

    Commands are over before a pool pays: theirs opens a connection a transaction and closes it.
    """
    # Parameters hold what learners said: they must not stand in an error that is logged.
    told: dict[str, Any] = {"connect_args": {"connect_timeout": 5}, "hide_parameters": True}
    if not pooled:
        return create_engine(url, poolclass=NullPool, **told)
    return create_engine(url, pool_pre_ping=True, pool_size=5, **told)


def sessions(engine: Engine) -> Sessions:
    """Sessions for `with sessions.begin() as session`; rows stay readable after the commit."""
    return sessionmaker(engine, expire_on_commit=False)


def add_many(session: Session, rows: Iterable[DeclarativeBase]) -> None:
    """Insert rows of one table whose ids nobody asks for, in one go.

    Those that the session adds are a statement each, for the database tells their ids back.
    """
    made = list(rows)
    if made:
        session.flush()
        values = [{name: one for name, one in vars(row).items() if name[0] != "_"} for row in made]
        session.execute(insert(cast("Table", type(made[0]).__table__)), values)


@contextmanager
def working(sessions: Sessions) -> Iterator[Session]:
    """A transaction of a stage's work; UnavailableError when the database is away, so it is waited for."""
    try:
        with sessions.begin() as session:
            yield session
    except OperationalError as error:
        # Of no shared circuit: that stands in the database itself.
        raise UnavailableError(
            "The database does not answer.",
            code="database",
            service="database",
            advice="See that it runs.",
            shared=False,
        ) from error


def patiently(seconds: float, transaction: Callable[[], T]) -> T:
    """The transaction, begun anew for so many seconds while the database is away; then its error."""
    over = time.monotonic() + seconds
    while True:
        try:
            return transaction()
        except OperationalError:
            if time.monotonic() + AGAIN > over:
                raise
            log.warning("the database does not answer; tried again")
            time.sleep(AGAIN)


def database_url(settings: Settings) -> str:
    """The configured address, with what TLS must be; PermanentError when there is none.

    What the address itself says of TLS goes before the settings.
    """
    if settings.database.url is None:
        raise PermanentError(
            "No database is configured.",
            code="no-database",
            advice="Start the embedded servers with `colloquy up`, or set COLLOQUY_DATABASE__URL.",
        )
    url = make_url(settings.database.url.get_secret_value())
    # libpq's own names: whatever reads the address, Alembic included, gets them too.
    told = {"ssl_min_protocol_version": f"TLSv{settings.tls.least}"}
    if settings.database.ca is not None:
        told |= {"sslmode": "verify-full", "sslrootcert": str(settings.database.ca)}
    return url.update_query_dict(told | dict(url.query)).render_as_string(hide_password=False)
