"""A rerun that takes engines: by real workers, on real servers, behind the uploads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from config.settings import settings
from embedded.stack import Stack
from models.database import Sessions
from models.tables import Conversation, ConversationEvaluation, Run, StageResult
from tests.fakes.quick import quick_tools
from tests.integration.archived import MINE
from tests.integration.commands import colloquy
from tests.integration.stacks import database_of, running
from tests.waiting import ended
from workers import toolbox
from workers.submit import submit
from workers.toolbox import s3_media


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("rerun")) as made:
        yield made


@pytest.fixture(scope="module")
def store(stack: Stack) -> Iterator[Sessions]:
    with database_of(stack) as made:
        yield made


@pytest.fixture
def talk(store: Sessions, fixtures: Path) -> UUID:
    """Analysed by the quick engines."""
    made = submit(settings(), fixtures / "short.ogg", user="demo", learner="S2")
    assert ended(store, made).state == "completed"
    return made


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command names the engines that the workers have."""
    real = toolbox.Toolbox.__getitem__
    quick = quick_tools()
    monkeypatch.setattr(
        toolbox.Toolbox, "__getitem__", lambda self, name: quick.get(name) or real(self, name)
    )


def told(*arguments: object) -> dict[str, Any]:
    found = colloquy(*arguments, "--json")
    assert found.exit_code == 0, found.output
    answer: dict[str, Any] = json.loads(found.stdout)
    return answer


def evaluations(store: Sessions, talk: UUID) -> int:
    with store.begin() as session:
        made = select(func.count()).where(ConversationEvaluation.conversation_id == talk)
        return session.scalar(made) or 0


def older(store: Sessions, talk: UUID, stage: str) -> None:
    """As if another engine had done the stage."""
    with store.begin() as session:
        runs = select(Run.id).where(Run.conversation_id == talk)
        session.execute(
            update(StageResult)
            .where(StageResult.run_id.in_(runs), StageResult.stage == stage)
            .values(content_key="of another engine", engines=["grammarian 0.9"])
        )


def test_only_what_changed_is_computed_and_readers_see_the_result(
    store: Sessions, talk: UUID
) -> None:
    older(store, talk, "grammar")
    plans = told("rerun", talk, "--from", "attribute", "--dry-run")
    assert plans["by"] == "workers"
    counts = {one["stage"]: one["count"] for one in plans["stages"]}
    assert counts == {"grammar": 1, "score": 1, "persist": 1, "index": 1}, "at most"
    assert told("rerun", "--engine", "grammarian=0.9", "--from", "attribute")["done"] == 1
    with store.begin() as session:
        run = session.scalars(select(Run).where(Run.source_id.is_not(None), Run.shown)).one()
        rows = session.scalars(select(StageResult).where(StageResult.run_id == run.id)).all()
        kept = {one.stage for one in rows if one.artifact_run_id is not None}
        found = {one.stage for one in rows if one.reused and one.artifact_run_id is None}
        status = session.get_one(Conversation, talk).status
    assert kept == {"decode", "transcribe", "diarize"}
    # What goes into the scorecard came out as it was, so that it is known again, too.
    assert found >= {"attribute", "vocabulary", "fluency", "comprehension", "pronunciation"}
    assert status == "completed"
    assert evaluations(store, talk) == 2
    assert told("rerun", talk, "--from", "attribute")["unchanged"] == 1


def test_without_its_recording_it_is_rerun_from_score_only(
    stack: Stack, store: Sessions, talk: UUID, tmp_path: Path
) -> None:
    del stack
    mine = tmp_path / "mine.toml"
    mine.write_text(MINE)
    media = s3_media(settings())
    with store.begin() as session:
        key = session.scalars(select(Run.media_key).where(Run.conversation_id == talk)).one()
    media.remove(key)
    refused = colloquy("rerun", talk, "--from", "decode")
    assert refused.exit_code == 1
    assert "Its recording is not there any more." in refused.stdout
    older(store, talk, "transcribe")
    heard = told("rerun", talk, "--from", "transcribe", "--dry-run")
    assert heard["conversations"] == 1, "the sound that was made of it is"
    for one in media.keys(f"derived/{talk}/"):
        media.remove(one)
    assert colloquy("rerun", talk, "--from", "transcribe").exit_code == 1
    assert told("rerun", talk, "--rubric", mine)["done"] == 1
    assert evaluations(store, talk) == 2


def test_a_rerun_that_fails_ends_as_a_dead_letter_and_readers_see_what_they_saw(
    stack: Stack, store: Sessions, talk: UUID
) -> None:
    del stack
    with store.begin() as session:
        seen = session.scalars(select(Run.id).where(Run.conversation_id == talk, Run.shown)).one()
    older(store, talk, "decode")
    media = s3_media(settings())
    with store.begin() as session:
        key = session.get_one(Run, seen).media_key
        session.execute(
            update(Run)
            .where(Run.id == seen)
            .values(media_etag="", seed={**session.get_one(Run, seen).seed, "etag": "other"})
        )
    assert media.exists(key)
    found = colloquy("rerun", talk, "--from", "decode")
    assert found.exit_code == 1, found.output
    assert "replaced" in found.stdout
    letters = json.loads(colloquy("dead", "list", "--stage", "decode", "--json").stdout)
    assert [one["conversation_id"] for one in letters] == [str(talk)]
    with store.begin() as session:
        assert session.get_one(Conversation, talk).status == "completed"
        assert session.get_one(Run, seen).shown


def test_from_a_trial_to_uploads_that_are_scored_by_it_and_back(
    store: Sessions, talk: UUID, fixtures: Path, tmp_path: Path
) -> None:
    """As an analyst goes; the worker has the rubric from the database alone."""
    mine = tmp_path / "mine.toml"
    mine.write_text(MINE)
    assert told("rerun", talk, "--rubric", mine, "--dry-run")["conversations"] == 1
    assert told("rollout", mine)["rubric"] == "mine"
    assert told("rerun", "--all", "--rubric", mine)["failed"] == []
    moved = told("compare", talk, "--rubric", mine)
    assert [one["rubric"] for one in (moved["before"], moved["after"])] == ["2026.2", "mine"]
    assert told("rubric", "activate", mine)["left"] == 0
    mine.unlink()
    try:
        later = submit(settings(), fixtures / "short.ogg", user="demo", learner="S2")
        assert ended(store, later).state == "completed"
    finally:
        told("rubric", "undo")
    with store.begin() as session:
        rubrics = select(ConversationEvaluation.rubric_version)
        made = session.scalars(rubrics.where(ConversationEvaluation.conversation_id == later))
        assert made.all() == ["mine"]
        seen = select(Run.rubric).where(Run.shown, Run.conversation_id == talk)
        assert session.scalars(seen).one() == "2026.2"
