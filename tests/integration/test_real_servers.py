"""Real servers with a wrong certificate, an old TLS or a wrong password, and what they refuse themselves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psutil
import psycopg
import pytest
import redis
from pydantic import SecretStr
from sqlalchemy.exc import OperationalError

from config.settings import Settings, TlsSettings
from embedded.servers.certificates import Authority
from embedded.servers.elasticsearch import Elasticsearch
from embedded.servers.fleet import SERVERS, Fleet
from embedded.servers.postgres import ADMIN, Postgres
from embedded.servers.redis import Redis
from embedded.servers.server import Server
from pipeline.errors import UnavailableError
from tests.peers import relay
from tests.servers import HOME, free_port, real_database, real_postgres
from workers.checks import Check
from workers.doctor import ADVICE, _sentence
from workers.server_look import look_at
from workers.servers import server_looks

pytestmark = pytest.mark.servers

ROOT = Path(__file__).parents[2]
COLLOQUY = Path(sys.executable).with_name("colloquy")
NAMES = {"database", "broker", "media store", "grammar", "search"}
"""The doctor's checks of servers."""
GROUPS = {"database": "database", "broker": "broker", "search": "search", "media store": "media"}
"""Of settings, of what is met with TLS and a password."""
OLD: dict[str, type[Server]] = {"database": Postgres, "broker": Redis, "search": Elasticsearch}
REFUSALS: dict[str, type[Exception]] = {
    "database": OperationalError,
    "broker": redis.ConnectionError,
    "search": UnavailableError,
    "media store": UnavailableError,
}
"""How its client tells what it does not go on with."""


def check(name: str, given: Settings) -> Check:
    """What the doctor says of it."""
    return look_at(name, server_looks(given)[name], given, partial(_sentence, ADVICE[name]))


def changed(given: Settings, group: str, **changes: object) -> Settings:
    """The settings with some of one group changed."""
    told = getattr(given, group).model_copy(update=changes)
    return given.model_copy(update={group: told})


def other(kind: type[Server], folder: Path, authority: Authority) -> Server:
    """One more of a kind, on a port of its own, that speaks TLS 1.2 only."""
    made: type[Server] = type(kind.__name__, (kind,), {"port_wanted": free_port()})
    return made(folder, authority, tls="1.2")


@pytest.fixture(scope="module", params=list(GROUPS))
def old(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, real: Settings
) -> Iterator[tuple[str, Settings]]:
    """A real server that speaks TLS 1.2 only, by another authority; and how it would be reached.

    versitygw has no flag for it, and Go no variable: a relay stands before the one that runs.
    """
    name: str = request.param
    folder = tmp_path_factory.mktemp("old")
    authority = Authority(folder / "certificates")
    if name == "media store":
        behind = urlsplit(real.media.endpoint_url or "").port
        assert behind
        assert real.media.ca
        with relay(authority.pair("relay"), behind, real.media.ca) as port:
            url = f"https://127.0.0.1:{port}"
            yield name, changed(real, "media", endpoint_url=url, ca=authority.ca)
        return
    made = other(OLD[name], folder / "server", authority)
    made.start()
    try:
        yield name, Settings(**tomllib.loads(made.settings()))
    finally:
        made.stop()


def test_a_server_with_old_tls_is_refused_until_it_is_allowed(old: tuple[str, Settings]) -> None:
    name, given = old
    found = check(name, given)
    assert not found.good
    assert "speaks no TLS that is new enough" in found.told
    assert "COLLOQUY_TLS__LEAST" in found.told
    assert found.server
    assert not found.server.reached
    allowed = check(name, given.model_copy(update={"tls": TlsSettings(least="1.2")}))
    assert allowed.good, allowed.told
    assert allowed.server
    assert allowed.server.tls == "TLSv1.2"


def test_the_client_that_does_the_work_refuses_both_itself(
    old: tuple[str, Settings], real: Settings
) -> None:
    name, given = old
    allowed = given.model_copy(update={"tls": TlsSettings(least="1.2")})
    strange = changed(allowed, GROUPS[name], ca=real.database.ca)
    for wrong, sentence in ((given, "no TLS that is new enough"), (strange, "is not trusted")):
        with pytest.raises(REFUSALS[name]) as caught:
            server_looks(wrong)[name].ask(wrong)
        if isinstance(caught.value, UnavailableError):
            assert caught.value.code == f"{GROUPS[name]}-tls"
            assert sentence in caught.value.message


def test_a_server_with_a_strange_certificate_is_refused(
    old: tuple[str, Settings], real: Settings
) -> None:
    name, given = old
    given = given.model_copy(update={"tls": TlsSettings(least="1.2")})
    found = check(name, changed(given, GROUPS[name], ca=real.database.ca))
    assert not found.good
    assert "a certificate that is not trusted here" in found.told
    assert f"COLLOQUY_{GROUPS[name].upper()}__CA" in found.told
    assert found.server
    assert not found.server.reached


