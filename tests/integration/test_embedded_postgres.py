from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from embedded import postgres
from embedded.postgres import Postgres
from pipeline.errors import PermanentError


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Postgres]:
    server = Postgres(tmp_path / "postgres")
    yield server
    server.stop()


def ask(server: Postgres, statement: str) -> object:
    address = server.url.replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as connection:
        found = connection.execute(statement.encode())
        return found.fetchone() if found.description else None


def test_data_outlive_a_stop_and_a_killed_server(made: Postgres, tmp_path: Path) -> None:
    made.start()
    made.start()
    ask(made, "CREATE TABLE kept AS SELECT 1 AS n")
    url = made.url
    made.stop()
    made.start()
    assert made.url == url, "who was connected finds it again"
    assert made.pid is not None
    os.kill(made.pid, signal.SIGKILL)
    made.stop()
    made.start()
    assert ask(made, "SELECT n FROM kept") == (1,)
    password = tmp_path / "postgres" / "password"
    assert stat.S_IMODE(password.stat().st_mode) == 0o600
    made.stop()
    assert made.pid is None


def test_a_wrong_password_is_refused(server: Postgres) -> None:
    address = server.url.replace("+psycopg", "")
    user, rest = address.split("@")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(f"{user}x@{rest}")


def test_neither_a_port_that_is_taken_nor_a_broken_off_beginning_is_an_obstacle(
    tmp_path: Path,
) -> None:
    broken = tmp_path / "data.new"
    broken.mkdir()
    (broken / "PG_VERSION").write_text("17\n")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = Postgres(tmp_path, port=taken.getsockname()[1])
        server.start()
        assert ask(server, "SELECT 1") == (1,)
        server.stop()


PARENT = """
import pathlib, sys, time
from embedded.postgres import Postgres
server = Postgres(pathlib.Path(sys.argv[1]))
server.start()
print(server.pid, flush=True)
time.sleep(60)
"""


def test_a_server_dies_with_its_killed_parent_and_the_next_one_waits_for_it(
    made: Postgres, tmp_path: Path
) -> None:
    folder = str(tmp_path / "postgres")
    with subprocess.Popen([sys.executable, "-c", PARENT, folder], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        orphan = int(parent.stdout.readline())
        parent.kill()
    made.start()
    assert ask(made, "SELECT 1") == (1,)
    limit = time.monotonic() + 10
    while Path(f"/proc/{orphan}/cwd").exists() and time.monotonic() < limit:
        time.sleep(0.05)
    assert not Path(f"/proc/{orphan}/cwd").exists()


@pytest.fixture
def no_namespaces(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A system that lets nobody make a user namespace."""
    monkeypatch.setattr(postgres, "NAMESPACE", ("false",))
    postgres._needs_nobody.cache_clear()
    yield
    postgres._needs_nobody.cache_clear()


@pytest.mark.usefixtures("no_namespaces")
def test_without_user_namespaces_it_runs_all_the_same() -> None:
    # pytest's own folders are closed to other users.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        server = Postgres(Path(folder) / "postgres")
        server.start()
        assert ask(server, "SELECT 1") == (1,)
        server.stop()
        server.start()
        assert server.pid is not None
        assert Path(f"/proc/{server.pid}").stat().st_uid != 0
        server.stop()


@pytest.mark.usefixtures("no_namespaces")
def test_a_folder_that_nobody_may_enter_is_told(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = Postgres(closed / "postgres")
    if os.geteuid() == 0:
        with pytest.raises(PermanentError, match="refuses to run as root"):
            server.start()
    else:
        server.start()
        server.stop()
