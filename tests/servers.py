"""The real servers that `make services` started, as the tests meet them."""

from __future__ import annotations

import socket
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol
from uuid import uuid4

import psycopg
from psycopg import sql

from config.settings import Settings, default_home
from embedded.servers.fleet import Fleet
from embedded.servers.postgres import ADMIN, USER, Postgres
from pipeline.adapters.s3 import client

HOME = default_home() / "servers"
"""Looked up at once: tests change the environment."""


class Addressed(Protocol):
    """A database by its address."""

    @property
    def url(self) -> str: ...


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def real_settings() -> Settings:
    """How the real servers are reached; it is an error when they do not run."""
    file = HOME / "settings.toml"
    if not file.exists():
        raise RuntimeError(f"No servers run in {HOME}: `make services` starts them.")
    return Settings(home=HOME, **tomllib.loads(file.read_text(encoding="utf-8")))


def real_postgres() -> Postgres:
    """The real PostgreSQL, with its passwords and its port."""
    (found,) = (one for one in Fleet(HOME).servers if isinstance(one, Postgres))
    if found.daemon is None:
        raise RuntimeError("PostgreSQL does not run: `make services` starts it.")
    found.port = found.daemon.port
    return found


@contextmanager
def real_database(owner: str = ADMIN) -> Iterator[str]:
    """The address of a database made for it, over TLS, and dropped at the end.

    As the administrator, whom the tests of triggers need, or as Colloquy's own user.
    """
    server, name = real_postgres(), f"test_{uuid4().hex[:12]}"
    address = server.trusted_url(ADMIN, "postgres").replace("+psycopg", "")
    made = sql.SQL("CREATE DATABASE {} OWNER {}").format(
        sql.Identifier(name), sql.Identifier(owner)
    )
    gone = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute(made)
    try:
        yield server.trusted_url(ADMIN if owner == ADMIN else USER, name)
    finally:
        with psycopg.connect(address, autocommit=True) as admin:
            admin.execute(gone)


def s3_client(given: Settings) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
    """The configured media store without our adapter."""
    media = given.media
    assert media.access_key
    assert media.secret_key
    return client(
        "s3",
        endpoint_url=media.endpoint_url,
        region=media.region,
        access_key=media.access_key.get_secret_value(),
        secret_key=media.secret_key.get_secret_value(),
        ca=media.ca,
    )
