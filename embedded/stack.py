"""Everything on one machine: servers, workers, beat, intake and Flower, with their data in one folder."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from celery import Celery

from embedded.postgres import Postgres
from embedded.process import Child, free_port, is_open, start, until, write_secret
from embedded.seed import seed
from embedded.storage import BUCKET, REGION, Storage
from embedded.valkey import Valkey
from models.database import connect, sessions
from models.ledger import SqlLedger
from models.migrate import upgrade
from pipeline.errors import PermanentError
from pipeline.plan import PLAN

PORTS = {"postgres": 54321, "valkey": 63790, "storage": 50001, "flower": 5555}
"""Where the servers listen if nobody else does."""
PATIENCE = 60.0
"""Seconds for a Celery process to start on a busy machine."""
OWN = ("COLLOQUY_DATABASE__", "COLLOQUY_BROKER__", "COLLOQUY_MEDIA__", "COLLOQUY_SEARCH__")
"""Settings that the stack makes itself: what stands in the environment is for other servers."""


class Stack:
    """Use as a context, or call `start` and `stop`; PermanentError when one runs in this folder already."""

    def __init__(
        self, home: Path, *, worker: str = "workers.app", flower: bool = True, intake: bool = True
    ) -> None:
        """Keep all data in `home`; `worker` names the module of the Celery app."""
        self.home = home.resolve()
        self._worker, self._with_flower, self._with_intake = worker, flower, intake
        self.postgres = Postgres(self.home / "postgres", PORTS["postgres"])
        self.valkey = Valkey(self.home / "valkey", PORTS["valkey"])
        self.storage = Storage(self.home / "storage", PORTS["storage"])
        self.flower_url: str | None = None
        self.children: dict[str, Child] = {}
        self._lock: IO[str] | None = None

    @property
    def settings_file(self) -> Path:
        """What other commands find the servers by."""
        return self.home / "settings.toml"

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    def start(self, told: Callable[[str], None] = lambda _: None) -> None:
        """Start everything and wait until it is ready; `told` hears what is being started."""
        self._take_lock()
        try:
            told("PostgreSQL, Valkey, S3")
            self._servers()
            told("workers")
            self._processes()
        except BaseException:
            self.stop()
            raise

    def _servers(self) -> None:
        self.valkey.start()
        self.postgres.start()
        self.storage.start()
        upgrade(self.postgres.url)
        engine = connect(self.postgres.url, pooled=False)
        store = sessions(engine)
        seed(store)
        # Nobody else works on this database: what a killed worker held is free at once.
        SqlLedger(store, PLAN).release_all()
        engine.dispose()
        write_secret(self.settings_file, self._settings())

    def _settings(self) -> str:
        return (
            f'[database]\nurl = "{self.postgres.url}"\n\n'
            f'[broker]\nurl = "{self.valkey.url}"\n\n'
            f'[media]\nendpoint_url = "{self.storage.endpoint_url}"\n'
            f'bucket = "{BUCKET}"\nregion = "{REGION}"\n'
            f'access_key = "embedded"\nsecret_key = "embedded"\n'
            f'queue_url = "{self.storage.queue_url}"\n'
        )

    def _processes(self) -> None:
        self.start_worker()
        self._spawn("beat", "beat", "--schedule", str(self.home / "beat"), "--pidfile=")
        if self._with_intake:
            self._spawn("intake")
        if self._with_flower:
            port = free_port(PORTS["flower"])
            self.flower_url = f"http://127.0.0.1:{port}"
            self._spawn(
                "flower", "flower", "--address=127.0.0.1", f"--port={port}", "--persistent=True",
                f"--db={self.home / 'flower.db'}",
            )  # fmt: skip
            until(lambda: is_open(port), self.children["flower"], PATIENCE, every=0.2)
        until(self._worker_answers, self.children["worker"], PATIENCE, every=0.2)

    def start_worker(self) -> None:
        """Start the workers, also after they were killed."""
        self._spawn(
            "worker", "worker", "--queues=cpu,gpu,io", "--concurrency=2", "--hostname=embedded@%h",
            "--without-mingle", "--without-gossip",
        )  # fmt: skip

    def _spawn(self, name: str, *celery: str) -> None:
        logs = self.home / "logs"
        logs.mkdir(exist_ok=True)
        if celery:
            command = [sys.executable, "-m", "celery", "-A", self._worker, *celery]
        else:
            command = [sys.executable, "-m", "workers.intake_sqs"]
        log = logs / f"{name}.log"
        self.children[name] = start(f"The {name}", command, log, env=self.environment)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the stack's processes."""
        kept = {name: one for name, one in os.environ.items() if not name.startswith(OWN)}
        # Celery's own check is about pickled messages, which are refused here.
        return kept | {
            "COLLOQUY_HOME": str(self.home),
            "COLLOQUY_SETTINGS": str(self.settings_file),
            "C_FORCE_ROOT": "1",
            "PYTHONUNBUFFERED": "1",
        }

    def _worker_answers(self) -> bool:
        with Celery(broker=self.valkey.url) as app:
            return bool(app.control.ping(timeout=0.5))

    def stop(self) -> None:
        """Stop everything, senders first; nothing is left running."""
        for name in ("intake", "beat", "flower", "worker"):
            child = self.children.pop(name, None)
            if child is not None:
                child.end(patience=5.0)
        self.storage.stop()
        self.valkey.stop()
        self.postgres.stop()
        if self._lock is not None:
            self.settings_file.unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def _take_lock(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (self.home / "lock").open("w", encoding="utf-8")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise PermanentError(
                f"A stack runs in {self.home} already.",
                code="stack-runs",
                advice="Use it, end it, or set COLLOQUY_HOME to another folder.",
            ) from error
        self._lock = lock

    def run_forever(self) -> None:
        """Wait for SIGINT or SIGTERM; a process of the stack that ends is started again once a second."""
        over = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: over.set())
        while not over.wait(1.0):
            if self.children["worker"].process.poll() is not None:
                self.start_worker()
