"""Servers with a wrong certificate or an old TLS are refused by every client, and the doctor names the setting."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
import redis
from kombu import Connection
from kombu.exceptions import OperationalError
from pydantic import SecretStr
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.settings import (
    BrokerSettings,
    DatabaseSettings,
    GrammarSettings,
    MediaSettings,
    SearchSettings,
    Settings,
    TlsSettings,
)
from config.tls import Least, redis_options
from embedded.servers import certificates
from embedded.servers.certificates import Authority, Pair
from models.database import database_url
from pipeline.errors import PermanentError, UnavailableError
from pipeline.search import SearchFilters
from tests.peers import curt, encrypted, plain
from tests.servers import free_port
from workers.reach import POSTGRES, reach
from workers.servers import server_looks
from workers.toolbox import elasticsearch, grammar_server, s3_media


@dataclass(frozen=True)
class Kind:
    """A server as Colloquy meets it."""

    name: str
    """Of the doctor's check."""
    group: str
    settings: Callable[[int, Path | None], Settings]
    use: Callable[[Settings], object]
    """By the client that does the work."""
    refuses: tuple[type[Exception], ...]
    greeting: int = 0


def _database(port: int, ca: Path | None) -> Settings:
    url = f"postgresql+psycopg://u:hush@127.0.0.1:{port}/d"
    # Without an authority of its own, the system's are asked for by libpq's word.
    more = "" if ca else "?sslmode=verify-full&sslrootcert=system"
    return Settings(database=DatabaseSettings(url=SecretStr(url + more), ca=ca))


def _broker(port: int, ca: Path | None) -> Settings:
    return Settings(
        broker=BrokerSettings(url=SecretStr(f"rediss://:hush@127.0.0.1:{port}/0"), ca=ca)
    )


def _search(port: int, ca: Path | None) -> Settings:
    return Settings(search=SearchSettings(url=f"https://127.0.0.1:{port}", ca=ca))


def _grammar(port: int, ca: Path | None) -> Settings:
    return Settings(grammar=GrammarSettings(url=f"https://127.0.0.1:{port}", ca=ca))


def _media(port: int, ca: Path | None) -> Settings:
    keys = SecretStr("k")
    return Settings(
        media=MediaSettings(
            endpoint_url=f"https://127.0.0.1:{port}", access_key=keys, secret_key=keys, ca=ca
        )
    )


def _connect(given: Settings) -> object:
    return psycopg.connect(database_url(given).replace("+psycopg", ""), connect_timeout=5)


def _ping(given: Settings) -> object:
    assert given.broker.url
    url = given.broker.url.get_secret_value()
    options = redis_options(url, given.broker.ca, given.tls.least)
    with redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **options) as client:
        return client.ping()


KINDS = [
    Kind("database", "DATABASE", _database, _connect, (psycopg.OperationalError,), len(POSTGRES)),
    Kind("broker", "BROKER", _broker, _ping, (redis.ConnectionError,)),
    Kind(
        "search",
        "SEARCH",
        _search,
        lambda given: elasticsearch(given).search("a", SearchFilters()),
        (UnavailableError,),
    ),
    Kind(
        "media store", "MEDIA", _media, lambda given: s3_media(given).head("a"), (UnavailableError,)
    ),
    Kind(
        "grammar",
        "GRAMMAR",
        _grammar,
        lambda given: grammar_server(given).check(["a"], "en"),
        (UnavailableError,),
    ),
]
DATABASE, BROKER, SEARCH, MEDIA, GRAMMAR = KINDS


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def pair(authority: Authority) -> Pair:
    return authority.pair("server")


def told(kind: Kind, given: Settings) -> str:
    """What the doctor says of it."""
    address = server_looks(given)[kind.name].address(given)
    assert address is not None
    with pytest.raises(PermanentError) as caught:
        reach(address)
    assert "hush" not in caught.value.sentence
    return caught.value.sentence


def refused(kind: Kind, given: Settings) -> str:
    """The code of what the client's refusal is told as."""
    with pytest.raises(kind.refuses) as caught:
        kind.use(given)
    return str(getattr(caught.value, "code", ""))


