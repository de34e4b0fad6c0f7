"""Everything on one machine: servers, workers, beat, intake and Flower, with their data in one folder."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from celery import Celery
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from config.settings import BY_STACK
from embedded.postgres import Postgres
from embedded.process import (
    Child,
    free_port,
    has_ended,
    is_free,
    lock,
    new_secret,
    start,
    until,
    write_secret,
)
from embedded.seed import seed
from embedded.storage import BUCKET, REGION, Storage
from embedded.valkey import Valkey
from models.database import Sessions, connect, sessions
from models.enums import ConversationStatus
from models.ledger import SqlLedger
from models.migrate import upgrade
from models.tables import Conversation
from pipeline.errors import PermanentError
from pipeline.plan import PLAN

PORTS = {"postgres": 25432, "valkey": 26379, "storage": 29000, "flower": 5555}
"""Where the servers listen if nobody else does."""
QUEUES = "cpu,gpu,io"
"""Those of the stages: one worker does them all here. Upkeep has a worker of its own, as it must not wait for them."""
WORKERS = ("worker", "upkeep")
"""The children that are Celery workers."""
LAST_WORK = 6.0
"""Seconds for a stage to end of itself, more than intake's long poll; a longer stage begins anew next time."""
TRIES = 30
"""Rounds in a row, a second and more each, in which what ended cannot be started again, until the stack gives up."""
PATIENCE = 60.0
"""Seconds for a Celery process to start on a busy machine."""
MODULES = {"intake": "workers.intake_sqs", "flower": "workers.flower"}
"""What is no Celery command of the worker's own."""
OWN = (
    "COLLOQUY_DATABASE__",
    "COLLOQUY_BROKER__",
    "COLLOQUY_MEDIA__",
    "COLLOQUY_SEARCH__",
    "COLLOQUY_FLOWER__",
)
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
        self._flower_port = 0
        self.children: dict[str, Child] = {}
        self._commands: dict[str, list[str]] = {}
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
        self._lock = lock(self.home)
        try:
            told("PostgreSQL, Valkey, S3")
            self._servers()
            told("workers")
            self._processes()
        except BaseException:
            self.stop()
            raise

    def _servers(self) -> None:
        self.storage.launch()
        self.valkey.start()
        self.postgres.start()
        upgrade(self.postgres.url)
        seed(self._store())
        self._release()
        self.storage.wait()
        self._announce()
        self._flower_port = free_port(PORTS["flower"])
        write_secret(self.settings_file, self._settings())

    def _store(self) -> Sessions:
        return sessions(connect(self.postgres.url, pooled=False))

    def _announce(self) -> None:
        """Of uploads that wait for their run: what the queue held is gone with its server."""
        with self._store().begin() as session:
            waiting = session.scalars(
                select(Conversation.id).where(Conversation.status == ConversationStatus.RECORDING)
            ).all()
        self.storage.announce([str(one) for one in waiting])

    def _settings(self) -> str:
        return (
            BY_STACK + f'[database]\nurl = "{self.postgres.url}"\n\n'
            f'[broker]\nurl = "{self.valkey.url}"\n\n'
            f'[media]\nendpoint_url = "{self.storage.endpoint_url}"\n'
            f'bucket = "{BUCKET}"\nregion = "{REGION}"\n'
            f'access_key = "embedded"\nsecret_key = "embedded"\n'
            f'queue_url = "{self.storage.queue_url}"\n\n'
            f'[flower]\nport = {self._flower_port}\npassword = "{new_secret()}"\n'
        )

    @property
    def flower_url(self) -> str:
        """Flower's page; user and password stand in the settings file."""
        return f"http://127.0.0.1:{self._flower_port}"

    def _processes(self) -> None:
        self.start_worker()
        self._spawn(
            "upkeep", "worker", "--queues=upkeep", "--pool=solo", "--hostname=upkeep@%h",
            "--without-mingle", "--without-gossip",
        )  # fmt: skip
        self._spawn("beat", "beat", "--schedule", str(self.home / "beat"), "--pidfile=")
        if self._with_intake:
            self._spawn("intake")
        until(self._worker_answers, self.children["worker"], PATIENCE, every=0.2)
        # Last, and not waited for: recordings can be analysed without it.
        if self._with_flower:
            self._spawn("flower")

    def start_worker(self) -> None:
        """Start the workers, also after they were killed."""
        self._spawn(
            "worker", "worker", f"--queues={QUEUES}", "--concurrency=2", "--hostname=embedded@%h",
            "--without-mingle", "--without-gossip",
        )  # fmt: skip

    def _spawn(self, name: str, *celery: str) -> None:
        (self.home / "logs").mkdir(exist_ok=True)
        module = self._worker if celery else MODULES[name]
        # -P: a folder with a `config` or `models` of its own, where the command is called, is not ours.
        self._commands[name] = [sys.executable, "-P", "-m", module, *celery]
        self._start(name)

    def _start(self, name: str) -> None:
        self.children[name] = start(
            f"The {name}",
            self._commands[name],
            self.home / "logs" / f"{name}.log",
            env=self.environment,
            # On SIGTERM a worker would first finish its stage, with no server left to tell of it.
            death=signal.SIGKILL if name in WORKERS else signal.SIGTERM,
        )

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the stack's processes."""
        kept = {name: one for name, one in os.environ.items() if not name.startswith(OWN)}
        # Celery's own check is about pickled messages, which are refused here.
        return kept | {
            "COLLOQUY_HOME": str(self.home),
            "COLLOQUY_SETTINGS": str(self.settings_file),
            # The servers of secrets that stand here are others, too.
            "COLLOQUY_SECRETS": str(self.home / "secrets"),
            "C_FORCE_ROOT": "1",
            "PYTHONUNBUFFERED": "1",
        }

    def _worker_answers(self) -> bool:
        with Celery(broker=self.valkey.url) as app:
            return len(app.control.ping(timeout=0.5, limit=len(WORKERS))) == len(WORKERS)

    def stop(self) -> None:
        """Stop everything, servers last; nothing is left running."""
        for child in self.children.values():
            child.process.terminate()
        while self.children:
            self.children.popitem()[1].end(None, LAST_WORK)
        self.storage.stop()
        self.valkey.stop()
        self.postgres.stop()
        if self._lock is not None:
            self.settings_file.unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def check(self) -> None:
        """PermanentError when a server or a process of the stack has ended."""
        self._check_servers()
        for name, child in self.children.items():
            if child.process.poll() is not None:
                raise PermanentError(
                    f"The {name} has ended.",
                    code="process-ended",
                    advice=f"Its log is {self.home / 'logs' / name}.log.",
                )

    def run_forever(self) -> None:
        """Wait for SIGINT or SIGTERM; what ends meanwhile, server or process, is started again.

        PermanentError when a server does not come up again at its address.
        """
        over = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: over.set())
        failed = 0
        while not over.wait(1.0):
            try:
                self._restart_servers()
                self._restart_processes()
            except (PermanentError, OperationalError):
                # Of a PostgreSQL that was killed, processes may be left for a moment that keep a new one from starting.
                failed += 1
                if failed == TRIES:
                    raise
            else:
                failed = 0

    def _restart_servers(self) -> None:
        for name, server in self._servers_by_name.items():
            if not _ended(server):
                continue
            if not is_free(server.port):
                raise PermanentError(
                    f"{name} has ended, and another program listens on its port {server.port}.",
                    code="server-ended",
                    advice="End that program, and start the stack again.",
                )
            server.stop()
            server.start()
            if server is self.storage:
                self._announce()

    def _restart_processes(self) -> None:
        for name, child in self.children.items():
            if child.process.poll() is not None:
                if name == "worker":
                    self._release()
                self._start(name)

    def _release(self) -> None:
        """What a killed worker held is free at once: nobody else works on this database."""
        SqlLedger(self._store(), PLAN).release_all()

    @property
    def _servers_by_name(self) -> dict[str, Postgres | Valkey | Storage]:
        return {
            "PostgreSQL": self.postgres,
            "Valkey": self.valkey,
            "The S3 endpoint": self.storage,
        }

    def _check_servers(self) -> None:
        for name, server in self._servers_by_name.items():
            if _ended(server):
                raise PermanentError(
                    f"{name} has ended.",
                    code="server-ended",
                    advice=f"Its log is in {self.home}; start the stack again.",
                )


def _ended(server: Postgres | Valkey | Storage) -> bool:
    return server.pid is None or has_ended(server.pid)
