"""`colloquy rollout` over a real archive."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models.database import Sessions
from models.tables import (
    Class,
    Conversation,
    ConversationEvaluation,
    Run,
    StageResult,
    User,
    UserProfile,
)
from tests.integration import rows
from tests.integration.archived import analysed, archived, judged, rubrics, told
from tests.integration.commands import colloquy, failure
from tests.integration.evaluations import count

pytestmark = pytest.mark.usefixtures("analyst")


@pytest.fixture
def talks(database: Sessions) -> list[object]:
    """Of two classes, with slips of their own."""
    with database.begin() as session:
        groups = [rows.group(session, name).id for name in ("Morning", "Evening")]
    return [archived(database, class_id=groups[n % 2], rate=1.0 + 2 * n) for n in range(6)]


def test_an_archive_is_scored_in_memory_and_nothing_is_written(
    database: Sessions, talks: list[object], mine: Path, tmp_path: Path
) -> None:
    tables = (Run, ConversationEvaluation, StageResult)
    before = [count(database, one) for one in tables]
    page = tmp_path / "out" / "rollout.html"
    found = told("rollout", mine, "--least", "2", "--html", page)
    assert [count(database, one) for one in tables] == before
    assert (found["conversations"], found["learners"], found["rubric"]) == (6, 6, "mine")
    assert found["before"] == [{"rubric": "2026.2", "conversations": 6}]
    overall, grammar = found["scores"][:2]
    assert overall["shift"]["value"] == pytest.approx(grammar["shift"]["value"])
    assert overall["shift"]["low"] <= overall["shift"]["value"] <= overall["shift"]["high"]
    assert {(one["kind"], one["name"]) for one in found["subgroups"]} >= {
        ("class", "Morning"),
        ("class", "Evening"),
        ("language", "en"),
    }
    assert {one["conversation"] for one in found["moved"]} <= {str(one) for one in talks}
    assert all(one["dimension"] == "grammar" for one in found["moved"])
    assert page.read_text().startswith("<!doctype html>")


def test_it_foretells_what_a_rerun_makes(
    database: Sessions, talks: list[object], mine: Path
) -> None:
    foretold = told("rollout", mine)
    assert foretold["conversations"] == len(talks)
    told("rerun", "--all", "--rubric", mine)
    told("rubric", "activate", mine)
    with database.begin() as session:
        mean = session.scalar(
            select(func.avg(ConversationEvaluation.overall_score)).where(
                ConversationEvaluation.rubric_version == "mine"
            )
        )
    assert mean is not None
    assert foretold["scores"][0]["mean_after"] == pytest.approx(float(mean))
    after = told("rollout", mine)
    assert {one["value"] for one in after["agreement"][:2]} == {100}
    assert after["moved"] == []


def test_in_a_terminal_with_a_class(talks: list[object], mine: Path) -> None:
    del talks
    shown = colloquy("rollout", mine, "--class", "Morning")
    assert shown.exit_code == 0, shown.output
    assert "3 conversations of 3 learners by mine" in shown.stdout
    assert "exact + adjacent agreement" in shown.stdout
    assert "fewer than 30 learners" in shown.stdout
    both = json.loads(
        colloquy("rollout", mine, "--class", "Morning", "--class", "Evening", "--json").stdout
    )
    assert both["conversations"] == 6
    assert "no class" in failure("rollout", mine, "--class", "Night")


def test_an_archive_with_one_conversation_says_what_cannot_be_computed(
    database: Sessions, mine: Path
) -> None:
    archived(database)
    shown = colloquy("rollout", mine).stdout
    assert "too few learners" in shown
    found = told("rollout", mine)
    assert found["scores"][0]["r"]["value"] is None
    assert "different scores" in found["scores"][0]["r"]["reason"]


def test_an_empty_archive_is_told(database: Sessions, mine: Path) -> None:
    del database
    assert "no conversation whose readers see a result" in failure("rollout", mine)


def test_age_groups_are_told_by_the_platform(database: Sessions, mine: Path) -> None:
    for n, group in enumerate(("child", "child", "adult")):
        talk = archived(database, rate=1.0 + n)
        with database.begin() as session:
            owner = session.get_one(Conversation, talk).user_id
            session.add(UserProfile(user_id=owner, preferences={"age_group": group}))
    found = told("rollout", mine, "--least", "1")
    ages = {
        one["name"]: one["learners"] for one in found["subgroups"] if one["kind"] == "age group"
    }
    assert ages == {"adult": 1, "child": 2}


def test_what_cannot_be_scored_any_more_is_named_and_the_others_go_on(
    database: Sessions, mine: Path
) -> None:
    good, lacking = archived(database), archived(database)
    with database.begin() as session:
        run = session.scalars(select(Run.id).where(Run.conversation_id == lacking)).one()
        session.get_one(StageResult, (run, "fluency")).artifact = None
    found = told("rollout", mine)
    assert found["conversations"] == 1
    assert [one["conversation"] for one in found["left_out"]] == [str(lacking)]
    assert "FluencyReport" in found["left_out"][0]["reason"]
    assert rubrics(database, good) == ["2026.2"]


def test_a_newer_upload_is_the_one_that_counts(database: Sessions, mine: Path) -> None:
    talk = archived(database, rate=2.0)
    before = told("rollout", mine)["points"]
    analysed(database, talk, judged(12.0), etag="2")
    after = told("rollout", mine)["points"]
    assert len(after) == 1
    assert after != before


def test_processes_share_the_work(database: Sessions, mine: Path) -> None:
    with database.begin() as session:
        owner = rows.user(session).id
    for n in range(51):
        archived(database, owner, rate=1.0 + n / 10)
    found = told("rollout", mine)
    assert (found["conversations"], found["learners"]) == (51, 1)
    assert found["scores"][0]["r"]["value"] == pytest.approx(1, abs=0.01)
    assert "too few learners" in found["scores"][0]["r"]["reason"]


def test_names_of_people_are_nowhere(database: Sessions, talks: list[object], mine: Path) -> None:
    with database.begin() as session:
        names = {one.username for one in session.scalars(select(User))}
        assert session.scalar(select(func.count()).select_from(Class)) == 2
    answer = colloquy("rollout", mine, "--json", "--least", "1").stdout
    assert not {one for one in names if one in answer}
    assert talks
