"""How each server is looked at: where it is, and what it is asked once it is reached."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import redis
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import OperationalError

from config.settings import Settings
from config.tls import redis_options, trust
from models.database import connect, database_url
from pipeline.errors import PermanentError
from pipeline.ports import GrammarChecker
from pipeline.search import SearchFilters
from workers.checks import Check, Contact, look, spent
from workers.reach import POSTGRES, Address, reach
from workers.toolbox import elasticsearch, grammar_server, s3_media

PORTS = {"https": 443, "http": 80, "redis": 6379, "rediss": 6379}
SYSTEM = "system"
"""libpq's word for the authorities that the system trusts."""
PROBE = "doctor/empty"
"""Key of the object that shows whether the media store encrypts."""
SLIP = "She go home."
"""What every grammar checker finds something in."""


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

    return replace(look(name, at, told), server=contact)


def database_address(settings: Settings) -> Address | None:
    """Of PostgreSQL; None for a socket, for several hosts, and where TLS is left to the server's wish."""
    url = make_url(database_url(settings))
    mode = str(url.query.get("sslmode", "prefer"))
    if not url.host or mode in {"prefer", "allow"}:
        return None
    ca = str(url.query.get("sslrootcert", SYSTEM))
    trusted = trust(None if ca == SYSTEM else Path(ca), settings.tls.least)
    if mode != "verify-full":
        trusted.check_hostname = False
    if mode == "require":
        trusted.verify_mode = ssl.CERT_NONE
    return Address(
        server="PostgreSQL",
        host=url.host,
        port=url.port or 5432,
        url="COLLOQUY_DATABASE__URL",
        ca="COLLOQUY_DATABASE__CA",
        trusted=None if mode == "disable" else trusted,
        greeting=POSTGRES,
    )


