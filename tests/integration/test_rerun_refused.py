"""What cannot be rerun is left out or refused with a sentence, and harms nothing."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import update

from models.database import Sessions
from models.run_store import RunStore
from models.tables import (
    Run,
    StageResult,
)
from pipeline.errors import PermanentError
from pipeline.plan import PLAN
from pipeline.values import Upload
from tests.integration.archived import MINE, archived, rubrics, seen, told
from tests.integration.commands import colloquy, failure
from tests.integration.evaluations import forget

pytestmark = pytest.mark.usefixtures("analyst")


def test_what_is_being_analysed_failed_or_never_was_is_left_out(
    database: Sessions, mine: Path
) -> None:
    busy, failed, empty = archived(database), archived(database), archived(database)
    runs = RunStore(database, PLAN)
    runs.create(busy, Upload(name="b.ogg", key=f"uploads/{busy}/b.ogg", size=1, etag="2"))
    with database.begin() as session:
        session.execute(update(Run).where(Run.conversation_id == empty).values(shown=False))
        session.execute(
            update(Run)
            .where(Run.conversation_id == failed)
            .values(shown=False, scorecard=None, state="failed", reason="There is no sound.")
        )
        session.execute(update(Run).where(Run.conversation_id == empty).values(state="cancelled"))
    found = {
        one["conversation"]: one["reason"]
        for one in told("rerun", "--all", "--rubric", mine)["left_out"]
    }
    assert "still being analysed" in found[str(busy)]
    assert "There is no sound. Replay its dead letter." in found[str(failed)]
    assert "cancelled" in found[str(empty)]
    assert "cannot be rerun" in failure("rerun", busy, "--rubric", mine)


def test_what_was_erased_is_told_and_the_others_go_on(database: Sessions, mine: Path) -> None:
    erased, talk = archived(database), archived(database)
    forget(database, erased)
    assert "it was erased, or the id is wrong" in colloquy("rerun", erased, "--rubric", mine).stdout
    found = colloquy("rerun", erased, talk, "--rubric", mine)
    assert found.exit_code == 1
    assert "1 of 1 rerun" in found.stdout
    assert "1 of the named conversations cannot be rerun" in found.stderr
    assert (rubrics(database, erased), rubrics(database, talk)) == ([], ["2026.2", "mine"])


@pytest.mark.parametrize(
    "wrong",
    [(), ("--all", "--class", "A"), (str(uuid4()), "--all"), ("--engine", "spacy"), ("--all", "--from", "nowhere"), ("--all", "--from", "persist")],
)  # fmt: skip
def test_wrong_use_is_told(wrong: tuple[str, ...]) -> None:
    assert colloquy("rerun", *wrong).exit_code == 2


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("points = 9\n", "points = 8\n", "the points of grammar sum to 24, not to 25"),
        ("cap = 25", "cap = 30", "grammar has the cap 30, it must be 25"),
        ('metric = "mattr"', 'metric = "charm"', "vocabulary, charm: no such metric"),
        ('title = "Variety"', 'title = "Variety"\nbonus = 2', "mattr: no such rule as 'bonus'"),
        ("[[profile]]", "[[profiles]]", "the file: no such rule as 'profiles'"),
        ('kind = "losses"\ntitle', 'kind = "magic"\ntitle', "the kind must be gain or losses"),
        ('version = "mine"', "version = ", "it cannot be read"),
        ('version = "mine"', 'version = "2026.2"', "a version of its own"),
        ('version = "mine"\n', "", "'version' is missing"),
        ('version = "mine"', 'version = ""', "50 of them at most"),
        ('version = "mine"', 'version = "-mine"', "a letter or digit first"),
        ('version = "mine"', 'version = "mine.toml"', "no .toml at its end"),
        ('version = "mine"', 'version = "two\\nlines"', "50 of them at most"),
        ('version = "mine"', f'version = "{"x" * 51}"', "50 of them at most"),
    ],
)
def test_a_rubric_that_does_not_hold_together_is_refused(
    database: Sessions, mine: Path, old: str, new: str, sentence: str
) -> None:
    talk = archived(database)
    assert old in MINE
    mine.write_text(MINE.replace(old, new, 1))
    assert sentence in failure("rerun", talk, "--rubric", mine)
    assert rubrics(database, talk) == ["2026.2"]


def test_an_unknown_rubric_is_told_with_those_that_are_known(database: Sessions) -> None:
    told_ = failure("rerun", archived(database), "--rubric", "1999.1")
    assert "2026.2-beginners" in told_
    assert "cannot be read" in failure("rerun", uuid4(), "--rubric", "nowhere.toml")


def test_a_conversation_that_lacks_a_stage_is_left_out_with_what_to_do(
    database: Sessions, mine: Path
) -> None:
    """As after a release that brought a judge of its own."""
    talk = archived(database)
    with database.begin() as session:
        session.execute(
            update(StageResult).where(StageResult.stage == "fluency").values(state="pending")
        )
    found = told("rerun", "--all", "--rubric", mine, "--dry-run")["left_out"]
    assert [one["conversation"] for one in found] == [str(talk)]
    assert "Rerun it from fluency on." in found[0]["reason"]


def test_too_little_evidence_by_the_new_rubric_is_a_result_too(
    database: Sessions, tmp_path: Path
) -> None:
    """It asks for a metric that was not measured."""
    talk = archived(database)
    path = tmp_path / "mine.toml"
    path.write_text(MINE.replace('metric = "mattr"', 'metric = "mean_word_probability"', 1))
    before = seen(database, talk)
    assert told("rerun", talk, "--rubric", path)["done"] == 1
    assert rubrics(database, talk) == ["2026.2"]
    assert seen(database, talk) == before
    assert told("rerun", talk, "--rubric", path)["unchanged"] == 1


def test_a_persist_that_is_refused_tells_why(
    database: Sessions, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = archived(database)
    before = seen(database, talk)

    def refuse(*_: object, **__: object) -> None:
        raise PermanentError("No room.", code="no-room")

    monkeypatch.setattr("models.evaluation_store.SqlEvaluations.save", refuse)
    found = colloquy("rerun", talk, "--rubric", mine)
    assert found.exit_code == 1
    assert "No room." in found.stdout
    assert seen(database, talk) == before, "what readers see does not hang on a rerun"
    monkeypatch.undo()
