"""LanguageTool 6.8 from Maven: English and French, and the three languages that its guesser asks for."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import requests
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509 import load_pem_x509_certificate

from embedded.process import write_secret
from embedded.servers.packages import cache, check, data, maven
from embedded.servers.server import HOST, Server

VERSION = "6.8"
VERSIONS = ("1", "1.1", "1.2", "1.3")
"""All versions of TLS, as Java calls them; it speaks what it is not forbidden."""
PROPERTIES = (
    "maxTextLength=100000\nmaxCheckTimeMillis=60000\nmaxCheckThreads=2\npipelineCaching=true\n"
)


class LanguageTool(Server):
    """By its HTTPS server; without a password, which it has not: for loopback and private networks."""

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
        properties, java = self.folder / "server.properties", self.folder / "java.security"
        told = f"keystore={self._keystore()}\npassword={self.password}\n"
        write_secret(properties, PROPERTIES + told)
        others = ", ".join(f"TLSv{one}" for one in VERSIONS if one != self.tls)
        java.write_text(f"jdk.tls.disabledAlgorithms=SSLv3, {others}\n", encoding="utf-8")
        return [
            *("java", "-Dsun.net.httpserver.nodelay=true", f"-Djava.security.properties={java}"),
            *("-Xmx768m", "-cp", f"{self._jars}/*", "org.languagetool.server.HTTPSServer"),
            *("--config", str(properties), "--port", str(self.port)),
        ]

    def _keystore(self) -> Path:
        """Java wants certificate and key in one file, under a password."""
        pair, file = self.authority.pair(self.name), self.folder / "keystore.p12"
        key = load_pem_private_key(pair.key.read_bytes(), None)
        assert isinstance(key, EllipticCurvePrivateKey)  # noqa: S101 - the authority makes no other
        file.touch(mode=0o600)
        file.write_bytes(
            pkcs12.serialize_key_and_certificates(
                self.name.encode(),
                key,
                load_pem_x509_certificate(pair.certificate.read_bytes()),
                None,
                BestAvailableEncryption(self.password.encode()),
            )
        )
        return file

    def answers(self) -> bool:
        """Its own check of its health."""
        try:
            asked = f"{self.url}/v2/healthcheck"
            return requests.get(asked, timeout=5, verify=str(self.authority.ca)).ok
        except OSError:
            return False

    @property
    def url(self) -> str:
        """Its root."""
        return f"https://{HOST}:{self.port}"

    def settings(self) -> str:
        """Its address."""
        return f'[grammar]\nurl = "{self.url}"\nca = "{self.authority.ca}"\n'
