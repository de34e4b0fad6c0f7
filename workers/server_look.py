"""How a server is looked at: come to, then asked; and what is said where that cannot be done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from config.settings import BY_STACK, Settings
from config.tls import trust
from pipeline.errors import PermanentError
from workers.checks import Check, Contact, look
from workers.reach import Address, reach

PORTS = {"https": 443, "http": 80, "redis": 6379, "rediss": 6379}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server said of itself."""

    told: str
    version: str | None
    round_trip_ms: float
    tls: str | None = None
    """Only where it is known after the log-in alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLook:
    """How one server is looked at."""

    address: Callable[[Settings], Address | None]
    """None where it cannot be told, as for a socket in the file system."""
    ask: Callable[[Settings], Answer]


def look_at(
    name: str, server: ServerLook, settings: Settings, told: Callable[[Exception], str]
) -> Check:
    """Come to it, then ask it; a failure is told."""
    contact = Contact(reached=False)

    def at() -> str:
        nonlocal contact
        address = server.address(settings)
        if address is not None:
            contact = Contact(reached=True, tls=reach(address))
        answer = server.ask(settings)
        contact = replace(
            contact,
            reached=True,
            version=answer.version,
            round_trip_ms=answer.round_trip_ms,
            tls=answer.tls or contact.tls,
        )
        return answer.told

    found = look(name, at, told)
    if not contact.reached and _by_stack(settings):
        up = "If the embedded servers are meant, start them with `colloquy up`."
        found = replace(found, told=f"{found.told} {up}")
    return replace(found, server=contact)


def _by_stack(settings: Settings) -> bool:
    """Whether the addresses are those of an embedded stack that did not end in good order."""
    file = settings.home / "settings.toml"
    return file.is_file() and file.read_text(encoding="utf-8").startswith(BY_STACK)


def address_of(server: str, url: str, group: str, ca: Path | None, settings: Settings) -> Address:
    """By the setting `COLLOQUY_{group}` with the address."""
    parts = urlsplit(url)
    return Address(
        server=server,
        host=parts.hostname or "",
        port=parts.port or PORTS.get(parts.scheme, 0),
        url=f"COLLOQUY_{group}",
        ca=f"COLLOQUY_{group.partition('__')[0]}__CA",
        trusted=trust(ca, settings.tls.least) if parts.scheme in {"https", "rediss"} else None,
    )


def not_configured(server: str, setting: str) -> PermanentError:
    """What to tell where no setting names the server."""
    return PermanentError(
        f"No {server} is configured.",
        code=f"no-{server.replace(' ', '-')}",
        advice=f"Start the embedded servers with `colloquy up`, or set {setting}.",
    )


def refused(server: str, setting: str) -> PermanentError:
    """What to tell where the password is wrong."""
    return PermanentError(
        f"{server} refuses the user or password.",
        code="refused",
        advice=f"Check {setting}.",
    )
