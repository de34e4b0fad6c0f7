"""What a backlog costs, and what is left of worker processes that end."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil
from sqlalchemy import select

from bench.crowd import Crowd
from config.settings import settings
from models.tables import Run, StageResult
from pipeline.scratch import PREFIX
from tests.fakes.quick import GROWN
from tests.integration.stacks import database_of, running, text_of
from tests.waiting import ended, eventually
from workers.submit import submit

AT_ONCE = 4
CROWD = 15
"""Uploads of one class: almost four times what may be on its way."""
PATIENCE = 400.0
"""Seconds; a run of the quick engines takes one to two on two idle cores."""
STAGES = 5
"""Messages of one run at most: its five judges."""


def test_a_crowd_of_one_class_drains_in_bounds_and_lets_another_class_through(
    tmp_path: Path, fixtures: Path
) -> None:
    gate = tmp_path / "gate"
    with (
        running(tmp_path, intake=False, COLLOQUY_WORKERS__RUNS_AT_ONCE=str(AT_ONCE)) as stack,
        database_of(stack) as store,
    ):
        crowd, recording = Crowd(settings(), store, stack), fixtures / "short.ogg"
        gate.write_text("wait")
        crowd.upload("crowd", recording, CROWD)
        alone = crowd.upload("alone", recording)
        gate.unlink()
        eventually(lambda: not crowd.look().left, PATIENCE, 0.5)
        looks = crowd.looks
        with store.begin() as session:
            runs = session.scalars(select(Run).order_by(Run.finished_at)).all()
            again = session.scalars(select(StageResult.stage).where(StageResult.attempt > 1)).all()
    assert {one.state for one in runs} == {"completed"}
    assert len(runs) == CROWD + 1
    assert again == []
    before = [one.conversation_id for one in runs].index(alone[0])
    assert before <= 2 * AT_ONCE, "those on their way, and those let in beside it"
    assert max(one.messages for one in looks) <= STAGES * AT_ONCE
    assert looks[-1].messages == 0
    assert crowd.wrong == []
    assert len({one.pid for look in looks for one in look.pool}) == 2, "none of them ended"
    later = looks[len(looks) // 3 :]
    memory = [sum(one.memory for one in look.pool) for look in later]
    # Two megabytes a run would be a leak; two looks differ by 15 in all.
    assert max(memory) - memory[0] <= 2 * 2**20 * CROWD, "memory stays flat"
    files = [sum(one.files for one in look.pool) for look in later]
    assert max(files) - files[0] <= 8, "no file stays open after a run"


def test_a_process_that_grew_is_replaced_after_its_stage_and_nothing_is_lost(
    tmp_path: Path, fixtures: Path
) -> None:
    gate, limit = tmp_path / "gate", GROWN // 1024**2
    with (
        running(tmp_path, COLLOQUY_WORKERS__MEMORY_MB=str(limit)) as stack,
        database_of(stack) as store,
    ):
        gate.write_text("grow")
        talk = submit(settings(), fixtures / "short.ogg", user="demo", learner="S2")
        grown = psutil.Process(int(eventually(lambda: text_of(gate.with_suffix(".grow")))))
        other = submit(settings(), fixtures / "short.ogg", user="demo", learner="S2")
        gate.unlink()
        for one in (talk, other):
            assert ended(store, one, PATIENCE).state == "completed"
        worker = psutil.Process(stack.children["worker"].process.pid)
        eventually(lambda: len(worker.children()) == 2 and grown not in worker.children())
        with store.begin() as session:
            assert set(session.scalars(select(StageResult.attempt))) == {1}


def test_the_folder_of_a_process_that_was_killed_is_deleted_by_the_one_after_it(
    tmp_path: Path, fixtures: Path
) -> None:
    root, gate = tmp_path / "scratch", tmp_path / "gate"
    with (
        running(tmp_path, COLLOQUY_WORKERS__SCRATCH=str(root)) as stack,
        database_of(stack) as store,
    ):
        gate.write_text("wait")
        talk = submit(settings(), fixtures / "short.ogg", user="demo", learner="S2")
        standing = int(eventually(lambda: text_of(gate.with_suffix(".wait"))))
        # Until the stage beside it is done, there may be two.
        left = eventually(lambda: _only_used(root))
        os.kill(standing, signal.SIGKILL)
        eventually(lambda: not left.exists())
        gate.unlink()
        assert ended(store, talk, PATIENCE).state == "completed"
        assert list(root.glob(f"{PREFIX}*")) == []


def _only_used(root: Path) -> Path | None:
    # Unlike `glob`, it does not mind a folder that goes meanwhile.
    used = [Path(folder) for folder, _, files in os.walk(root) if files]
    return used[0] if len(used) == 1 else None
