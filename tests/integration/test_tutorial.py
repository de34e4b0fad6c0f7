"""The analyst's tutorial, by its very commands; `pytest -s` shows what they print."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
from sqlalchemy import select

from embedded.stack import Stack
from models.database import Sessions
from models.tables import AuditEvent, Conversation, ConversationEvaluation, User
from tests.integration import rows
from tests.integration.stacks import ROOT, database_of, running

PAGE = (ROOT / "docs" / "tutorial-analyst.md").read_text()
STEPS = dict(
    zip(
        ("import", "change", "ask", "closely", "force", "correct", "export"),
        re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL),
        strict=True,
    )
)
LEARNERS = ("anna", "ben", "carla", "dan", "eva", "finn", "gina", "hugo", "ines", "jan")


def talks(database: Sessions, folder: Path) -> None:
    """A recording of each learner; the quick engines hear another talk in each of five lengths."""
    folder.mkdir()
    dice = np.random.default_rng(1)
    for n, name in enumerate(LEARNERS):
        noise = dice.normal(0, 0.05, round(16_000 * (80 + n / 10)))
        soundfile.write(folder / f"{name}.wav", noise, 16_000)
        with database.begin() as session:
            rows.user(session, name)


def does(stack: Stack, folder: Path, step: str, **variables: str) -> str:
    """What the step's commands print; each of them must come through, and is shown."""
    told = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "TALKS": str(folder / "talks"),
        "COLUMNS": "200",
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", STEPS[step]],
        env=stack.environment | told | variables,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    sys.stdout.write(f"\n$ {STEPS[step].rstrip()}\n{done.stdout}")
    return done.stdout


def evaluations(database: Sessions) -> list[str]:
    with database.begin() as session:
        return sorted(
            str(one) for one in session.scalars(select(ConversationEvaluation.rubric_version))
        )


def deeds(database: Sessions) -> list[str]:
    with database.begin() as session:
        return list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.at)))


def test_the_tutorial(tmp_path: Path) -> None:
    with (
        running(tmp_path / "stack", COLLOQUY_TEST_VARIED="1") as stack,
        database_of(stack) as database,
    ):
        talks(database, tmp_path / "talks")
        does(stack, tmp_path, "import")
        assert evaluations(database) == ["2026.2"] * 10
        assert "mine.1" in does(stack, tmp_path, "change")

        asked = does(stack, tmp_path, "ask")
        assert "10 conversations of 10 learners by mine.1" in asked
        assert "<svg" in (tmp_path / "rollout.html").read_text()
        assert evaluations(database) == ["2026.2"] * 10, "nothing is written by asking"

        with database.begin() as session:
            anna = select(Conversation.id).join(User, User.id == Conversation.user_id)
            talk = str(session.scalars(anna.where(User.username == "anna")).one())
        assert "grammar" in does(stack, tmp_path, "closely", CONVERSATION=talk)

        forced = does(stack, tmp_path, "force")
        assert "10 conversations changed for their readers; 10 are seen by mine.1" in forced
        assert "2026.2 in force again" in forced
        assert evaluations(database) == ["2026.2"] * 10 + ["mine.1"] * 10

        does(stack, tmp_path, "correct", CONVERSATION=talk)
        assert evaluations(database) == ["2026.2"] * 11 + ["mine.1"] * 10
        assert deeds(database) == ["activate", "undo", "correct"]

        does(stack, tmp_path, "export")
        found = pd.read_parquet(tmp_path / "dataset" / "conversations.parquet")
        assert len(found) == 10
