"""Reruns from `score` on: what is computed, what is kept, and what readers see of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from decimal import Decimal
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from rich.console import Console
from sqlalchemy import func, select, update

from embedded.postgres import Postgres
from models.database import Sessions
from models.ledger import SqlLedger
from models.run_store import RunStore
from models.tables import (
    Conversation,
    ConversationEvaluation,
    ProgressTracking,
    Run,
    ScoreEvidence,
    SearchDocumentRow,
    StageResult,
)
from pipeline.plan import PLAN
from tests.integration import rows
from tests.integration.archived import analysed, archived, judged, rubrics, seen, told
from tests.integration.commands import colloquy, failure
from tests.integration.evaluations import count

pytestmark = pytest.mark.usefixtures("analyst")


def test_by_another_rubric_there_is_a_second_evaluation_and_readers_see_the_first(
    database: Sessions, mine: Path
) -> None:
    talk = archived(database)
    before = seen(database, talk)
    answer = told("rerun", talk, "--rubric", mine)
    assert (answer["done"], answer["failed"], answer["left_out"]) == (1, [], [])
    assert rubrics(database, talk) == ["2026.2", "mine"]
    assert seen(database, talk) == before
    with database.begin() as session:
        run = session.scalars(select(Run).where(Run.source_id.is_not(None))).one()
        assert (run.state, run.rubric, run.shown, run.source_id) == (
            "completed", "mine", False, before["run"],
        )  # fmt: skip
        made = session.scalars(
            select(StageResult).where(StageResult.run_id == run.id, StageResult.reused.is_(False))
        )
        assert sorted(one.stage for one in made) == ["persist", "score"]


def test_at_a_terminal_a_bar_has_how_many_are_done_and_the_time_left(
    database: Sessions, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = Console(file=StringIO(), force_terminal=True, width=100)
    monkeypatch.setattr("cli.rerun.errors", shown)
    told("rerun", archived(database), "--rubric", mine)
    assert isinstance(shown.file, StringIO)
    assert re.search(r"rerun.*1/1.*\d:\d\d:\d\d", shown.file.getvalue())


def test_the_old_and_the_new_evaluation_sum_each_by_its_own_rubric(
    database: Sessions, mine: Path
) -> None:
    talk = archived(database)
    told("rerun", talk, "--rubric", mine)
    with database.begin() as session:
        rows = session.scalars(select(ConversationEvaluation)).all()
        sums = {
            row.id: session.scalar(
                select(func.sum(ScoreEvidence.points)).where(ScoreEvidence.evaluation_id == row.id)
            )
            for row in rows
        }
        first, second = sorted(rows, key=lambda row: str(row.rubric_version))
    assert {row.id: row.overall_score for row in rows} == sums
    assert first.grammar_score != second.grammar_score
    assert first.fluency_score == second.fluency_score


def test_nothing_of_what_was_said_is_stored_twice(database: Sessions, mine: Path) -> None:
    talk = archived(database)
    told("rerun", talk, "--rubric", mine)
    with database.begin() as session:
        stored = session.execute(
            select(StageResult.artifact_type, func.count())
            .where(StageResult.artifact.is_not(None))
            .group_by(StageResult.artifact_type)
        )
        assert {kind for kind, count in stored if count > 1} == {"Scorecard", "EvaluationRef"}


def test_the_same_again_changes_nothing(database: Sessions, mine: Path) -> None:
    talk = archived(database)
    told("rerun", talk, "--rubric", mine)
    again = told("rerun", talk, "--rubric", mine)
    assert (again["done"], again["unchanged"]) == (0, 1)
    by_the_same = told("rerun", talk)
    assert (by_the_same["done"], by_the_same["unchanged"]) == (0, 1)
    assert rubrics(database, talk) == ["2026.2", "mine"]


def test_a_rerun_by_the_rubric_in_force_is_what_readers_see(database: Sessions) -> None:
    """As after a release whose scoring is another."""
    talk = archived(database)
    before = seen(database, talk)
    with database.begin() as session:
        session.execute(
            update(StageResult).where(StageResult.stage == "score").values(content_key="older")
        )
    answer = told("rerun", talk)
    assert answer["done"] == 1
    after = seen(database, talk)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"run"}, "no row of the transcript was written anew"
    assert rubrics(database, talk) == ["2026.2", "2026.2"]
    with database.begin() as session:
        contexts = session.scalars(select(ProgressTracking.context)).all()
    assert {one["run"] for one in contexts if one} == {str(after["run"])}


def test_no_engine_is_even_imported(server: Postgres, database: Sessions, mine: Path) -> None:
    """In a process of its own, with processes of its own: more conversations than one is worth."""
    talk = archived(database)
    script = (
        "import sys; from cli.main import app\n"
        "if __name__ == '__main__':\n"
        "    try: app(sys.argv[1:])\n"
        "    except SystemExit as ended: assert not ended.code, ended.code\n"
        "    heavy = {'torch', 'av', 'boto3', 'spacy', 'faster_whisper', 'pyannote'}\n"
        "    assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    path = mine.with_name("scripted.py")
    path.write_text(script)
    done = subprocess.run(
        [sys.executable, path, "rerun", str(talk), "--rubric", str(mine)],
        env={**os.environ, "COLLOQUY_DATABASE__URL": server.url, "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "1 of 1 rerun" in done.stdout


def test_processes_share_the_work(database: Sessions, mine: Path) -> None:
    owner = None
    talks = []
    for _ in range(51):
        talks.append(archived(database, owner))
        with database.begin() as session:
            owner = session.get_one(Conversation, talks[0]).user_id
    answer = told("rerun", "--all", "--rubric", mine)
    assert (answer["done"], answer["failed"], answer["left"]) == (51, [], [])
    with database.begin() as session:
        owners = session.scalar(select(func.count()).where(Run.source_id.is_not(None)))
    assert owners == 51


def test_a_dry_run_says_what_would_be_computed_and_writes_nothing(
    database: Sessions, mine: Path
) -> None:
    talks = [archived(database), archived(database)]
    gone = uuid4()
    answer = told("rerun", *talks[:1], "--rubric", mine, "--dry-run")
    assert answer["conversations"] == 1
    assert [(one["stage"], one["count"]) for one in answer["stages"]] == [
        ("score", 1),
        ("persist", 1),
    ]
    assert 0 < answer["seconds"] < 60
    assert (answer["by"], answer["rubric"]) == ("this command", "mine")
    shown = colloquy("rerun", *talks, gone, "--rubric", mine, "--dry-run")
    assert shown.exit_code == 1
    assert "2 to be rerun from score on by the rubric mine" in shown.stdout
    assert f"{gone}  There is no such conversation" in shown.stdout
    assert [rubrics(database, one) for one in talks] == [["2026.2"], ["2026.2"]]
    with database.begin() as session:
        assert session.scalar(select(func.count()).where(Run.source_id.is_not(None))) == 0


def test_filters_meet(database: Sessions, mine: Path) -> None:
    with database.begin() as session:
        group = rows.group(session, "Evening").id
    inside, outside = archived(database, class_id=group), archived(database)
    with database.begin() as session:
        session.get_one(Conversation, outside).created_at = func.now() - func.make_interval(1)

    def many(*filters: object) -> int:
        found = told("rerun", *filters, "--rubric", mine, "--dry-run")
        return int(found["conversations"])

    assert many("--all") == 2
    assert many("--class", "Evening") == 1
    assert many("--since", "2000-01-01") == 2
    with database.begin() as session:
        day = session.get_one(Conversation, inside).created_at
    assert day is not None
    assert many("--since", day.date()) == 1
    assert many("--until", day.date()) == 2
    assert many("--until", day.date(), "--class", "Evening") == 1
    assert many("--scored-with", "2026.2") == 2
    assert many("--scored-with", "2026.2-beginners") == 0
    assert many("--engine", "decode=1") == 2
    assert many("--engine", "decode=2") == 0
    assert "no class" in failure("rerun", "--class", "Morning")
    assert failure("rerun", "--scored-with", "2026.3", "--dry-run") == (
        "There is no rubric '2026.3'. There are: 2026.2, 2026.2-beginners."
    )
    told("rerun", inside, "--rubric", mine)
    assert many("--scored-with", "mine") == 0


def test_a_newer_upload_goes_before_a_rerun_of_the_older_one(
    database: Sessions, mine: Path
) -> None:
    talk = archived(database)
    told("rerun", talk, "--rubric", mine)
    newer = analysed(database, talk, judged(9.0), etag="2")
    assert seen(database, talk)["run"] == newer
    told("rerun", talk, "--rubric", mine)
    assert seen(database, talk)["run"] == newer


def test_scores_are_decimals_of_two_places(database: Sessions, mine: Path) -> None:
    talk = archived(database)
    told("rerun", talk, "--rubric", mine)
    with database.begin() as session:
        for score in session.scalars(select(ConversationEvaluation.overall_score)):
            assert score == score.quantize(Decimal("0.01"))


def test_a_claim_of_a_rerun_reads_what_its_source_made(database: Sessions, mine: Path) -> None:
    talk = archived(database)
    told("rerun", talk, "--rubric", mine)
    with database.begin() as session:
        source = session.scalars(select(Run.id).where(Run.source_id.is_(None))).one()
        repeat = session.scalars(select(Run.id).where(Run.source_id == source)).one()
    store = RunStore(database, PLAN)
    old, new = store.artifacts(source)[0], store.artifacts(repeat)[0]
    assert {name for name in old if old[name] != new[name]} == {"Scorecard", "EvaluationRef"}
    assert SqlLedger(database, PLAN).claim(repeat, PLAN["score"], "me") is None


def test_with_its_conversation_all_goes(database: Sessions, mine: Path) -> None:
    talk = archived(database)
    told("rerun", talk, "--rubric", mine)
    told("rubric", "activate", mine)
    with database.begin() as session:
        session.delete(session.get_one(Conversation, talk))
    for table in (Run, StageResult, ConversationEvaluation, ScoreEvidence, SearchDocumentRow):
        assert count(database, table) == 0
    told("rubric", "undo")
