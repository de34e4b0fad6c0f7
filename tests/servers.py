"""Starts a real LanguageTool server for the tests, from Maven's packages, once for each run."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LANGUAGETOOL = "6.8"
LANGUAGES = ("en", "fr", "es", "ca", "pt")
"""English and French alone do not start: the server's language guesser asks for the other three."""
HEALTHY_WITHIN = 120.0
"""Seconds; two to seven were seen, a loaded machine may take long to load a hundred jars."""
STOPPED_WITHIN = 20.0

DEPENDENCY = "<dependency><groupId>org.languagetool</groupId><artifactId>{}</artifactId><version>{}</version>{}</dependency>"
WITHOUT_ALL = (
    "<exclusions><exclusion><groupId>org.languagetool</groupId>"
    "<artifactId>language-all</artifactId></exclusion></exclusions>"
)
POM = (
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
    "<groupId>local</groupId><artifactId>lt</artifactId><version>1</version><packaging>pom</packaging>"
    "<dependencies>{}</dependencies></project>"
)
PROPERTIES = "maxTextLength=100000\nmaxCheckTimeMillis=60000\nmaxCheckThreads=2\n"


def tools_folder() -> Path:
    """Where downloaded servers are kept between runs: `COLLOQUY_TOOLS`, else in the user's cache."""
    return Path(os.environ.get("COLLOQUY_TOOLS", Path.home() / ".cache" / "colloquy-tools"))


def languagetool_jars() -> Path:
    """The folder with the server's jars, got with Maven when it is not there (about 100 MB)."""
    home = tools_folder() / "-".join(("languagetool", LANGUAGETOOL, *LANGUAGES))
    jars, complete = home / "libs", home / "complete"
    if complete.exists():
        return jars
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            raise RuntimeError(
                f"The LanguageTool server needs {program}: install Java 17 and Maven."
            )
    jars.mkdir(parents=True, exist_ok=True)
    server = DEPENDENCY.format("languagetool-server", LANGUAGETOOL, WITHOUT_ALL)
    languages = [DEPENDENCY.format(f"language-{one}", LANGUAGETOOL, "") for one in LANGUAGES]
    (home / "pom.xml").write_text(POM.format("".join((server, *languages))), encoding="utf-8")
    subprocess.run(
        [
            *("mvn", "-q", "-B", "-f", home / "pom.xml", "dependency:copy-dependencies"),
            *("-DincludeScope=runtime", f"-DoutputDirectory={jars}"),
        ],
        check=True,
        timeout=900,
    )
    complete.touch()
    return jars


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def languagetool_server(folder: Path) -> Iterator[str]:
    """The root URL of a running server; its log stands in `folder` and in the error if it fails."""
    jars, port = languagetool_jars(), free_port()
    properties, log = folder / "server.properties", folder / "languagetool.log"
    properties.write_text(PROPERTIES, encoding="utf-8")
    command = [
        # without nodelay every request on a kept connection takes 40 ms more
        *("java", "-Dsun.net.httpserver.nodelay=true", "-Xmx768m", "-cp", f"{jars}/*"),
        *("org.languagetool.server.HTTPServer", "--config", str(properties), "--port", str(port)),
    ]
    with log.open("wb") as out:
        server = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(f"{url}/v2/healthcheck", server, log)
            yield url
        finally:
            server.terminate()
            try:
                server.wait(STOPPED_WITHIN)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + HEALTHY_WITHIN
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own loopback URL
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"The LanguageTool server did not start:\n{log.read_text()[-2000:]}")
