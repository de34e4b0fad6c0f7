"""The embedded stack as `colloquy up` runs it."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from config.settings import BY_STACK, settings
from embedded.postgres import Postgres
from embedded.process import is_free
from embedded.stack import PORTS, Stack
from embedded.storage import BUCKET, REGION, Storage
from embedded.valkey import Valkey
from models.database import Sessions
from pipeline.adapters.s3 import S3Media
from pipeline.errors import PermanentError
from tests.integration.stacks import (
    QUICK,
    ROOT,
    database_of,
    environment,
    of_home,
    running,
    taken,
)
from tests.waiting import PATIENCE, ended, eventually, within
from workers.doctor import examine
from workers.submit import submit

COLLOQUY = Path(sys.executable).with_name("colloquy")


@contextmanager
def up(home: Path, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """`colloquy up`, called in a folder, when it says that it is ready."""
    with (
        environment(COLLOQUY_HOME=str(home)),
        subprocess.Popen(
            [COLLOQUY, "up"],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "300"},
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("ready"):
                    break
            else:
                raise AssertionError("it ended")
            settings.cache_clear()
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(PATIENCE)


@contextmanager
def handlers_kept() -> Iterator[None]:
    """What pytest does on SIGINT and SIGTERM stays."""
    kept = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def gone(home: Path) -> None:
    within(lambda: not of_home(home))
    assert [one.cmdline() for one in of_home(home) if one.is_running()] == []


def test_up_runs_everything_and_leaves_nothing_running(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "project"
    folder.mkdir()
    # What other projects have, too.
    for name in ("config.py", "models.py", "tasks.py"):
        (folder / name).write_text("raise SystemExit('the wrong one')")
    with taken(PORTS.values()), up(home, folder) as process:
        checks = examine(settings())
        assert {one.name: one.told for one in checks if not one.good} == {}
        reached = {one.name for one in checks if one.server and one.server.reached}
        assert reached == {"database", "broker", "media store", "event queue"}
        file = home / "settings.toml"
        assert file.read_text().startswith(BY_STACK)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        with pytest.raises(PermanentError, match="runs in"):
            Stack(home).start()
        assert file.exists(), "the second one leaves the first one's settings"
        assert "embedded@" in eventually(lambda: _flower(home))
        assert _listening_elsewhere(home) == []
        (beat,) = _named(home, "beat")
        beat.kill()
        assert eventually(lambda: [one for one in _named(home, "beat") if one.pid != beat.pid])
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
    gone(home)
    assert not (home / "settings.toml").exists()
    logs = {one.name: one.read_text() for one in (home / "logs").glob("*.log")}
    assert set(logs) == {"worker.log", "upkeep.log", "beat.log", "intake.log", "flower.log"}
    assert [name for name, text in logs.items() if "Warning" in text or "Traceback" in text] == []


def _named(home: Path, word: str) -> list[psutil.Process]:
    return [one for one in of_home(home) if word in one.cmdline()]


def _flower(home: Path) -> str | None:
    """The workers as Flower sees them; nobody sees them without the password."""
    given = settings().flower
    assert given.password is not None
    url = f"http://127.0.0.1:{given.port}/workers?json=1"
    try:
        assert httpx.get(url, timeout=10).status_code == 401
        text = httpx.get(url, auth=(given.user, given.password.get_secret_value()), timeout=10).text
    except httpx.TransportError:
        return None
    for one in of_home(home):
        assert given.password.get_secret_value() not in " ".join(one.cmdline())
    return text if "embedded@" in text else None


def _listening_elsewhere(home: Path) -> list[str]:
    """Addresses other than loopback."""
    return [
        one.laddr.ip
        for process in of_home(home)
        for one in process.net_connections("inet")
        if one.status == psutil.CONN_LISTEN and one.laddr.ip not in {"127.0.0.1", "::1"}
    ]


def test_what_was_uploaded_before_a_kill_is_analysed_after_it(
    tmp_path: Path, fixtures: Path
) -> None:
    home = tmp_path / "home"
    script = (
        "import sys, time; from pathlib import Path; from embedded.stack import Stack\n"
        f"Stack(Path({str(home)!r}), worker='tests.quick_worker', flower=False, intake=False)"
        ".start(); print('ready', flush=True); time.sleep(600)"
    )
    gate = str(home / "gate")
    with (
        environment(COLLOQUY_HOME=str(home), PYTHONPATH=str(ROOT), COLLOQUY_TEST_GATE=gate),
        subprocess.Popen(
            [sys.executable, "-P", "-c", script], stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        talk = submit(settings(), fixtures / "short.ogg", user="demo", learner="S2")
        eventually(lambda: list((home / "storage/objects").rglob("*short.ogg.object")))
        assert len(of_home(home)) > 4
        process.kill()
    gone(home)
    with running(home) as stack, database_of(stack) as store:
        assert ended(store, talk).state == "completed"


SOON = {
    "COLLOQUY_RELIABILITY__LEASE_SECONDS": "10",
    "COLLOQUY_RELIABILITY__UNTAKEN_SECONDS": "5",
    "COLLOQUY_RELIABILITY__UPKEEP_SECONDS": "2",
}
HEALED = 200.0
"""Seconds for a run whose server was killed, on a machine that may be busy."""


def kill_in_the_middle(
    stack: Stack, store: Sessions, server: Postgres | Valkey | Storage, recording: Path
) -> None:
    """While a stage works; the run comes to its end all the same."""
    gate = stack.home / "gate"
    gate.write_text("wait")
    talk = submit(settings(), recording, user="demo", learner="S2")
    eventually(gate.with_suffix(".wait").exists)
    # The sound that was stored last is in the folder a second later.
    eventually(lambda: list(stack.home.glob(f"storage/objects/derived*{talk}*.object")))
    pid, port = server.pid, server.port
    psutil.Process(pid).kill()
    eventually(lambda: server.pid not in {None, pid})
    gate.unlink()
    assert ended(store, talk, HEALED).state == "completed"
    assert server.port == port
    gate.with_suffix(".wait").unlink()


def test_servers_that_are_killed_are_started_again_where_they_were_and_nothing_is_lost(
    tmp_path: Path, fixtures: Path
) -> None:
    def kill_each(stack: Stack, store: Sessions) -> None:
        try:
            for server in (stack.valkey, stack.postgres, stack.storage):
                kill_in_the_middle(stack, store, server, fixtures / "short.ogg")
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    with (
        running(tmp_path, intake=True, worker=QUICK, **SOON) as stack,
        database_of(stack) as store,
        handlers_kept(),
        ThreadPoolExecutor() as beside,
    ):
        done = beside.submit(kill_each, stack, store)
        stack.run_forever()
        done.result()


def test_a_server_whose_place_is_taken_ends_the_stack_with_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embedded.stack.TRIES", 2)
    with running(tmp_path, intake=False) as stack, handlers_kept():
        process = psutil.Process(stack.valkey.pid)
        process.suspend()
        process.kill()
        eventually(lambda: is_free(stack.valkey.port))
        with (
            taken([stack.valkey.port]),
            pytest.raises(PermanentError, match="another program listens"),
        ):
            stack.run_forever()


def _media(server: Storage) -> S3Media:
    return S3Media(
        BUCKET, endpoint_url=server.endpoint_url, region=REGION, access_key="k", secret_key="s"
    )


def test_objects_outlive_a_restart_with_any_name(tmp_path: Path) -> None:
    names = [
        "uploads/a/my talk + more 100%25 Zürich.wav",
        "uploads/a/x", "uploads/a/x.told", "uploads/a/x.object", "uploads/a/" + "ü" * 150,
    ]  # fmt: skip
    server = Storage(tmp_path)
    server.start()
    (tmp_path / "x").write_bytes(b"x" * 10)
    media = _media(server)
    for name in names:
        media.upload(name, tmp_path / "x", {"colloquy-title": name})
    media.upload("uploads/gone", tmp_path / "x", {})
    eventually(lambda: list((tmp_path / "objects").rglob("*gone.object")))
    media.remove("uploads/gone")
    media.upload("uploads/half", tmp_path / "x", {})
    server.stop()
    # As a power cut may leave it; all others are served all the same.
    next((tmp_path / "objects").rglob("*half.told")).write_text("")
    again = Storage(tmp_path)
    again.start()
    try:
        media = _media(again)
        for name in names:
            head = media.head(name)
            assert head is not None, name
            assert (head.size, head.metadata) == (10, {"colloquy-title": name})
        assert not media.exists("uploads/gone")
        assert not media.exists("uploads/half")
    finally:
        again.stop()
