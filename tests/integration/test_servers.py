"""How `make services` starts, keeps and ends a server, on a small one; the real ones are in test_real_servers."""

from __future__ import annotations

import os
import signal
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from embedded.process import is_free
from embedded.servers import fleet, packages, s3, server
from embedded.servers.__main__ import main
from embedded.servers.certificates import Authority
from embedded.servers.daemon import Daemon, kept
from embedded.servers.elasticsearch import Elasticsearch
from embedded.servers.languagetool import LanguageTool
from embedded.servers.postgres import Postgres
from embedded.servers.redis import Redis
from embedded.servers.server import HOST, Server
from pipeline.errors import PermanentError
from tests.waiting import eventually


class Small(Server):
    """Serves its own folder, and ends when a file tells it to hang."""

    name = "small"
    port_wanted = 18999
    patience = 20.0

    def fetch(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def version(self) -> str:
        return "1"

    def command(self) -> list[str]:
        return [sys.executable, "-m", "http.server", "--bind", HOST, str(self.port)]

    def answers(self) -> bool:
        if (self.folder / "hangs").exists():
            return False
        try:
            urllib.request.urlopen(f"http://{HOST}:{self.port}", timeout=2).close()
        except OSError:
            return False
        return True

    def settings(self) -> str:
        return f"[grammar]\nurl = 'http://{HOST}:{self.port}'\n"


class Broken(Small):
    """Ends at once."""

    name = "broken"
    port_wanted = 18998

    def command(self) -> list[str]:
        return [sys.executable, "-c", "raise SystemExit('no')"]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Small]:
    made = Small(tmp_path / "small", Authority(tmp_path / "certificates"))
    yield made
    made.stop()


def test_a_second_start_finds_it_running(small: Small) -> None:
    assert small.start()
    first = small.daemon
    assert first is not None
    again = Small(small.folder, small.authority)
    assert not again.start()
    assert (again.daemon, again.port) == (first, first.port)
    assert again.stop()
    assert small.daemon is None
    assert not again.stop()


def test_one_that_was_killed_comes_back_at_its_port(small: Small) -> None:
    small.start()
    first = small.daemon
    assert first is not None
    psutil.Process(first.pid).kill()
    eventually(lambda: is_free(first.port))
    again = Small(small.folder, small.authority)
    assert again.start()
    assert again.daemon is not None
    assert (again.port, again.daemon.pid != first.pid) == (first.port, True)


def test_one_that_hangs_is_started_anew(small: Small) -> None:
    small.start()
    first = small.daemon
    assert first is not None
    # It answers no more, until it has another process.
    hangs = small.folder / "hangs"
    hangs.touch()

    class Mended(Small):
        def command(self) -> list[str]:
            hangs.unlink()
            return super().command()

    assert Mended(small.folder, small.authority).start()
    assert not psutil.pid_exists(first.pid) or small.daemon != first


def test_one_that_does_not_come_up_is_told_with_its_log(tmp_path: Path) -> None:
    broken = Broken(tmp_path / "broken", Authority(tmp_path / "certificates"))
    with pytest.raises(PermanentError, match="broken does not start") as caught:
        broken.start()
    log = tmp_path / "broken" / "broken.log"
    assert str(log) in caught.value.advice
    assert "no" in log.read_text()
    assert broken.daemon is None


def test_another_process_of_the_same_number_is_not_taken_for_the_server(tmp_path: Path) -> None:
    mine = psutil.Process()
    file = tmp_path / "process.json"
    Daemon(pid=mine.pid, created=mine.create_time() - 60, port=1, seconds=1).keep(file)
    found = kept(file)
    assert found is not None
    assert found.process is None
    found.end(signal.SIGTERM)  # or this test would end here
    Daemon(pid=mine.pid, created=mine.create_time(), port=1, seconds=1).keep(file)
    found = kept(file)
    assert found is not None
    assert found.process == mine
    assert found.megabytes > 1


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}'])
def test_a_half_written_note_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "process.json").write_text(text)
    assert kept(tmp_path / "process.json") is None


