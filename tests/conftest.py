from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from config.settings import Settings
from embedded.postgres import Postgres
from embedded.storage import Storage
from models.database import Sessions, connect, sessions
from models.migrate import upgrade
from tests.servers import Addressed, real_database, real_settings, s3_client


def pytest_configure() -> None:
    # Tests start hundreds of processes: each would compile anew all that it imports, which takes longer than its work.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    # Who is asked to end stops what it started, as on Ctrl-C: some servers outlive their parent by design.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--servers",
        action="store_true",
        help="the database of `make services`, not the embedded one",
    )


@dataclass(frozen=True)
class Database:
    """One on the server of `make services`."""

    url: str


@pytest.fixture(scope="session")
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Addressed]:
    """A real PostgreSQL for all tests."""
    if request.config.getoption("--servers"):
        with real_database() as url:
            yield Database(url)
        return
    made = Postgres(tmp_path_factory.mktemp("postgres"))
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    """The embedded stack's S3 and SQS."""
    made = Storage(tmp_path_factory.mktemp("storage"))
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def real() -> Settings:
    """How the servers of `make services` are reached."""
    return real_settings()


@pytest.fixture(scope="session")
def own_bucket(real: Settings) -> Iterator[Settings]:
    """The real S3 server with a bucket that keeps versions, made for the tests and gone after them."""
    raw, name = s3_client(real), f"test-{uuid4().hex[:12]}"
    raw.create_bucket(Bucket=name)
    raw.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    media = real.media.model_copy(update={"bucket": name})
    yield real.model_copy(update={"media": media})
    for page in raw.get_paginator("list_object_versions").paginate(Bucket=name):
        for one in [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]:
            raw.delete_object(Bucket=name, Key=one["Key"], VersionId=one["VersionId"])
    raw.delete_bucket(Bucket=name)


@pytest.fixture(scope="session")
def engine(server: Addressed) -> Iterator[Engine]:
    """The migrated database."""
    upgrade(server.url)
    made = connect(server.url)
    yield made
    made.dispose()


@pytest.fixture
def database(engine: Engine) -> Iterator[Sessions]:
    """Sessions on the migrated database, empty but for what migrations put there."""
    yield sessions(engine)
    with engine.begin() as connection:
        # Not TRUNCATE: its new files cost the server's last checkpoint a sync each.
        for table in (
            "users",
            "classes",
            "conversations",
            "dead_letters",
            "rubric_activations",
            "rubric_versions",
            "circuits",
            "stage_failures",
            "rounds",
        ):
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - the names above


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The recordings."""
    return Path(__file__).parent / "fixtures"