def ask_database(settings: Settings) -> Answer:
    """Its own word on version and TLS."""
    mine = text("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    with _connected(settings) as connection:
        version = str(connection.execute(text("SHOW server_version")).scalar_one())
        tls = connection.execute(mine).scalar()
        started = time.monotonic()
        connection.execute(text("SELECT 1"))
        return Answer(
            told=f"PostgreSQL {version}", version=version, round_trip_ms=spent(started), tls=tls
        )


@contextmanager
def _connected(settings: Settings) -> Iterator[Connection]:
    try:
        opened = connect(database_url(settings), pooled=False).connect()
    except OperationalError as error:
        # The client has no code for it, and the server's words are in its own language.
        told = str(error.orig)
        if "FATAL" in told and "password" in told:
            raise _refused("PostgreSQL", "COLLOQUY_DATABASE__URL") from error
        if "no encryption" in told:
            raise PermanentError(
                "PostgreSQL takes encrypted connections only.",
                code="not-encrypted",
                advice="Set COLLOQUY_DATABASE__CA to the PEM file of its authority.",
            ) from error
        raise
    with opened:
        yield opened


def _address(server: str, url: str, group: str, ca: Path | None, settings: Settings) -> Address:
    parts = urlsplit(url)
    return Address(
        server=server,
        host=parts.hostname or "",
        port=parts.port or PORTS.get(parts.scheme, 0),
        url=f"COLLOQUY_{group}",
        ca=f"COLLOQUY_{group.partition('__')[0]}__CA",
        trusted=trust(ca, settings.tls.least) if parts.scheme in {"https", "rediss"} else None,
    )


def broker_url(settings: Settings) -> str:
    """The configured broker's; PermanentError when there is none."""
    if settings.broker.url is None:
        raise PermanentError(
            "No broker is configured.", code="no-broker", advice="Set COLLOQUY_BROKER__URL."
        )
    return settings.broker.url.get_secret_value()


def broker_address(settings: Settings) -> Address:
    """Of Redis or Valkey."""
    url, ca = broker_url(settings), settings.broker.ca
    return _address("The broker", url, "BROKER__URL", ca, settings)


def ask_broker(settings: Settings) -> Answer:
    """INFO, then a PING."""
    url = broker_url(settings)
    options = redis_options(url, settings.broker.ca, settings.tls.least)
    with redis.Redis.from_url(url, socket_connect_timeout=5, **options) as client:
        try:
            told = client.info("server")
        except redis.AuthenticationError as error:
            raise _refused("The broker", "COLLOQUY_BROKER__URL") from error
        name = "Valkey" if "valkey_version" in told else "Redis"
        version = str(told.get("valkey_version", told["redis_version"]))
        started = time.monotonic()
        client.ping()
        return Answer(told=f"{name} {version}", version=version, round_trip_ms=spent(started))


def media_address(settings: Settings) -> Address:
    """Of the S3 endpoint."""
    url, ca = s3_media(settings).endpoint, settings.media.ca
    return _address("The media store", url, "MEDIA__ENDPOINT_URL", ca, settings)


def ask_media(settings: Settings) -> Answer:
    """A list, as intake asks for it, then the bucket's head."""
    store = s3_media(settings)
    store.newest("uploads/")
    if settings.media.encryption and not store.encrypts(PROBE):
        raise PermanentError(
            "The media store takes what it is given, but does not encrypt it.",
            code="media-encryption",
            advice="Use one that does, or encrypt its disk and leave COLLOQUY_MEDIA__ENCRYPTION out.",
        )
    started = time.monotonic()
    server = store.server()
    return Answer(
        told=f"{server} bucket {settings.media.bucket}".strip(),
        version=server or None,
        round_trip_ms=spent(started),
    )


def grammar_address(settings: Settings) -> Address:
    """Of LanguageTool's server."""
    url, ca = settings.grammar.url or "", settings.grammar.ca
    return _address("LanguageTool", url, "GRAMMAR__URL", ca, settings)


def ask_grammar(settings: Settings) -> Answer:
    """A sentence with a slip, twice: the first one after a start takes seconds."""
    checker = grammar_server(settings)
    see_slip(checker)
    started = time.monotonic()
    see_slip(checker)
    return Answer(
        told=f"LanguageTool {checker.server_version}",
        version=checker.server_version,
        round_trip_ms=spent(started),
    )


def see_slip(checker: GrammarChecker) -> None:
    """PermanentError where nothing is found in a sentence with a slip."""
    if not checker.check([SLIP], "en")[0]:
        raise PermanentError(
            f"The grammar checker finds nothing in “{SLIP}”.",
            code="grammar",
            advice="See that it has its English rules.",
        )


def search_address(settings: Settings) -> Address:
    """Of Elasticsearch."""
    url, ca = settings.search.url or "", settings.search.ca
    return _address("Elasticsearch", url, "SEARCH__URL", ca, settings)


def ask_search(settings: Settings) -> Answer:
    """A search, then its version."""
    index = elasticsearch(settings)
    index.search("hello", SearchFilters(limit=1))
    started = time.monotonic()
    version = index.server_version()
    spent_ms = spent(started)
    old = "; its index is of an older release: run `colloquy reindex`" if index.outdated() else ""
    return Answer(told=f"Elasticsearch {version}{old}", version=version, round_trip_ms=spent_ms)


def _refused(server: str, setting: str) -> PermanentError:
    return PermanentError(
        f"{server} refuses the user or password.",
        code="refused",
        advice=f"Check {setting}.",
    )


def server_looks(settings: Settings) -> dict[str, ServerLook]:
    """The servers that these settings name."""
    found = {
        "database": ServerLook(address=database_address, ask=ask_database),
        "broker": ServerLook(address=broker_address, ask=ask_broker),
        "media store": ServerLook(address=media_address, ask=ask_media),
    }
    if settings.grammar.url:
        found["grammar"] = ServerLook(address=grammar_address, ask=ask_grammar)
    if settings.search.url:
        found["search"] = ServerLook(address=search_address, ask=ask_search)
    return found
