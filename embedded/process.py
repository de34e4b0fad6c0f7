"""Child processes that end with their parent, whatever becomes of it."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipeline.errors import PermanentError

SET_PARENT_DEATH_SIGNAL = 1
"""`prctl`'s PR_SET_PDEATHSIG."""

QUIET = range(20_000, 32_000)
"""Ports below those that Linux gives to outgoing connections: while a server is started again, nobody gets its own."""
PROBES = 50
"""Ports tried: one of them is free wherever most are."""


def free_port(wanted: int = 0) -> int:
    """The wanted port if it is free, else any other of QUIET."""
    others = random.sample(QUIET, PROBES)
    for port in [wanted, *others] if wanted else others:
        if is_free(port):
            return port
    raise PermanentError("No port is free.", code="no-port", advice="End some programs.")


def is_free(port: int) -> bool:
    """Whether a server may listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Place:
    """A server's port: at its first start another one where the wanted is taken, from then on the same.

    A server binds its port only some time after that was seen to be free: another may be first.
    """

    def __init__(self, wanted: int = 0) -> None:
        """A wanted port of 0 means any."""
        self.port = 0
        """The port of the last start, 0 before the first."""
        self._wanted = wanted
        self._settled = False

    def take(self) -> int:
        """Where to start: once others know the address, there or nowhere."""
        if not self._settled:
            self.port = free_port(self.port or self._wanted)
        return self.port

    def settle(
        self, wait: Callable[[], None], again: Callable[[], None], stop: Callable[[], None]
    ) -> None:
        """Wait for what was started, which is started `again` elsewhere where another was first.

        PermanentError of `wait` where it does not come up; then it is stopped.
        """
        try:
            wait()
        except PermanentError:
            # First, so that its own port is not taken for another's.
            stop()
            if self._settled or is_free(self.port):
                raise
            self.port = self._wanted = 0
            again()
            try:
                wait()
            except PermanentError:
                stop()
                raise
        self._settled = True


def write_secret(path: Path, text: str) -> None:
    """A file that only its owner reads."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text, encoding="utf-8")


def new_secret() -> str:
    """A password of 192 bits."""
    return secrets.token_urlsafe(24)


def has_ended(pid: int) -> bool:
    """Whether a child of this process has; it is left for its owner to wait for."""
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


def until(ready: Callable[[], bool], child: Child, seconds: float, *, every: float = 0.05) -> None:
    """Wait for a child to be ready; PermanentError with its log when it ends or takes too long."""
    limit = time.monotonic() + seconds
    # One that ended is not ready though somebody answers: another may have taken its port.
    while child.process.poll() is not None or not ready():
        if child.process.poll() is not None or time.monotonic() > limit:
            raise PermanentError(
                f"{child.name} does not start.",
                code="start",
                advice=f"Its log is {child.log}; see also whether the disk is full.",
            )
        time.sleep(every)


@dataclass(frozen=True, slots=True)
class Child:
    """A process, its name for people, and its log."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def end(self, number: signal.Signals | None = signal.SIGTERM, patience: float = 8.0) -> None:
        """Ask it to end, unless it was asked (None); after `patience` seconds kill it and all it started."""
        if self.process.poll() is None:
            if number is not None:
                self.process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(patience)
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.process.wait()


def start(
    name: str,
    command: Sequence[str],
    log: Path,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    death: signal.Signals | None = signal.SIGTERM,
) -> Child:
    """Start a process in a session of its own.

    `death` is sent to it when this process dies; None lets it live on.
    """
    parent = os.getpid()
    # Loaded here: between fork and exec nothing may be imported.
    libc = ctypes.CDLL(None, use_errno=True)

    def die_with_parent() -> None:
        libc.prctl(SET_PARENT_DEATH_SIGNAL, int(death or 0))
        if os.getppid() != parent:
            os._exit(1)

    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            start_new_session=True,
            # Only a system call, no lock is taken.
            preexec_fn=die_with_parent if death else None,  # noqa: PLW1509
        )
    return Child(name, process, log)


def lock(home: Path) -> IO[str]:
    """The folder is ours while the file is open; PermanentError where a stack runs in it already."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = (home / "lock").open("w", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise PermanentError(
            f"A stack runs in {home} already.",
            code="stack-runs",
            advice="Use it, end it, or set COLLOQUY_HOME to another folder.",
        ) from error
    return file


def remove(folder: str | None) -> None:
    """Delete a temporary folder."""
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
