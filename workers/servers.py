"""Where each server is, and what it is asked once it is reached."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import OperationalError

from config.settings import Settings
from config.tls import redis_options, trust
from models.database import connect, database_url
from pipeline.errors import PermanentError
from pipeline.ports import GrammarChecker
from pipeline.search import SearchFilters
from workers.checks import spent
from workers.intake_sqs import sqs
from workers.reach import POSTGRES, Address
from workers.server_look import Answer, ServerLook, address_of, not_configured, refused
from workers.toolbox import elasticsearch, grammar_server, s3_media

SYSTEM = "system"
"""libpq's word for the authorities that the system trusts."""
PROBE = "doctor/empty"
"""Key of the object that shows whether the media store encrypts."""
NUMBER = re.compile(r"/v?(\d[\w.-]*)")
"""Of a version in an HTTP `Server` header."""
SLIP = "She go home."
"""What every grammar checker finds something in."""


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
            raise refused("PostgreSQL", "COLLOQUY_DATABASE__URL") from error
        if "no encryption" in told:
            raise PermanentError(
                "PostgreSQL takes encrypted connections only.",
                code="not-encrypted",
                advice="Set COLLOQUY_DATABASE__CA to the PEM file of its authority.",
            ) from error
        raise
    with opened:
        yield opened


def broker_url(settings: Settings) -> str:
    """The configured broker's; PermanentError when there is none."""
    if settings.broker.url is None:
        raise not_configured("broker", "COLLOQUY_BROKER__URL")
    return settings.broker.url.get_secret_value()


def broker_address(settings: Settings) -> Address:
    """Of Redis or Valkey."""
    url, ca = broker_url(settings), settings.broker.ca
    return address_of("The broker", url, "BROKER__URL", ca, settings)


def ask_broker(settings: Settings) -> Answer:
    """INFO, then a PING."""
    url = broker_url(settings)
    options = redis_options(url, settings.broker.ca, settings.tls.least)
    with redis.Redis.from_url(url, socket_connect_timeout=5, **options) as client:
        try:
            told = client.info("server")
        except redis.AuthenticationError as error:
            raise refused("The broker", "COLLOQUY_BROKER__URL") from error
        name = "Valkey" if "valkey_version" in told else "Redis"
        version = str(told.get("valkey_version", told["redis_version"]))
        started = time.monotonic()
        client.ping()
        return Answer(told=f"{name} {version}", version=version, round_trip_ms=spent(started))


def media_address(settings: Settings) -> Address:
    """Of the S3 endpoint; PermanentError where nothing at all is said of it."""
    if not settings.media.model_fields_set:
        raise not_configured(
            "media store", "COLLOQUY_MEDIA__ENDPOINT_URL, or for AWS COLLOQUY_MEDIA__BUCKET"
        )
    url, ca = s3_media(settings).endpoint, settings.media.ca
    return address_of("The media store", url, "MEDIA__ENDPOINT_URL", ca, settings)


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
    spent_ms = spent(started)
    version = _number(server)
    unsaid = "" if version else ", which tells no version"
    return Answer(
        told=f"{server or 'S3'}{unsaid}, bucket {settings.media.bucket}",
        version=version,
        round_trip_ms=spent_ms,
    )


def _number(server: str) -> str | None:
    """Of the server program's version; S3 and SQS have no question for it, and most leave it out of the header."""
    found = NUMBER.search(server)
    return found[1] if found else None


def queue_address(settings: Settings) -> Address:
    """Of the SQS endpoint, which is S3's unless both are AWS's."""
    url, ca = str(sqs(settings).meta.endpoint_url), settings.media.ca
    return address_of("The event queue", url, "MEDIA__ENDPOINT_URL", ca, settings)


def ask_queue(settings: Settings) -> Answer:
    """How many messages wait, twice: the first request opens the connection."""
    queue = sqs(settings)
    asked = {
        "QueueUrl": settings.media.queue_url,
        "AttributeNames": ["ApproximateNumberOfMessages"],
    }
    queue.get_queue_attributes(**asked)
    started = time.monotonic()
    answer = queue.get_queue_attributes(**asked)
    spent_ms = spent(started)
    server = answer["ResponseMetadata"]["HTTPHeaders"].get("server", "")
    return Answer(
        told=f"{answer['Attributes']['ApproximateNumberOfMessages']} messages wait",
        version=_number(server),
        round_trip_ms=spent_ms,
    )


def grammar_address(settings: Settings) -> Address:
    """Of LanguageTool's server."""
    url, ca = settings.grammar.url or "", settings.grammar.ca
    return address_of("LanguageTool", url, "GRAMMAR__URL", ca, settings)


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
    return address_of("Elasticsearch", url, "SEARCH__URL", ca, settings)


def ask_search(settings: Settings) -> Answer:
    """A search, then its version."""
    index = elasticsearch(settings)
    index.search("hello", SearchFilters(limit=1))
    started = time.monotonic()
    version = index.server_version()
    spent_ms = spent(started)
    old = "; its index is of an older release: run `colloquy reindex`" if index.outdated() else ""
    return Answer(told=f"Elasticsearch {version}{old}", version=version, round_trip_ms=spent_ms)


def server_looks(settings: Settings) -> dict[str, ServerLook]:
    """The servers that these settings name."""
    found = {
        "database": ServerLook(address=database_address, ask=ask_database),
        "broker": ServerLook(address=broker_address, ask=ask_broker),
        "media store": ServerLook(address=media_address, ask=ask_media),
    }
    if settings.media.queue_url:
        found["event queue"] = ServerLook(address=queue_address, ask=ask_queue)
    if settings.grammar.url:
        found["grammar"] = ServerLook(address=grammar_address, ask=ask_grammar)
    if settings.search.url:
        found["search"] = ServerLook(address=search_address, ask=ask_search)
    return found
