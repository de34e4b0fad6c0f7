from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import delete, select

from cli import learners
from config.settings import DatabaseSettings, Settings
from embedded.postgres import Postgres
from models.database import Sessions
from models.tables import (
    Achievement,
    Conversation,
    ProgressTracking,
    User,
    UserAchievement,
)
from pipeline.errors import PermanentError
from review.progress import progress
from tests.integration import rows
from tests.integration.commands import colloquy, failure
from tests.integration.evaluations import count, evaluation, rerun, saved
from tests.report_factories import scorecard

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def command(server: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    given = Settings(database=DatabaseSettings(url=SecretStr(server.url)))
    monkeypatch.setattr(learners, "settings", lambda: given)


def talk_on(database: Sessions, name: str, day: datetime) -> UUID:
    with database.begin() as session:
        found = session.scalar(select(User).where(User.username == name))
        made = rows.conversation(session, found or rows.user(session, name))
        made.created_at = day
        return made.id


def scored_talk(
    database: Sessions, day: datetime, grammar: str, name: str = "anna", rubric: str = "2026.2"
) -> UUID:
    talk = talk_on(database, name, day)
    card = replace(scorecard(grammar, "10", "10", "10", "10"), rubric=rubric)
    saved(database, rerun(database, talk, "1"), evaluation(card))
    return talk


@pytest.fixture
def achievable(database: Sessions) -> Iterator[Callable[[str, dict[str, Any]], None]]:
    """Adds an achievement for this test only."""
    added: list[str] = []

    def add(name: str, criteria: dict[str, Any]) -> None:
        added.append(name)
        with database.begin() as session:
            session.add(Achievement(name=name, description="x", criteria=criteria))

    yield add
    with database.begin() as session:
        session.execute(delete(Achievement).where(Achievement.name.in_(added)))


def has(database: Sessions, name: str) -> bool:
    with database.begin() as session:
        found = session.scalar(
            select(UserAchievement.id)
            .join(Achievement, Achievement.id == UserAchievement.achievement_id)
            .where(Achievement.name == name)
        )
        return found is not None


def test_a_curve_stands_at_the_days_of_the_talks_and_a_rerun_does_not_move_it(
    database: Sessions,
) -> None:
    first = scored_talk(database, NOON, "12")
    for n in range(1, 5):
        scored_talk(database, NOON + n * 7 * DAY, str(12 + 2 * n))
    before = progress(database, "anna", ["grammar_score"])
    assert (before.conversations, before.rubric, before.left_out) == (5, "2026.2", 0)
    [grammar] = before.trends
    assert (grammar.n, grammar.first, grammar.latest, grammar.verdict) == (5, 12, 20, "growth")
    card = scorecard("12", "10", "10", "10", "10")
    saved(database, rerun(database, first, "2"), evaluation(card))
    assert progress(database, "anna", ["grammar_score"]) == replace(
        before, achievements=progress(database, "anna").achievements
    )
    assert progress(database, "anna", ["grammar_score"], NOON + DAY).conversations == 4


def test_scores_of_another_rubric_are_left_out_and_told(database: Sessions) -> None:
    scored_talk(database, NOON, "24", rubric="2026.1")
    scored_talk(database, NOON + DAY, "12")
    found = progress(database, "anna", ["grammar_score", "words"])
    assert (found.conversations, found.rubric, found.left_out) == (2, "2026.2", 1)
    assert {one.metric: one.n for one in found.trends} == {"grammar_score": 1, "words": 2}


def test_every_written_value_has_the_registry_s_unit_and_scores_their_interval(
    database: Sessions,
) -> None:
    scored_talk(database, NOON, "12")
    with database.begin() as session:
        values = session.scalars(select(ProgressTracking)).all()
    assert {one.recorded_at for one in values} == {NOON}
    [overall] = [one for one in values if one.metric_name == "overall_score"]
    assert overall.metric_unit == "points of 100"
    assert overall.context is not None
    assert (overall.context["low"], overall.context["high"]) == ("49.00", "55.00")


def test_weeks_in_a_row_and_a_level_are_achieved_once(database: Sessions) -> None:
    for n in range(3):
        scored_talk(database, NOON + 7 * n * DAY, "20")
    assert not has(database, "Four weeks in a row")
    assert has(database, "Level B2")
    with database.begin() as session:
        told = select(Achievement.description).where(Achievement.name == "Level B2")
        assert session.scalars(told).one() == "A conversation at level B2 or above."
    last = scored_talk(database, NOON + 21 * DAY, "20")
    assert has(database, "Four weeks in a row")
    given = count(database, UserAchievement)
    saved(database, rerun(database, last, "2"), evaluation(scorecard("20", "10", "10", "10", "10")))
    assert count(database, UserAchievement) == given


def test_a_week_begins_where_the_learner_lives(database: Sessions) -> None:
    sunday = datetime(2026, 3, 8, 23, 30, tzinfo=UTC)
    for n in range(4):
        talk_on(database, "anna", sunday)
        if n == 0:
            with database.begin() as session:
                session.scalars(
                    select(User).where(User.username == "anna")
                ).one().timezone = "Asia/Tokyo"
    # In Tokyo the first is on a Monday, so that these are four weeks, and three in UTC.
    for moment in (sunday, sunday + DAY * 7, sunday + DAY * 14, sunday + DAY * 22):
        scored_talk(database, moment, "20")
    assert has(database, "Four weeks in a row")


@pytest.mark.parametrize(
    "criteria",
    [
        {},
        {"measure": "charm", "at_least": 1},
        {"measure": "level", "at_least": "Z9"},
        {"all": []},
        {"all": 3},
    ],
)
def test_criteria_that_cannot_be_read_harm_no_evaluation(
    database: Sessions,
    achievable: Callable[[str, dict[str, Any]], None],
    criteria: dict[str, Any],
) -> None:
    achievable("Broken", criteria)
    scored_talk(database, NOON, "12")
    assert has(database, "First conversation")
    assert not has(database, "Broken")


def test_several_criteria_must_all_be_met(
    database: Sessions, achievable: Callable[[str, dict[str, Any]], None]
) -> None:
    first = {"measure": "conversations", "at_least": 1}
    achievable("Both", {"all": [first, {"measure": "grammar_score", "at_least": 12}]})
    achievable("One", {"all": [first, {"measure": "grammar_score", "at_least": 13}]})
    scored_talk(database, NOON, "12")
    assert (has(database, "Both"), has(database, "One")) == (True, False)


def test_an_unknown_user_and_metric_are_told(database: Sessions) -> None:
    talk_on(database, "anna", NOON)
    with pytest.raises(PermanentError, match="no metric 'charm'"):
        progress(database, "anna", ["charm"])
    with pytest.raises(PermanentError, match="no user"):
        progress(database, "berta")


@pytest.mark.usefixtures("command")
def test_the_commands_tell_it(database: Sessions) -> None:
    talk_on(database, "anna", NOON)
    nothing = colloquy("progress", "anna").stdout
    assert nothing == "no evaluated conversation to show a trend of\n"
    scored_talk(database, NOON, "12")
    scored_talk(database, NOON + DAY, "18")
    told = colloquy("progress", "anna", "--metric", "grammar_score")
    assert told.exit_code == 0
    assert "growth" in told.stdout
    assert "First conversation" in told.stdout
    read = json.loads(colloquy("progress", "anna", "--all", "--json").stdout)
    assert {"overall_score", "grammar_score"} <= {one["metric"] for one in read["trends"]}
    assert "no user" in failure("progress", "berta")


def test_a_conversation_that_was_deleted_stays_a_point_of_the_curve(database: Sessions) -> None:
    talk = scored_talk(database, NOON, "12")
    with database.begin() as session:
        session.delete(session.get_one(Conversation, talk))
    assert progress(database, "anna").conversations == 1