def test_what_was_downloaded_is_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sums = tmp_path / "sums"
    monkeypatch.setattr(packages, "data", lambda _: sums)
    folder = tmp_path / "got"
    folder.mkdir()
    (folder / "a.jar").write_bytes(b"a")
    sums.write_text(f"{packages.digest(folder / 'a.jar')}  a.jar\n")
    packages.check(folder, "sums")
    (folder / "b.jar").write_bytes(b"b")
    with pytest.raises(PermanentError, match=r"b\.jar"):
        packages.check(folder, "sums")
    (folder / "b.jar").unlink()
    (folder / "a.jar").write_bytes(b"c")
    with pytest.raises(PermanentError, match=r"a\.jar") as caught:
        packages.check(folder, "sums")
    assert str(folder) in caught.value.advice


def test_every_download_has_its_sum() -> None:
    for name, jars in (("languagetool.sha256", 100), ("elasticsearch.sha256", 1)):
        lines = packages.data(name).read_text().splitlines()
        assert len(lines) >= jars
        assert all(len(line.split()[0]) == 64 for line in lines)
    assert "versitygw v" in (packages.data("versitygw") / "go.sum").read_text()
    assert "--hash=sha256:" in packages.data("go.txt").read_text()


def test_what_only_root_can_install_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("embedded.servers.postgres.PROGRAMS", tmp_path)
    authority = Authority(tmp_path / "certificates")
    for one, package in (
        (Postgres, "postgresql-15-pgaudit"),
        (Redis, "redis-server"),
        (LanguageTool, "maven"),
        (Elasticsearch, "openjdk-17-jre-headless"),
    ):
        with pytest.raises(PermanentError, match="There is no") as caught:
            one(tmp_path / one.name, authority).fetch()
        assert package in caught.value.advice


def test_a_go_that_is_too_old_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = tmp_path / "go"
    old.write_text("#!/bin/sh\necho go version go1.19.8 linux/amd64\n")
    old.chmod(0o755)
    monkeypatch.setattr("shutil.which", lambda _: str(old))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    ran: list[tuple[str, ...]] = []
    monkeypatch.setattr(s3, "run", lambda *command: ran.append(command))
    assert s3._go() == str(tmp_path / "cache/colloquy/go/bin/go")
    assert "--require-hashes" in ran[-1]
    old.write_text("#!/bin/sh\necho go version go1.25.0 linux/amd64\n")
    assert s3._go() == str(old)


def test_passwords_and_keys_are_their_owners_alone(small: Small) -> None:
    assert len(small.password) >= 32
    assert Small(small.folder, small.authority).password == small.password
    pair = small.authority.pair("a")
    for secret in (small.folder / "password", pair.key, small.authority.ca.with_suffix(".key")):
        assert secret.stat().st_mode & 0o077 == 0
    assert small.authority.pair("a") == pair


def test_the_command_tells_what_runs_and_where_the_settings_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLLOQUY_HOME", str(tmp_path))
    monkeypatch.setattr(fleet, "SERVERS", (Small,))
    try:
        assert main("start") == 0
        assert "small started" in capsys.readouterr().out
        assert main("start") == 0
        told = capsys.readouterr().out
        assert "small runs already" in told
        file = tmp_path / "servers" / "settings.toml"
        assert f"COLLOQUY_SETTINGS={file}" in told
        assert file.stat().st_mode & 0o077 == 0
    finally:
        assert main("stop") == 0
    assert "small stopped" in capsys.readouterr().out
    assert not file.exists()
    assert main("status") == 0
    assert "small" not in capsys.readouterr().out
    assert main("other") == 2


def test_one_that_fails_keeps_no_other_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLLOQUY_HOME", str(tmp_path))
    monkeypatch.setattr(fleet, "SERVERS", (Broken, Small))
    try:
        assert main("start") == 1
        told = capsys.readouterr()
        assert "small started" in told.out
        assert "broken does not start" in told.err
        assert not (tmp_path / "servers" / "settings.toml").exists()
    finally:
        main("stop")


def test_root_becomes_an_ordinary_user_where_a_server_refuses_it() -> None:
    assert bool(server.as_user()) == (os.geteuid() == 0)
