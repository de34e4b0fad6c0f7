"""A stage of another package in the plan: a real one, installed; and one that cannot join."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from embedded.postgres import Postgres
from models.database import Sessions
from tests.packages import installed, made_up, run

WALK = """
import json, sys
from models.database import connect, sessions
from models.run_store import RunStore
from models.tables import StageResult
from pipeline.plan import PLAN
from review import archive
from tasks.stages import TASKS
from tasks.app import app
from tests.integration import walked

database = sessions(connect(sys.argv[1]))
talk = walked.conversation(database)
run_id = walked.analysed(database, talk)
with database.begin() as session:
    row = session.get_one(StageResult, (run_id, "politeness"))
    told = {"state": row.state, "type": row.artifact_type, "key": row.content_key}
document = archive.analysis(RunStore(database, PLAN), talk)
print(json.dumps({
    "row": told,
    "plan": [one.name for one in PLAN.stages],
    "task": TASKS["politeness"].name,
    "extensions": document.extensions,
    "state": document.scores.overall.state,
    "step": document.provenance.stages["politeness"].version,
    "talk": str(talk),
}))
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed(tmp_path_factory.mktemp("site"))


def test_an_installed_stage_is_worked_on_as_ours_are(
    database: Sessions, server: Postgres, packages: Path
) -> None:
    del database
    found = run("python", "-c", WALK, server.url, packages=packages)
    assert found.returncode == 0, found.stderr
    told = json.loads(found.stdout)
    assert told["plan"].index("politeness") == told["plan"].index("attribute") + 1
    assert told["task"] == "stage.politeness"
    assert (told["row"]["state"], told["row"]["type"]) == ("done", "Politeness")
    assert len(told["row"]["key"]) == 64
    assert told["extensions"] == {"politeness": {"polite_words": 0, "per_100_words": 0.0}}
    assert (told["state"], told["step"]) == ("scored", 1)
    # Without the package what it gave is nobody's any more, and the rest is read as ever.
    read = (
        "import sys, uuid; from models.database import *; from models.run_store import RunStore\n"
        "from pipeline.plan import PLAN; from review import archive\n"
        "runs = RunStore(sessions(connect(sys.argv[1])), PLAN)\n"
        "print(archive.analysis(runs, uuid.UUID(sys.argv[2])).extensions)"
    )
    again = run("python", "-c", read, server.url, told["talk"], packages=Path("nowhere"))
    assert again.stdout == "{}\n", again.stderr


def test_what_cannot_join_is_told_in_one_sentence(tmp_path: Path) -> None:
    packages = made_up(tmp_path, "mine", "import nothing_like_it", "mine:mine")
    found = run("colloquy", "runs", packages=packages)
    assert found.returncode == 1
    assert found.stdout == ""
    assert found.stderr == (
        "error: The stage mine of another package cannot join the plan: it cannot be loaded "
        "(ModuleNotFoundError: No module named 'nothing_like_it'). "
        "Mend the package that brings it, or uninstall it.\n"
    )
