"""The embedded servers behind proxies, two workers, beat and intake: all of it can be broken and mended."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from contextlib import suppress
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import psutil

from embedded.postgres import Postgres
from embedded.process import Child
from embedded.stack import Stack
from embedded.valkey import Valkey
from pipeline.errors import PermanentError
from tasks.app import QUEUES
from tests.chaos.entered import enter
from tests.chaos.proxy import Proxy

FORKED = multiprocessing.get_context("forkserver")

WORKERS = ("worker-1", "worker-2")
WRONG = "worker-2"
"""The worker whose clock is wrong."""
AN_HOUR = 3600
PROCESSES = (*WORKERS, "beat", "intake")
TRIES = 5
"""To start a server again, on a machine that may be busy."""
PATIENCE = 30.0
"""Seconds for killed processes to be gone."""


class World(Stack):
    """The stack with everything in other hands; `faults` is the folder that its processes obey."""

    def __init__(self, home: Path) -> None:
        super().__init__(home, flower=False)
        # On ports of their own: another stack, that wants the usual ones, must not get them while these are down.
        self.postgres = Postgres(self.home / "postgres")
        self.valkey = Valkey(self.home / "valkey")
        self.faults = self.home / "faults"
        self.temporary = self.home / "tmp"
        self.proxies: dict[str, Proxy] = {}
        self.clocks: dict[str, int] = {}
        """Seconds by which a process's clock goes early, from its next start on."""
        self.processes: dict[str, ForkServerProcess] = {}

    def _settings(self) -> str:
        text = super()._settings()
        ports = {
            "database": self.postgres.port,
            "broker": self.valkey.port,
            "storage": self.storage.port,
        }
        for name, port in ports.items():
            proxy = self.proxies[name] = Proxy(port)
            proxy.start()
            text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{proxy.port}")
        return text

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {
            "COLLOQUY_CHAOS_FAULTS": str(self.faults),
            "COLLOQUY_TEST_GATE": str(self.home / "gate"),
            "TMPDIR": str(self.temporary),
            "COLLOQUY_RELIABILITY__LEASE_SECONDS": "6",
            "COLLOQUY_RELIABILITY__HEARTBEAT_SECONDS": "1",
            "COLLOQUY_RELIABILITY__UNTAKEN_SECONDS": "8",
            "COLLOQUY_RELIABILITY__UPKEEP_SECONDS": "1",
        }

    def _processes(self) -> None:
        for folder in (self.faults, self.temporary, self.home / "logs"):
            folder.mkdir(exist_ok=True)
        # The process that all others are forked from reads the settings: it starts with the first.
        os.environ.update(self.environment)
        FORKED.set_forkserver_preload(["tests.chaos.process"])
        for name in PROCESSES:
            self.launch(name)

    def launch(self, name: str) -> None:
        """Start one of PROCESSES, also after it was killed."""
        told = {
            "beat": ["beat", "--schedule", str(self.home / "beat"), "--pidfile="],
            "intake": ["intake"],
        }.get(
            name,
            [
                *("worker", f"--queues={','.join(QUEUES)}", "--concurrency=2"),
                *(f"--hostname={name}@%h", "--without-mingle", "--without-gossip"),
            ],
        )
        log = self.home / "logs" / f"{name}.log"
        clock = {"COLLOQUY_CHAOS_CLOCK": str(self.clocks.get(name, 0))}
        self.processes[name] = FORKED.Process(target=enter, args=(told, clock, log), name=name)
        self.processes[name].start()

    def alive(self, name: str) -> bool:
        return self.processes[name].is_alive()

    def kill(self, name: str) -> None:
        """The main process alone; what it started must end by itself."""
        self.processes[name].kill()
        self.processes[name].join()

    def end_processes(self) -> None:
        """In order, as a rollout does it."""
        for one in self.processes.values():
            one.terminate()
        for one in self.processes.values():
            one.join(PATIENCE)
            if one.is_alive():
                one.kill()
                one.join()
        self.processes.clear()

    def pool(self, name: str) -> list[psutil.Process]:
        """The pool processes of a worker that is ready: when one is lost before, Celery ends the worker."""
        pid = self.processes[name].pid
        if (self.faults / f"ready-{pid}").exists():
            with suppress(psutil.NoSuchProcess):
                return psutil.Process(pid).children()
        return []

    def kill_server(self, name: str) -> None:
        """As a power cut ends it: every process of it at once."""
        process = self._child(name).process
        others = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        for one in others:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        process.wait()
        psutil.wait_procs(others, PATIENCE)

    def interrupt_server(self, name: str) -> None:
        """Broker: an orderly end. Database: an immediate one, which recovery follows."""
        self._child(name).end(signal.SIGQUIT if name == "database" else signal.SIGTERM)

    def empty_broker(self) -> None:
        """While it is down: everything that was queued is lost."""
        shutil.rmtree(self.home / "valkey" / "appendonlydir", ignore_errors=True)

    def start_server(self, name: str) -> None:
        server = self._server(name)
        url = server.url
        for left in reversed(range(TRIES)):
            server.stop()
            try:
                server.start()
                break
            except PermanentError:
                # A database that was killed may leave processes that end a moment later.
                if not left:
                    raise
        assert server.url == url, "another program has taken the port meanwhile"

    def _server(self, name: str) -> Postgres | Valkey:
        return self.postgres if name == "database" else self.valkey

    def _child(self, name: str) -> Child:
        child = self._server(name)._child
        assert child is not None
        return child

    def stop(self) -> None:
        self.end_processes()
        super().stop()
        for one in self.proxies.values():
            one.stop()
        self.proxies.clear()
