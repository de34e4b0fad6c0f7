"""Reruns that are stopped, killed, begun twice, or stand in line behind uploads."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update

from config.settings import ReliabilitySettings
from embedded.postgres import Postgres
from models.admission import Line
from models.database import Sessions
from models.ledger import SqlLedger
from models.reruns import Repeat, Reruns
from models.rubrics import Rubrics
from models.run_store import RunStore
from models.tables import Conversation, ConversationEvaluation, Run, ScoreEvidence, StageResult
from pipeline.errors import PermanentError
from pipeline.plan import PLAN
from pipeline.values import Upload
from review.planning import Planner
from review.rerun import Done, Walker, by_workers
from tests.fakes.quick import quick_tools
from tests.integration.archived import MOVED, USUAL, archived, rubrics, told
from tests.integration.evaluations import count
from tests.waiting import eventually

pytestmark = pytest.mark.usefixtures("analyst")
TERMS = ReliabilitySettings()


def repeats(database: Sessions, *talks: UUID, stage: str = "score") -> Sequence[Repeat]:
    Rubrics(database, "2026.2").try_out(MOVED)
    planner = Planner(PLAN, stage, {**quick_tools(), "rubric": MOVED}, lambda _key, _etag: True)
    return planner.plans(database, talks, MOVED.version).repeats


def scored(database: Sessions) -> int:
    with database.begin() as session:
        made = select(func.count()).where(Run.source_id.is_not(None), Run.scorecard.is_not(None))
        return session.scalar(made) or 0


def waits_for_a_lock(database: Sessions) -> bool:
    with database.begin() as session:
        return bool(session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


def test_ctrl_c_ends_after_the_one_at_work_and_the_same_command_goes_on(
    server: Postgres, database: Sessions, mine: Path
) -> None:
    talks = [archived(database) for _ in range(5)]
    with database.begin() as session:
        session.get_one(Conversation, talks[2], with_for_update=True)
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.command", "rerun", "--all", "--rubric", mine],
            env={**os.environ, "COLLOQUY_DATABASE__URL": server.url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        eventually(lambda: waits_for_a_lock(database) or None)
        process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "3 of 5 rerun" in output
    assert "the same command goes on" in output
    answer = told("rerun", "--all", "--rubric", mine)
    assert (answer["done"], answer["unchanged"]) == (2, 3)
    assert [rubrics(database, one) for one in talks] == 5 * [["2026.2", "mine"]]


def test_what_was_killed_is_taken_over_when_its_lease_is_over(
    database: Sessions, mine: Path
) -> None:
    talk = archived(database)
    (repeat,) = repeats(database, talk)
    run_id = Reruns(database, PLAN).begin(repeat, rubric="mine", admitted=True).run_id
    assert SqlLedger(database, PLAN).claim(run_id, PLAN["score"], "killed") is not None
    answer = told("rerun", talk, "--rubric", mine)
    assert [one["conversation"] for one in answer["left"]] == [str(talk)]
    assert rubrics(database, talk) == ["2026.2"]
    with database.begin() as session:
        session.execute(
            update(StageResult)
            .where(StageResult.run_id == run_id)
            .values(lease_until=func.now() - timedelta(seconds=1))
        )
    # As in upkeep, which sends such stages to the workers.
    assert (run_id, "score") in SqlLedger(database, PLAN).to_send(0)
    assert told("rerun", talk, "--rubric", mine)["done"] == 1
    assert rubrics(database, talk) == ["2026.2", "mine"]


def test_two_analysts_at_once_write_each_evaluation_once(database: Sessions) -> None:
    talks = [archived(database) for _ in range(8)]
    evidence = count(database, ScoreEvidence)
    wanted = repeats(database, *talks)
    gate = threading.Barrier(2)
    found: dict[int, list[Done]] = {}

    def work(number: int) -> None:
        walk = Walker(database, MOVED, TERMS)
        gate.wait()
        found[number] = [walk(one) for one in wanted]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert {one.outcome for each in found.values() for one in each} <= {"done", "left"}
    for talk in talks:
        assert rubrics(database, talk) == ["2026.2", "mine"]
        assert {
            one.outcome for each in found.values() for one in each if one.conversation == talk
        } >= {"done"}
    assert count(database, ConversationEvaluation) == 16
    assert scored(database) == 8
    assert count(database, ScoreEvidence) == 2 * evidence


def test_a_conversation_that_is_erased_meanwhile_is_told_and_leaves_nothing(
    database: Sessions,
) -> None:
    talk, other = archived(database), archived(database)
    first, second = repeats(database, talk, other)
    with database.begin() as session:
        session.delete(session.get_one(Conversation, talk))
    walk = Walker(database, MOVED, TERMS)
    assert walk(first).outcome == "failed"
    assert "erased" in str(walk(first).reason)
    assert walk(second).outcome == "done"


def test_one_that_was_uploaded_again_meanwhile_is_not_repeated(database: Sessions) -> None:
    talk = archived(database)
    (repeat,) = repeats(database, talk)
    with database.begin() as session:
        session.execute(update(Run).values(shown=False))
    with pytest.raises(PermanentError, match="meanwhile"):
        Reruns(database, PLAN).begin(repeat, rubric="mine", admitted=True)


def test_a_rerun_has_its_turn_when_no_upload_stands_in_line(database: Sessions) -> None:
    talks = [archived(database) for _ in range(3)]
    reruns = Reruns(database, PLAN)
    made = [
        reruns.begin(one, rubric="mine", admitted=False).run_id
        for one in repeats(database, *talks, stage="grammar")
    ]
    again = Upload(name="b.ogg", key=f"uploads/{talks[0]}/b.ogg", size=1, etag="2")
    later, _ = RunStore(database, PLAN).create(talks[0], again)
    line = Line(database, 2)
    assert [run_id for run_id, _ in line.next()] == [later, made[0]]
    assert line.waiting() == 2
    with database.begin() as session:
        status = session.get_one(Conversation, talks[1]).status
    assert status == "completed", "what is repeated was seen before, and is seen until then"


def test_what_did_not_begin_is_taken_back_at_a_stop(database: Sessions) -> None:
    talks = [archived(database) for _ in range(3)]
    wanted = repeats(database, *talks, stage="grammar")
    stop = threading.Event()

    def dispatch() -> None:
        Line(database, 1).next()
        stop.set()

    assert list(by_workers(database, wanted, MOVED, dispatch, stop)) == []
    with database.begin() as session:
        left = session.scalars(select(Run.conversation_id).where(Run.source_id.is_not(None))).all()
    assert left == talks[:1], "one was on its way and goes on"


def test_a_failed_rerun_may_be_begun_anew_and_is_not_replayed_beside_it(
    database: Sessions,
) -> None:
    talk = archived(database)
    (repeat,) = repeats(database, talk)
    reruns, ledger = Reruns(database, PLAN), SqlLedger(database, PLAN)
    first = reruns.begin(repeat, rubric="mine", admitted=True).run_id
    claim = ledger.claim(first, PLAN["score"], "me")
    assert claim is not None
    ledger.fail(claim, PermanentError("No.", code="no"))
    with database.begin() as session:
        assert session.get_one(Conversation, talk).status == "completed"
    assert Walker(database, MOVED, TERMS)(repeat).outcome == "done"
    assert reruns.begin(repeat, rubric="mine", admitted=True).run_id != first


def test_the_rubric_of_a_run_is_the_one_it_was_made_for(database: Sessions) -> None:
    """Whoever ends it: a worker finds the text in the database."""
    talk = archived(database)
    (repeat,) = repeats(database, talk)
    run_id = Reruns(database, PLAN).begin(repeat, rubric="mine", admitted=True).run_id
    known = Rubrics(database, "2026.2-beginners")
    assert known.of(run_id) == MOVED
    assert known.tools(run_id, {"rubric": USUAL})["rubric"] == MOVED
    with database.begin() as session:
        source = session.get_one(Run, run_id).source_id
        session.execute(update(Run).where(Run.id == source).values(rubric=None))
    assert source is not None
    assert known.of(source).version == "2026.2-beginners", (
        "the settings hold while nothing is activated"
    )