def sentence(kind: Kind, given: Settings) -> str:
    """What the client's refusal is told as."""
    with pytest.raises(UnavailableError) as caught:
        kind.use(given)
    return caught.value.sentence


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
class TestEveryServer:
    def test_one_that_proves_its_name_is_reached(
        self, kind: Kind, authority: Authority, pair: Pair
    ) -> None:
        with encrypted(pair, greeting=kind.greeting) as port:
            given = kind.settings(port, authority.ca)
            address = server_looks(given)[kind.name].address(given)
            assert address is not None
            assert reach(address) == "TLSv1.3"

    @pytest.mark.parametrize("system", [False, True], ids=["another authority", "the system's"])
    def test_a_certificate_of_a_strange_authority_is_refused(
        self,
        kind: Kind,
        pair: Pair,
        tmp_path: Path,
        system: bool,  # noqa: FBT001 - a table
    ) -> None:
        trusted = None if system else Authority(tmp_path).ca
        with encrypted(pair, greeting=kind.greeting) as port:
            given = kind.settings(port, trusted)
            said = told(kind, given)
            code = refused(kind, given)
        assert code in {"", "search-tls", "media-tls", "grammar-tls"}
        assert "a certificate that is not trusted here" in said
        assert f"COLLOQUY_{kind.group}__CA" in said

    def test_a_certificate_for_another_name_is_refused(
        self, kind: Kind, authority: Authority
    ) -> None:
        other = authority.pair("other", ("db.example.org", "10.0.0.1"))
        with encrypted(other, greeting=kind.greeting) as port:
            given = kind.settings(port, authority.ca)
            said = told(kind, given)
            refused(kind, given)
        assert "a certificate that is not for 127.0.0.1" in said
        assert f"COLLOQUY_{kind.group}__" in said

    def test_one_that_does_not_speak_tls_is_refused(self, kind: Kind, authority: Authority) -> None:
        with plain() as port:
            given = kind.settings(port, authority.ca)
            said = told(kind, given)
            refused(kind, given)
        assert f"does not speak TLS at 127.0.0.1:{port}" in said
        assert f"COLLOQUY_{kind.group}__" in said

    def test_one_that_is_not_there_is_told(self, kind: Kind, authority: Authority) -> None:
        port = free_port()
        said = told(kind, kind.settings(port, authority.ca))
        assert f"does not answer at 127.0.0.1:{port}" in said
        assert f"COLLOQUY_{kind.group}__" in said

    def test_old_tls_is_found_out_and_may_be_allowed(
        self, kind: Kind, authority: Authority, pair: Pair
    ) -> None:
        with encrypted(pair, newest=ssl.TLSVersion.TLSv1_2, greeting=kind.greeting) as port:
            given = kind.settings(port, authority.ca)
            said = told(kind, given)
            code = refused(kind, given)
            assert kind not in {MEDIA, GRAMMAR} or code.endswith("-tls")
            allowed = with_least(given, "1.2")
            # The peer ends every connection once it is encrypted.
            assert kind is not MEDIA or refused(kind, allowed) == "media-store"
            assert kind is not GRAMMAR or refused(kind, allowed) == "grammar-server"
            address = server_looks(allowed)[kind.name].address(allowed)
            assert address is not None
            assert reach(address) == "TLSv1.2"
        assert "TLS" in said
        assert "COLLOQUY_TLS__LEAST" in said


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_server_that_tells_no_more_than_that_the_handshake_failed_is_too_old(
    kind: Kind, authority: Authority
) -> None:
    with curt(kind.greeting) as port:
        given = kind.settings(port, authority.ca)
        assert "speaks no TLS that is new enough" in told(kind, given)
        if kind in {SEARCH, MEDIA, GRAMMAR}:
            assert "speaks no TLS that is new enough" in sentence(kind, given)


@pytest.mark.parametrize("kind", [SEARCH, MEDIA, GRAMMAR], ids=lambda kind: kind.name)
def test_clients_tell_an_old_tls_from_a_wrong_certificate(
    kind: Kind, authority: Authority, pair: Pair, tmp_path: Path
) -> None:
    with encrypted(pair, newest=ssl.TLSVersion.TLSv1_2) as port:
        old = sentence(kind, kind.settings(port, authority.ca))
    with encrypted(pair) as port:
        strange = sentence(kind, kind.settings(port, Authority(tmp_path).ca))
    assert "speaks no TLS that is new enough" in old
    assert "COLLOQUY_TLS__LEAST" in old
    assert "certificate is not trusted" in strange


def with_least(given: Settings, least: Least) -> Settings:
    return given.model_copy(update={"tls": TlsSettings(least=least)})


def test_celery_refuses_what_the_doctor_refuses(pair: Pair, tmp_path: Path) -> None:
    with encrypted(pair) as port:
        given = _broker(port, Authority(tmp_path).ca)
        assert given.broker.url
        url = given.broker.url.get_secret_value()
        options = redis_options(url, given.broker.ca, given.tls.least)
        with (
            Connection(url, ssl=options) as connection,
            pytest.raises(OperationalError, match="CERTIFICATE_VERIFY_FAILED"),
        ):
            connection.ensure_connection(max_retries=1, interval_start=0)


def test_a_certificate_that_has_ended_is_told(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificates, "VALID", timedelta(minutes=-1))
    with encrypted(authority.pair("ended")) as port:
        assert "no valid certificate" in told(BROKER, _broker(port, authority.ca))


def test_a_host_that_is_not_known_is_told(authority: Authority) -> None:
    given = Settings(
        search=SearchSettings(url="https://no-such-host.invalid:9200", ca=authority.ca)
    )
    assert "has no host no-such-host.invalid" in told(SEARCH, given)


def test_the_oldest_tls_of_the_database_stands_in_its_address() -> None:
    url = SecretStr("postgresql+psycopg://u:p@h/d")
    given = Settings(database=DatabaseSettings(url=url))
    assert database_url(given) == "postgresql+psycopg://u:p@h/d?ssl_min_protocol_version=TLSv1.3"
    own = SecretStr("postgresql+psycopg://u:p@h/d?ssl_min_protocol_version=TLSv1.2")
    given = Settings(database=DatabaseSettings(url=own))
    assert database_url(given) == own.get_secret_value()


def test_an_address_without_tls_needs_no_certificate() -> None:
    assert redis_options("redis://h/0", None, "1.3") == {}
    assert redis_options("rediss://h/0", None, "1.3")["ssl_cert_reqs"] == ssl.CERT_REQUIRED
