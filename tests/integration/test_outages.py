"""Servers that are away and come back, with real workers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from cli.main import app
from config.settings import Settings, settings
from embedded.stack import Stack
from models.circuits import OPENS, open_circuits
from models.database import Sessions
from models.run_store import RunStore
from models.status import RunStatus
from models.tables import Conversation, DeadLetter, SearchDocumentRow
from pipeline.plan import PLAN
from tests.answers import grammar_server
from tests.integration.stacks import database_of, running
from tests.servers import free_port
from tests.waiting import ended, eventually
from workers.submit import submit

HEALED = 150.0
"""Seconds: the two minutes that are promised, and some for a busy machine."""


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Stack]:
    url = f"http://127.0.0.1:{port}"
    with running(tmp_path_factory.mktemp("outages"), COLLOQUY_GRAMMAR__URL=url) as made:
        yield made


@pytest.fixture(scope="module")
def given(stack: Stack) -> Settings:
    del stack
    return settings()


@pytest.fixture(scope="module")
def store(stack: Stack) -> Iterator[Sessions]:
    with database_of(stack) as made:
        yield made


def shut(store: Sessions) -> list[str]:
    with store.begin() as session:
        return [one.service for one in open_circuits(session)]


def test_a_grammar_server_that_is_away_is_waited_for_and_everything_ends_when_it_is_back(
    given: Settings, store: Sessions, fixtures: Path, port: int
) -> None:
    runs = RunStore(store, PLAN)
    talks = [submit(given, fixtures / "short.ogg", user="demo", learner="S2") for _ in range(OPENS)]
    eventually(lambda: shut(store) == ["grammar server"], HEALED)
    talks.append(submit(given, fixtures / "short.ogg", user="demo", learner="S2"))

    def held() -> list[RunStatus]:
        found = [one for talk in talks if (one := runs.latest(talk)) and one.waiting]
        return found if len(found) == len(talks) else []

    for one in eventually(held, HEALED):
        assert one.waiting is not None
        assert (one.state, one.waiting.service) == ("running", "grammar server")
        of = {stage.stage: stage for stage in one.stages}
        assert of["grammar"].waiting == one.waiting
        assert of["vocabulary"].state in {"ready", "running", "done"}, "its siblings go on"
    told = CliRunner().invoke(app, ["runs", "--json"]).stdout
    assert {one["waiting"]["service"] for one in json.loads(told)} == {"grammar server"}
    with grammar_server(port):
        for talk in talks:
            found = ended(store, talk, HEALED)
            assert found.state == "completed"
            grammar = next(stage for stage in found.stages if stage.stage == "grammar")
            assert (grammar.attempt, grammar.waiting) == (1, None)
    assert shut(store) == []
    with store.begin() as session:
        assert session.scalar(select(func.count()).select_from(DeadLetter)) == 0


def test_a_search_server_that_is_away_keeps_no_evaluation_from_its_readers(
    given: Settings, store: Sessions, fixtures: Path, stack: Stack, port: int
) -> None:
    runs = RunStore(store, PLAN)
    away = stack.home / "gate.search"
    away.touch()
    with grammar_server(port):
        talk = submit(given, fixtures / "short.ogg", user="demo", learner="S2")

        def evaluated() -> RunStatus | None:
            found = runs.latest(talk)
            return found if found and found.evaluated and found.waiting else None

        found = eventually(evaluated, HEALED)
        assert found.waiting is not None
        assert (found.state, found.waiting.service) == ("running", "search server")
        with store.begin() as session:
            assert session.get_one(Conversation, talk).status == "completed"
        assert "overall" in CliRunner().invoke(app, ["show", str(talk)]).stdout
        assert "The result is there" in CliRunner().invoke(app, ["status", str(talk)]).stdout
        away.unlink()
        assert ended(store, talk, HEALED).state == "completed"
    wanted = SearchDocumentRow.conversation_id == talk
    with store.begin() as session:
        assert session.scalar(select(func.count()).where(wanted))
