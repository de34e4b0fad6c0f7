"""All servers together: started side by side, told in one table, found by one settings file."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.settings import default_home
from embedded.process import write_secret
from embedded.servers.certificates import Authority
from embedded.servers.elasticsearch import Elasticsearch
from embedded.servers.languagetool import LanguageTool
from embedded.servers.postgres import Postgres
from embedded.servers.redis import Redis
from embedded.servers.s3 import S3
from embedded.servers.server import Server
from pipeline.errors import PermanentError

SERVERS: tuple[type[Server], ...] = (Postgres, Redis, S3, LanguageTool, Elasticsearch)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One running server, as the table has it."""

    name: str
    version: str
    port: int
    pid: int
    seconds: float
    """Its last start took."""
    megabytes: float
    """Resident now."""


class Fleet:
    """The servers of one folder."""

    def __init__(self, folder: Path | None = None) -> None:
        """`servers` in the home folder where none is given."""
        self.folder = (folder or default_home() / "servers").resolve()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        authority = Authority(self.folder / "certificates")
        self.servers = [one(self.folder / one.name, authority) for one in SERVERS]

    @property
    def settings_file(self) -> Path:
        """What `COLLOQUY_SETTINGS` is set to."""
        return self.folder / "settings.toml"

    def start(self, told: Callable[[str], None]) -> None:
        """Start what does not run; PermanentError with all that did not come up, when the others have."""
        with self._alone(), ThreadPoolExecutor(len(self.servers)) as pool:
            begun = {one.name: pool.submit(one.start) for one in self.servers}
            wrong: list[PermanentError] = []
            for name, future in begun.items():
                try:
                    told(f"{name} {'started' if future.result() else 'runs already'}")
                except PermanentError as error:
                    wrong.append(error)
            if wrong:
                raise PermanentError(
                    " ".join(one.sentence for one in wrong), code="servers-not-started"
                )
            write_secret(self.settings_file, "\n".join(one.settings() for one in self.servers))

    def stop(self, told: Callable[[str], None]) -> None:
        """End what runs; data and passwords stay."""
        with self._alone(), ThreadPoolExecutor(len(self.servers)) as pool:
            for one, ran in zip(
                self.servers, pool.map(lambda one: one.stop(), self.servers), strict=True
            ):
                told(f"{one.name} {'stopped' if ran else 'did not run'}")
            self.settings_file.unlink(missing_ok=True)

    def lines(self) -> list[Line]:
        """What runs."""
        return [
            Line(
                name=one.name,
                version=one.version(),
                port=daemon.port,
                pid=daemon.pid,
                seconds=daemon.seconds,
                megabytes=round(daemon.megabytes),
            )
            for one in self.servers
            if (daemon := one.daemon)
        ]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.folder / "lock").open("w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
