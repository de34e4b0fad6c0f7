"""One recording through all real servers: PostgreSQL, Redis, S3, LanguageTool and Elasticsearch, over TLS."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from config.settings import Settings
from embedded.process import start
from embedded.seed import seed
from embedded.servers.postgres import USER
from models.database import Sessions, connect, database_url, sessions
from models.migrate import upgrade
from models.tables import ConversationEvaluation
from pipeline.search import SearchFilters
from tests.integration.stacks import ROOT, environment
from tests.nodes import Node
from tests.servers import HOME, real_database
from tests.waiting import ended
from workers.submit import submit
from workers.toolbox import elasticsearch

pytestmark = pytest.mark.servers

ENQUEUE = "import sys, uuid; from tasks import enqueue; enqueue(uuid.UUID(sys.argv[1]))"
"""As a platform's upload hook does it."""
SLOW = 120.0
"""Seconds: LanguageTool's first check alone took 24 on a loaded machine."""


@pytest.fixture
def given(own_bucket: Settings) -> Iterator[Settings]:
    """The real servers, with a database, a bucket, an alias and a Redis database of the test's own."""
    assert own_bucket.broker.url
    broker = own_bucket.broker.url.get_secret_value().removesuffix("/0") + "/1"
    alias = f"colloquy-test-{uuid4().hex[:8]}"
    with real_database(USER) as url:
        yield own_bucket.model_copy(
            update={
                "database": own_bucket.database.model_copy(update={"url": SecretStr(url)}),
                "broker": own_bucket.broker.model_copy(update={"url": SecretStr(broker)}),
                "search": own_bucket.search.model_copy(update={"alias": alias}),
            }
        )
    Node(own_bucket).forget(alias)


@pytest.fixture
def store(given: Settings) -> Iterator[Sessions]:
    """Migrated by Colloquy's own user."""
    upgrade(database_url(given))
    engine = connect(database_url(given))
    made = sessions(engine)
    seed(made)
    yield made
    engine.dispose()


def variables(given: Settings, folder: Path) -> dict[str, str]:
    """What tells a process of ours of these servers: the file of `make services`, and what differs."""
    assert given.database.url
    assert given.broker.url
    return {
        "COLLOQUY_HOME": str(folder),
        "COLLOQUY_SETTINGS": str(HOME / "settings.toml"),
        "COLLOQUY_DATABASE__URL": given.database.url.get_secret_value(),
        "COLLOQUY_BROKER__URL": given.broker.url.get_secret_value(),
        "COLLOQUY_MEDIA__BUCKET": given.media.bucket,
        "COLLOQUY_SEARCH__ALIAS": given.search.alias,
        "COLLOQUY_TEST_GATE": str(folder / "gate"),
        "PYTHONPATH": str(ROOT),
        "C_FORCE_ROOT": "1",
    }


@pytest.fixture
def log(given: Settings, store: Sessions, tmp_path: Path) -> Iterator[Path]:
    """A real worker's, who takes every queue."""
    del store
    found = tmp_path / "worker.log"
    with environment(**variables(given, tmp_path)):
        worker = start(
            "The worker",
            [
                *(sys.executable, "-P", "-m", "tests.quick_worker", "worker"),
                *("--queues=cpu,gpu,io,upkeep", "--concurrency=1"),
                *("--without-mingle", "--without-gossip"),
            ],
            found,
            env=os.environ,
        )
    yield found
    worker.end()


def test_a_recording_goes_through_all_real_servers(
    given: Settings, store: Sessions, log: Path, fixtures: Path, tmp_path: Path
) -> None:
    talk = submit(given, fixtures / "short.ogg", user="demo", learner="S2")
    with environment(**variables(given, tmp_path)):
        subprocess.run([sys.executable, "-P", "-c", ENQUEUE, str(talk)], check=True, timeout=SLOW)
    found = ended(store, talk, SLOW)
    assert found.state == "completed", (found, log.read_text()[-2000:])
    assert "Connected to rediss://" in log.read_text()
    with store.begin() as session:
        evaluation = session.scalars(
            select(ConversationEvaluation).where(ConversationEvaluation.conversation_id == talk)
        ).one()
        engines = " ".join(evaluation.engines or ())
    assert "language-tool-python" in engines
    assert "server 6.8" in engines
    hits = elasticsearch(given).search("brother bought", SearchFilters(speaker="learner"))
    assert {one.conversation_id for one in hits} == {talk}
    text = log.read_text()
    for secret in (given.search.password, given.media.secret_key, given.broker.url):
        assert secret
        assert secret.get_secret_value() not in text
