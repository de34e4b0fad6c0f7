"""What the tests of commands start from."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from pydantic import SecretStr

from cli import compare, conversations, correct, dead, rerun, rollout, rubric, searching
from config.settings import DatabaseSettings, Settings
from embedded.postgres import Postgres
from models.admission import Line
from models.database import Sessions
from models.ledger import SqlLedger
from models.run_store import RunStore
from pipeline.plan import PLAN
from tasks import dispatch
from tasks.services import Services
from tests.fakes.uploads import MemoryUploads
from tests.integration.archived import MINE


@pytest.fixture
def told() -> list[tuple[str, UUID]]:
    """What was sent to the broker."""
    return []


@pytest.fixture
def made(database: Sessions) -> Services:
    return Services(
        ledger=SqlLedger(database, PLAN),
        line=Line(database, 8),
        runs=RunStore(database, PLAN),
        uploads=MemoryUploads(),
        tools={},
        max_bytes=1000,
    )


@pytest.fixture
def command(
    server: Postgres,
    made: Services,
    told: list[tuple[str, UUID]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The command works on the tests' database, and sends into a list."""
    given = Settings(database=DatabaseSettings(url=SecretStr(server.url)))
    for module in (dead, conversations, searching):
        monkeypatch.setattr(module, "settings", lambda: given)
    monkeypatch.setattr(dead, "_services", lambda: made)
    monkeypatch.setattr(dispatch, "send", lambda stage, run_id: told.append((stage, run_id)))


@pytest.fixture
def corrector(command: None, made: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command that corrects uses the tests' services, too."""
    del command
    monkeypatch.setattr(correct, "_services", lambda: made)


@pytest.fixture
def analyst(server: Postgres, database: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command works on the tests' database, and has no engine, no media store and no broker."""
    del database
    given = Settings(database=DatabaseSettings(url=SecretStr(server.url)))

    def untouched(_: Settings) -> None:
        raise AssertionError("an engine, the media store or the broker was asked for")

    for module in (compare, rerun, rollout, rubric):
        monkeypatch.setattr(module, "settings", lambda: given)
    monkeypatch.setattr(rerun, "_services", untouched)


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """The file of an analyst's rubric."""
    path = tmp_path / "mine.toml"
    path.write_text(MINE)
    return path
