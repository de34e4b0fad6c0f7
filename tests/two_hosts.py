"""`python -m tests.two_hosts FOLDER`, in a network namespace of its own, where it may do as it likes.

That is the servers' host. Two more are joined to it, each by one cable and with a worker of its own that knows
addresses and nothing else; one is lost in the middle of a stage.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psutil
from celery import Celery

from config.settings import settings
from embedded.process import Child, start
from embedded.stack import QUEUES, Stack
from tests.chaos.proxy import Proxy
from tests.integration.stacks import BEAT, QUICK, ROOT, attempts, database_of, reached, running
from tests.waiting import ended, eventually
from workers.submit import submit

PATIENCE = 150.0
"""Seconds for what takes ten on an idle machine."""
LEASE = "10"
"""Seconds, in all processes: what a lost host held is free after them."""
SHORT = ROOT / "tests" / "fixtures" / "short.ogg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Another host: what holds its namespaces, its worker, and the folder that it could write to."""

    name: str
    holder: Child
    worker: Child
    home: Path

    @property
    def lives(self) -> bool:
        return self.worker.process.poll() is None

    def runs(self, pid: int) -> bool:
        """Whether it is the worker's process, or one of its pool."""
        family = [one.pid for one in (psutil.Process(pid), *psutil.Process(pid).parents())]
        return self.worker.process.pid in family

    def lose(self) -> None:
        """As when the power goes: no process ends in good order, and the cable is gone too."""
        self.worker.end(signal.SIGKILL)
        self.holder.end(signal.SIGKILL)


def told(*command: str) -> None:
    """Run it; an error stands in its own words."""
    subprocess.run(command, check=True)


def net(pid: int) -> str:
    """A process's network namespace."""
    return str(Path(f"/proc/{pid}/ns/net").readlink())


@contextmanager
def host(number: int, stack: Stack) -> Iterator[Host]:
    """Joined to the servers' host, which has its own address on each cable."""
    name, near, far = f"host-{number}", f"10.77.{number}.1", f"10.77.{number}.2"
    folder = stack.home / name
    folder.mkdir()
    log = stack.home / "logs" / f"{name}.log"
    holder = start(name, ["unshare", "--net", "--uts", "sleep", "infinity"], log)
    pid = holder.process.pid
    inside = ("nsenter", f"--target={pid}", "--net", "--uts")
    with ExitStack() as closing:
        closing.callback(holder.end, signal.SIGKILL)
        eventually(lambda: net(pid) != net(os.getpid()))
        told("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", str(pid))
        told("ip", "address", "add", f"{near}/24", "dev", name)
        told("ip", "link", "set", name, "up")
        told(*inside, "hostname", name)
        told(*inside, "ip", "address", "add", f"{far}/24", "dev", "eth0")
        told(*inside, "ip", "link", "set", "eth0", "up")
        variables = {
            **_addresses(stack, near, closing),
            "HOME": str(folder),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "COLLOQUY_TEST_GATE": str(stack.home / "gate"),
            "COLLOQUY_RELIABILITY__HEARTBEAT_SECONDS": BEAT,
            "COLLOQUY_RELIABILITY__LEASE_SECONDS": LEASE,
            "C_FORCE_ROOT": "1",
        }
        command = [
            *(*inside, sys.executable, "-P", "-m", QUICK, "worker", f"--queues={QUEUES}"),
            *("--concurrency=2", "--hostname=all@%h", "--without-mingle", "--without-gossip"),
        ]
        worker = start(name, command, log, env=variables, cwd=folder, death=signal.SIGKILL)
        closing.callback(worker.end, signal.SIGKILL)
        yield Host(name=name, holder=holder, worker=worker, home=folder)


def _addresses(stack: Stack, near: str, closing: ExitStack) -> dict[str, str]:
    """The settings of a worker elsewhere. The servers listen on loopback alone, so something passes it on."""
    servers = {
        "COLLOQUY_DATABASE__URL": (stack.postgres.url, stack.postgres.port),
        "COLLOQUY_BROKER__URL": (stack.valkey.url, stack.valkey.port),
        "COLLOQUY_MEDIA__ENDPOINT_URL": (stack.storage.endpoint_url, stack.storage.port),
    }
    media = settings().media
    assert media.access_key
    assert media.secret_key
    found = {
        "COLLOQUY_MEDIA__BUCKET": media.bucket,
        "COLLOQUY_MEDIA__REGION": media.region,
        "COLLOQUY_MEDIA__ACCESS_KEY": media.access_key.get_secret_value(),
        "COLLOQUY_MEDIA__SECRET_KEY": media.secret_key.get_secret_value(),
    }
    for name, (url, port) in servers.items():
        passed = Proxy(port, near)
        passed.start()
        closing.callback(passed.stop)
        changed = url.replace(f"127.0.0.1:{port}", f"{near}:{passed.port}")
        assert changed != url, name
        found[name] = changed
    return found


def answering(stack: Stack) -> set[str]:
    """The workers that take stages."""
    with Celery(broker=stack.valkey.url) as app:
        replies = app.control.ping(timeout=1.0)
    return {one for reply in replies for one in reply if not one.startswith("upkeep@")}


def submitted() -> UUID:
    return submit(settings(), SHORT, user="demo", learner="S2")


def main(home: Path) -> None:
    """Lose the host that works on a stage; the other one takes it, and the run ends."""
    told("ip", "link", "set", "lo", "up")
    with (
        running(home, COLLOQUY_RELIABILITY__LEASE_SECONDS=LEASE) as stack,
        database_of(stack) as store,
        ExitStack() as closing,
    ):
        stack.children.pop("worker").end(signal.SIGKILL)
        hosts = [closing.enter_context(host(number, stack)) for number in (1, 2)]
        both = {f"all@{one.name}" for one in hosts}
        eventually(lambda: answering(stack) == both, PATIENCE)
        gate = home / "gate"
        gate.write_text("wait")
        talk = submitted()
        at_work = reached(gate, "wait")
        (lost,) = (one for one in hosts if one.runs(at_work))
        (left,) = (one for one in hosts if one is not lost)
        gate.with_suffix(".wait").unlink()
        lost.lose()
        taken = reached(gate, "wait")
        assert left.runs(taken), "the other host has the stage"
        gate.unlink()
        found = ended(store, talk, PATIENCE)
        assert found.state == "completed", found
        assert attempts(store, talk) == {"transcribe": 2}
        assert left.lives
        assert not lost.lives
        for one in hosts:
            assert list(one.home.rglob("*")) == [], "a worker needs no folder of its own"
    sys.stdout.write(f"{lost.name} was lost in transcribe, {left.name} ended the run\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
