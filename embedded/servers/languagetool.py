"""LanguageTool 6.8 from Maven: English and French, and the three languages that its guesser asks for."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import requests

from embedded.servers.packages import cache, check, data, maven
from embedded.servers.server import HOST, Server

VERSION = "6.8"
PROPERTIES = (
    "maxTextLength=100000\nmaxCheckTimeMillis=60000\nmaxCheckThreads=2\npipelineCaching=true\n"
)


class LanguageTool(Server):
    """Without TLS and password, which it has not: for loopback, or behind a proxy that has them."""

    name = "languagetool"
    port_wanted = 18010
    patience = 120.0  # two to seven were seen, a loaded machine may take long to load 130 jars

    @property
    def _jars(self) -> Path:
        return cache() / f"languagetool-{VERSION}-en-fr" / "libs"

    def fetch(self) -> None:
        """About 100 MB, into the cache in one step."""
        if self._jars.exists():
            return
        with tempfile.TemporaryDirectory(dir=cache()) as name:
            folder = Path(name) / "languagetool"
            folder.mkdir()
            shutil.copy(data("languagetool-pom.xml"), folder / "pom.xml")
            maven(
                *("-f", str(folder / "pom.xml"), "dependency:copy-dependencies"),
                *("-DincludeScope=runtime", f"-DoutputDirectory={folder / 'libs'}"),
            )
            check(folder / "libs", "languagetool.sha256")
            folder.replace(self._jars.parent)

    def version(self) -> str:
        """That of the jars."""
        return VERSION

    def command(self) -> list[str]:
        """Without `nodelay` every request on a kept connection takes 40 ms more."""
        properties = self.folder / "server.properties"
        properties.write_text(PROPERTIES, encoding="utf-8")
        return [
            *("java", "-Dsun.net.httpserver.nodelay=true", "-Xmx768m", "-cp", f"{self._jars}/*"),
            *("org.languagetool.server.HTTPServer", "--config", str(properties)),
            *("--port", str(self.port)),
        ]

    def answers(self) -> bool:
        """Its own check of its health."""
        try:
            return requests.get(f"{self.url}/v2/healthcheck", timeout=5).ok
        except OSError:
            return False

    @property
    def url(self) -> str:
        """Its root."""
        return f"http://{HOST}:{self.port}"

    def settings(self) -> str:
        """Only the address."""
        return f'[grammar]\nurl = "{self.url}"\n'
