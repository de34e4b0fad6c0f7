"""Every command that reads prints one JSON document and nothing else there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from cli import compare, conversations, dead, learners, operation, rollout, rubric, searching
from config.settings import DatabaseSettings, Settings
from embedded.postgres import Postgres
from models.database import Sessions
from tests.integration import rows
from tests.integration.archived import archived
from tests.integration.commands import colloquy, fail
from tests.integration.evaluations import sent
from tests.surface import ACTING, WITHOUT_JSON, commands

ELSEWHERE = {"doctor"}
"""It asks every server: tests/integration/test_doctor.py."""


@pytest.fixture
def arguments(
    server: Postgres, database: Sessions, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, tuple[object, ...]]:
    """What each command is asked about, on a database that has it."""
    given = Settings(database=DatabaseSettings(url=SecretStr(server.url)))
    for module in (compare, conversations, dead, learners, operation, rollout, rubric, searching):
        monkeypatch.setattr(module, "settings", lambda: given)
    with database.begin() as session:
        group = rows.group(session).id
        learner = rows.user(session, "anna").id
        task = rows.submission(session, group).assignment_id
        broken = rows.conversation(session, rows.user(session)).id
    talk = archived(database, learner, group)
    letter = fail(database, sent(database, broken, "b.wav"), "decode")
    return {
        "assignment": (task,),
        "compare": (talk,),
        "dead list": (),
        "dead show": (letter,),
        "db check": (),
        "db current": (),
        "progress": ("anna",),
        "rollout": (mine,),
        "rubric list": (),
        "rubric show": ("2026.2",),
        "runs": (),
        "search": ("river",),
        "show": (talk,),
        "status": (talk,),
    }


def test_each_prints_one_document_that_has_something_in_it(
    arguments: dict[str, tuple[object, ...]],
) -> None:
    assert arguments.keys() == commands().keys() - WITHOUT_JSON - ACTING - ELSEWHERE
    for name, asked in arguments.items():
        found = colloquy(*name.split(), *asked, "--json")
        assert found.exit_code == 0, (name, found.output, found.exception)
        assert json.loads(found.stdout), name
