"""Debian's Redis 7 with TLS and a password."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache

import redis

from config.tls import redis_options
from embedded.process import write_secret
from embedded.servers.server import HOST, Server, needs

PACKAGES = "redis-server"
CONFIGURATION = """\
bind {host}
port 0
tls-port {port}
tls-cert-file {certificate}
tls-key-file {key}
tls-ca-cert-file {ca}
tls-auth-clients no
tls-protocols "TLSv{tls}"
requirepass {password}
dir "{folder}"
appendonly yes
save ""
maxmemory-policy noeviction
"""
"""A message that was evicted would be lost; one that is refused is sent again."""


class Redis(Server):
    """One server on loopback; what was queued is in its append-only file."""

    name = "redis"
    port_wanted = 16379
    patience = 30.0

    def fetch(self) -> None:
        """It is Debian's."""
        if shutil.which("redis-server") is None:
            raise needs("redis-server", PACKAGES)

    def version(self) -> str:
        """Of the installed program."""
        return _version()

    def command(self) -> list[str]:
        """The password is in the file, which only its owner reads."""
        pair = self.authority.pair(self.name)
        file = self.folder / "redis.conf"
        write_secret(
            file,
            CONFIGURATION.format(
                host=HOST,
                port=self.port,
                certificate=pair.certificate,
                key=pair.key,
                ca=self.authority.ca,
                tls=self.tls,
                password=self.password,
                folder=self.folder,
            ),
        )
        return ["redis-server", str(file)]

    @property
    def url(self) -> str:
        """With the password."""
        return f"rediss://:{self.password}@{HOST}:{self.port}/0"

    def answers(self) -> bool:
        """It takes the password."""
        options = redis_options(self.url, self.authority.ca, self.tls)
        try:
            with redis.Redis.from_url(self.url, socket_connect_timeout=2, **options) as client:
                return bool(client.ping())
        except (redis.RedisError, OSError):
            return False

    def settings(self) -> str:
        """Address with password."""
        return f'[broker]\nurl = "{self.url}"\nca = "{self.authority.ca}"\n'


@cache
def _version() -> str:
    told = subprocess.run(["redis-server", "--version"], capture_output=True, text=True, check=True)
    return next(one[2:] for one in told.stdout.split() if one.startswith("v="))