@pytest.mark.parametrize(
    ("name", "setting", "named"),
    [
        ("database", "url", "COLLOQUY_DATABASE__URL"),
        ("broker", "url", "COLLOQUY_BROKER__URL"),
        ("search", "password", "search.password"),
        ("media store", "secret_key", "media.secret_key"),
    ],
)
def test_a_wrong_password_is_told_and_not_shown(
    real: Settings, name: str, setting: str, named: str
) -> None:
    group = GROUPS[name]
    right: SecretStr = getattr(getattr(real, group), setting)
    text = right.get_secret_value()
    password = urlsplit(text).password or text
    wrong = text.replace(password, "hush")
    found = check(name, changed(real, group, **{setting: SecretStr(wrong)}))
    assert not found.good
    assert "refuses" in found.told
    assert named in found.told
    assert "hush" not in found.told
    assert found.server
    assert (found.server.reached, found.server.tls) == (True, "TLSv1.3")


@pytest.mark.parametrize("name", list(GROUPS))
def test_nobody_gets_in_unencrypted(real: Settings, name: str) -> None:
    assert real.database.url
    assert real.broker.url
    url = real.database.url.get_secret_value()
    given = {
        "database": lambda: changed(
            real, "database", url=SecretStr(f"{url}?sslmode=disable"), ca=None
        ),
        "broker": lambda: changed(
            real, "broker", url=SecretStr(plain(real.broker.url.get_secret_value()))
        ),
        "media store": lambda: changed(
            real, "media", endpoint_url=plain(real.media.endpoint_url), ca=None
        ),
        "search": lambda: changed(real, "search", url=plain(real.search.url), ca=None),
    }[name]()
    found = check(name, given)
    assert not found.good
    if name == "database":
        assert "encrypted connections only" in found.told
        assert "COLLOQUY_DATABASE__CA" in found.told


def plain(url: str | None) -> str:
    """The same address without TLS."""
    assert url
    return url.replace("https:", "http:").replace("rediss:", "redis:")


def told(*command: str) -> subprocess.CompletedProcess[str]:
    """What a command of ours says, told of the real servers as operators do it."""
    kept = {name: one for name, one in os.environ.items() if not name.startswith("COLLOQUY_")}
    return subprocess.run(
        command,
        env=kept
        | {
            "COLLOQUY_HOME": str(HOME.parent),
            "COLLOQUY_SETTINGS": str(HOME / "settings.toml"),
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_the_doctor_reaches_all_of_them(real: Settings) -> None:
    del real
    checks = {
        one["name"]: one for one in json.loads(told(str(COLLOQUY), "doctor", "--json").stdout)
    }
    for name in NAMES:
        found = checks[name]
        assert found["good"], found["told"]
        assert found["server"]["reached"]
        # S3 has no question for it, and versitygw does not say it by itself.
        assert bool(found["server"]["version"]) == (name != "media store")
        assert found["server"]["round_trip_ms"] > 0
        assert found["server"]["tls"] == "TLSv1.3"
    assert "VERSITYGW, which tells no version" in checks["media store"]["told"]
    assert checks["schema"]["good"], "make services brought it to the newest"


def test_a_second_start_finds_all_of_them_running(real: Settings) -> None:
    del real
    before = {one.name: one.pid for one in Fleet(HOME).lines()}
    assert set(before) == {one.name for one in SERVERS}
    said = told(sys.executable, "-P", "-m", "embedded.servers", "start")
    assert said.returncode == 0, said.stderr
    assert said.stdout.count("runs already") == len(SERVERS)
    assert {one.name: one.pid for one in Fleet(HOME).lines()} == before


def test_no_list_of_processes_and_no_log_has_a_password(real: Settings) -> None:
    del real
    for one in Fleet(HOME).servers:
        assert one.daemon
        process = psutil.Process(one.daemon.pid)
        for running in (process, *process.children(recursive=True)):
            assert one.password not in " ".join(running.cmdline())
        assert one.password not in (one.folder / f"{one.name}.log").read_text()


def test_changes_of_tables_and_of_rights_are_written_down_and_nothing_that_was_said(
    real: Settings,
) -> None:
    del real
    table = f"audited_{uuid4().hex[:8]}"
    with real_database() as url:
        address = url.replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True) as admin:
            admin.execute("CREATE EXTENSION pgaudit")
            admin.execute(f"CREATE TABLE {table} (said text)")
            admin.execute(f"GRANT SELECT ON {table} TO colloquy")
            admin.execute(f"INSERT INTO {table} VALUES (%s)", ["what Anna said"])  # noqa: S608 - its name is above
    log = (real_postgres().folder / "postgres.log").read_text()
    lines = [line for line in log.splitlines() if table in line]
    assert [line.split(",")[3] for line in lines if "AUDIT" in line] == ["DDL", "ROLE"]
    assert "Anna" not in log


def test_the_users_that_colloquy_has_are_no_administrators(real: Settings) -> None:
    del real
    server = real_postgres()
    address = server.trusted_url().replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as connection:
        asked = (
            "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        )
        assert connection.execute(asked).fetchone() == (False, False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("ALTER SYSTEM SET ssl = off")
    with psycopg.connect(
        server.trusted_url(ADMIN, "postgres").replace("+psycopg", "")
    ) as connection:
        hashed = (
            "SELECT bool_and(rolpassword LIKE 'SCRAM-SHA-256$%') FROM pg_authid WHERE rolcanlogin"
        )
        assert connection.execute(hashed).fetchone() == (True,)
