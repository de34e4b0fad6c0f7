"""What all servers have in common: a folder, a port, a certificate, a start that may be called twice."""

from __future__ import annotations

import os
import signal
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

import psutil

from config.tls import Least
from embedded.postgres import NAMESPACE
from embedded.process import Child, Place, new_secret, start, until, write_secret
from embedded.servers.certificates import Authority
from embedded.servers.daemon import Daemon, kept
from pipeline.errors import PermanentError

HOST = "127.0.0.1"
"""An address and no name: `localhost` is looked for at ::1 first, where nobody listens."""


class Server(ABC):
    """One server on loopback; its data, log, password and configuration live in its folder."""

    name: ClassVar[str]
    port_wanted: ClassVar[int]
    """Taken if nobody else has it, and kept over restarts."""
    patience: ClassVar[float]
    """Seconds for a start on a busy machine."""
    ended_by: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self, folder: Path, authority: Authority, *, tls: Least = "1.3") -> None:
        """`tls` is the only version of TLS that it speaks, if it speaks any."""
        self.folder = folder.resolve()
        self.authority = authority
        self.tls = tls
        self.port = 0

    @abstractmethod
    def fetch(self) -> None:
        """Get it from packages, once; PermanentError with what to install where that takes root."""

    @abstractmethod
    def version(self) -> str:
        """Of what was fetched."""

    @abstractmethod
    def command(self) -> list[str]:
        """Write the configuration for `port`; the command line that starts it."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it takes its password and does its work."""

    @abstractmethod
    def settings(self) -> str:
        """How Colloquy reaches it, as TOML."""

    def environment(self) -> dict[str, str]:
        """Of its process."""
        return dict(os.environ)

    def directory(self) -> Path:
        """In which it starts."""
        return self.folder

    def prepare(self) -> None:  # noqa: B027 - most need nothing
        """What it needs once it answers: a database, a bucket. Called at every start."""

    @property
    def daemon(self) -> Daemon | None:
        """The running process, None when there is none."""
        found = kept(self._kept)
        return found if found and found.process else None

    @property
    def password(self) -> str:
        """Made at the first use."""
        file = self.folder / "password"
        if not file.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            write_secret(file, new_secret())
        return file.read_text(encoding="utf-8")

    def start(self) -> bool:
        """Start it unless it runs; whether that was needed. PermanentError when it does not come up."""
        before = kept(self._kept)
        self.port = before.port if before else self.port_wanted
        if before and before.process:
            if self.answers():
                self.prepare()
                return False
            # It hangs, or was given its certificate by an authority that is no more.
            before.end(self.ended_by)
        self.fetch()
        self.folder.mkdir(parents=True, exist_ok=True)
        place = Place(self.port)
        began = time.monotonic()
        child = self._launch(place)

        def wait() -> None:
            try:
                until(self.answers, child, self.patience, every=0.2)
            except BaseException:
                end()
                raise

        def end() -> None:
            child.end(self.ended_by)

        def again() -> None:
            nonlocal child
            child = self._launch(place)

        place.settle(wait, again, end)
        # Python would warn that a child of its own lives on, which is meant here.
        child.process.returncode = 0
        Daemon(
            pid=child.process.pid,
            created=psutil.Process(child.process.pid).create_time(),
            port=self.port,
            seconds=round(time.monotonic() - began, 1),
        ).keep(self._kept)
        self.prepare()
        return True

    def _launch(self, place: Place) -> Child:
        self.port = place.take()
        return start(
            self.name,
            self.command(),
            self.folder / f"{self.name}.log",
            env=self.environment(),
            cwd=self.directory(),
            death=None,
        )

    def stop(self) -> bool:
        """End it in good order; whether it ran."""
        found = self.daemon
        if found:
            found.end(self.ended_by)
        return found is not None

    @property
    def _kept(self) -> Path:
        return self.folder / "process.json"


def as_user() -> list[str]:
    """The beginning of a command line for a server that refuses root: in there root is user 1000."""
    return list(NAMESPACE) if os.geteuid() == 0 else []


def needs(program: str, packages: str) -> PermanentError:
    """What to tell where a program that only root can install is missing."""
    return PermanentError(
        f"There is no {program}.",
        code="not-installed",
        advice=f"On Debian, as root: apt-get install {packages}",
    )
