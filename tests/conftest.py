from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from embedded.postgres import Postgres
from models.database import Sessions, connect, sessions
from models.migrate import upgrade


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A real PostgreSQL for all tests."""
    made = Postgres(tmp_path_factory.mktemp("postgres"))
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def engine(server: Postgres) -> Iterator[Engine]:
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
