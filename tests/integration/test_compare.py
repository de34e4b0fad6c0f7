"""`colloquy compare`: two evaluations of one conversation, or one and what a rubric would give."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from cli import conversations
from models.database import Sessions
from models.tables import Conversation, ConversationEvaluation, Run
from tests.integration import rows
from tests.integration.archived import archived, told
from tests.integration.commands import colloquy, failure

pytestmark = pytest.mark.usefixtures("analyst")


def evaluations(database: Sessions, talk: UUID) -> dict[str | None, UUID]:
    """By rubric."""
    with database.begin() as session:
        found = session.execute(
            select(ConversationEvaluation.rubric_version, ConversationEvaluation.id).where(
                ConversationEvaluation.conversation_id == talk
            )
        )
        return {row[0]: row[1] for row in found}


def test_two_evaluations_and_the_evidence_that_moved(database: Sessions, mine: Path) -> None:
    talk = archived(database)
    told("rerun", talk, "--rubric", mine)
    made = evaluations(database, talk)
    found = told("compare", made["2026.2"], made["mine"])
    assert (found["before"]["rubric"], found["after"]["rubric"]) == ("2026.2", "mine")
    assert (found["before"]["shown"], found["after"]["shown"]) == (True, False)
    moved = {one["name"]: Decimal(one["by"]) for one in found["scores"]}
    assert moved["grammar"] == moved["overall"] != 0
    evidence = [one for one in found["evidence"] if one["dimension"] == "grammar"]
    assert sum(Decimal(one["by"]) for one in evidence) == moved["grammar"]
    assert evidence == found["evidence"], "nothing else moved"
    slip = next(one for one in evidence if one["rule"] == "HE_VERB_AGR")
    assert (slip["kind"], slip["said"]) == ("changed", "she go")


def test_a_conversation_and_a_rubric_before_anything_was_rerun(
    database: Sessions, mine: Path
) -> None:
    talk = archived(database)
    now = told("compare", talk, "--rubric", mine)
    assert now["after"]["run"] is None
    with database.begin() as session:
        assert session.scalar(select(func.count()).select_from(Run)) == 1, "nothing is written"
    told("rerun", talk, "--rubric", mine)
    made = evaluations(database, talk)
    later = told("compare", made["2026.2"], made["mine"])
    assert (later["scores"], later["evidence"]) == (now["scores"], now["evidence"])


def test_in_a_terminal(database: Sessions, mine: Path) -> None:
    talk = archived(database)
    shown = colloquy("compare", talk, "--rubric", mine).stdout
    assert '"she go" at 0:' in shown
    assert "level" in shown
    assert "No evidence changed." in colloquy("compare", talk, "--rubric", "2026.2").stdout


def test_a_conversation_alone_lists_its_evaluations(database: Sessions, mine: Path) -> None:
    talk = archived(database)
    told("rerun", talk, "--rubric", mine)
    made = evaluations(database, talk)
    shown = colloquy("compare", talk).stdout.splitlines()
    assert len(shown) == 2
    assert shown[0].startswith(str(made["mine"]))
    assert shown[1].startswith(str(made["2026.2"]))
    assert "seen by readers" in shown[1]
    listed = json.loads(colloquy("compare", talk, "--json").stdout)
    assert [one["rubric"] for one in listed] == ["mine", "2026.2"]


def test_an_old_evaluation_is_shown_as_it_was(
    database: Sessions, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversations, "database", lambda: database)
    talk = archived(database)
    told("rerun", talk, "--rubric", mine)
    first = json.loads(colloquy("show", talk, "--json").stdout)
    told("rubric", "activate", mine)
    assert json.loads(colloquy("show", talk, "--json").stdout)["provenance"]["rubric"] == "mine"
    old = evaluations(database, talk)["2026.2"]
    assert json.loads(colloquy("show", old, "--json").stdout) == first


def test_two_learners_are_not_compared(database: Sessions) -> None:
    first, second = archived(database), archived(database)
    assert "evaluations of two learners" in failure("compare", first, second)
    with database.begin() as session:
        owner = session.get_one(Conversation, first).user_id
    third = archived(database, owner)
    assert "two conversations of one learner" in failure("compare", first, third)


def test_what_was_never_evaluated_is_told(database: Sessions) -> None:
    assert "There is no evaluation" in failure("compare", uuid4(), uuid4())
    assert "nothing of it was evaluated" in failure("compare", uuid4())
    with database.begin() as session:
        talk = rows.conversation(session, rows.user(session)).id
        own = rows.evaluation(talk)
        own.is_ai_generated = False
        session.add(own)
        session.flush()
        by_hand = own.id
    assert "made from a recording" in failure("compare", by_hand, "--rubric", "2026.2")
    assert colloquy("compare", talk, talk, "--rubric", "2026.2").exit_code == 2
