"""The servers of others in the Compose file: each takes TLS and its password, and nothing less.

versitygw is in test_real_webhook, with the receiver that it does not start without.
"""

from __future__ import annotations

import re
import ssl
from pathlib import Path

import psycopg
import pytest
import redis
import requests

from config.tls import redis_options
from pipeline.adapters.languagetool import LanguageToolServer
from pipeline.errors import UnavailableError
from tests.integration import composed
from tests.integration.composed import SERVICES, local, plaintext, spoken
from workers.reach import POSTGRES


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return composed.make_secrets(tmp_path_factory.mktemp("made"))[0]


def test_postgresql(secrets: Path, tmp_path: Path) -> None:
    with composed.postgres(secrets, tmp_path / "pg") as port:
        address = local(secrets, "colloquy_database__url", "@postgres:5432", port)
        address = address.replace("+psycopg", "")
        with psycopg.connect(address) as connection:
            shown = [
                connection.execute(f"SHOW {name}").fetchone()
                for name in ("max_connections", "log_parameter_max_length_on_error")
            ]
            mine = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
            assert connection.execute(mine).fetchone() == ("TLSv1.3",)
        assert shown == [("200",), ("0",)]
        assert "sslmode=verify-full" in address
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(re.sub(r":\w+@", ":wrong@", address))
        with pytest.raises(psycopg.OperationalError, match="no encryption"):
            psycopg.connect(address.replace("verify-full", "disable"))
        assert spoken(port, secrets, greeting=POSTGRES) == "TLSv1.3"
        assert spoken(port, secrets, ssl.TLSVersion.TLSv1_2, POSTGRES) is None
        key = tmp_path / "pg" / "server.key"
        assert key.stat().st_mode & 0o777 == 0o600


@pytest.mark.servers
def test_valkey(secrets: Path, tmp_path: Path) -> None:
    with composed.valkey(secrets, tmp_path / "vk") as port:
        url = local(secrets, "colloquy_broker__url", "@valkey:6379", port)
        options = redis_options(url, secrets / "ca", "1.3")
        with redis.Redis.from_url(url, **options) as broker:
            assert broker.ping()
            policy = broker.config_get("maxmemory-policy")
            assert policy == {"maxmemory-policy": "noeviction"}
        with (
            redis.Redis.from_url(f"rediss://127.0.0.1:{port}", **options) as nobody,
            pytest.raises(redis.AuthenticationError),
        ):
            nobody.ping()
        with (
            redis.Redis.from_url(url.replace("rediss:", "redis:")) as plain,
            pytest.raises(redis.ConnectionError),
        ):
            plain.ping()
        assert spoken(port, secrets) == "TLSv1.3"
        assert spoken(port, secrets, ssl.TLSVersion.TLSv1_2) is None


@pytest.mark.servers
def test_languagetool(secrets: Path, tmp_path: Path) -> None:
    with composed.languagetool(secrets, tmp_path) as port:
        url = f"https://127.0.0.1:{port}"
        checker = LanguageToolServer(url, ca=secrets / "ca")
        assert checker.check(["She go home."], "en")[0]
        with pytest.raises(UnavailableError) as told:
            LanguageToolServer(url).check(["She go home."], "en")
        assert told.value.code == "grammar-tls"
        limits = requests.get(f"{url}/v2/maxtextlength", verify=str(secrets / "ca"), timeout=30)
        assert limits.text == "100000"
        assert plaintext(port) == ""
        assert spoken(port, secrets) == "TLSv1.3"
        assert spoken(port, secrets, ssl.TLSVersion.TLSv1_2) is None


@pytest.mark.servers
def test_elasticsearch(secrets: Path, tmp_path: Path) -> None:
    """Its settings and its health check, and what its entry point does before the image's own script."""
    with composed.elasticsearch(secrets, tmp_path / "es") as server:
        answer = requests.get(
            f"https://127.0.0.1:{server.port}",
            auth=("elastic", "wrong"),
            verify=str(secrets / "ca"),
            timeout=30,
        )
        assert answer.status_code == 401
        assert plaintext(server.port) == ""
        assert spoken(server.port, secrets) == "TLSv1.3"
        assert spoken(server.port, secrets, ssl.TLSVersion.TLSv1_2) is None
        key = tmp_path / "es" / "config" / "http.key"
        assert key.stat().st_mode & 0o777 == 0o600
    assert server.told == (secrets / "colloquy_search__password").read_text().strip()
    # Its own protocol between nodes is not encrypted, and nobody else comes to it.
    assert SERVICES["elasticsearch"]["environment"]["transport.host"] == "127.0.0.1"
