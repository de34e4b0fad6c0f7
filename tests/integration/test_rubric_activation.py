"""What readers see before a rubric comes into force, after it, and after that was undone."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from models.activation import Activations
from models.database import Sessions
from models.ledger import SqlLedger
from models.reruns import Repeat, Reruns
from models.rubrics import RubricActivation, Rubrics, hold_steady
from models.tables import (
    Achievement,
    AuditEvent,
    Conversation,
    ConversationEvaluation,
    ProgressTracking,
    Run,
    StageResult,
    UserAchievement,
)
from pipeline.plan import PLAN
from review.planning import Planner
from tests.fakes.quick import quick_tools
from tests.integration import rows
from tests.integration.archived import (
    MINE,
    MOVED,
    USUAL,
    archived,
    finish,
    rubrics,
    seen,
    told,
)
from tests.integration.commands import deeds, failure
from tests.integration.evaluations import count
from tests.integration.test_views import view

pytestmark = pytest.mark.usefixtures("analyst")


def in_force(database: Sessions) -> str:
    return Rubrics(database, "2026.2").in_force()


def activations(database: Sessions) -> list[RubricActivation]:
    with database.begin() as session:
        return list(
            session.scalars(
                select(RubricActivation)
                .where(RubricActivation.by_setting.is_(False))
                .order_by(RubricActivation.position)
            )
        )


def test_readers_see_the_new_rubric_when_it_is_in_force_and_the_old_one_when_that_is_undone(
    database: Sessions, mine: Path
) -> None:
    with database.begin() as session:
        group = rows.group(session).id
    talks = [archived(database, class_id=group, rate=rate) for rate in (2.0, 6.0)]
    before = [seen(database, one) for one in talks]
    average = view(database, "class_performance", "class_id", group)["average_class_score"]
    told("rerun", "--all", "--rubric", mine)
    assert [seen(database, one) for one in talks] == before

    answer = told("rubric", "activate", mine)
    assert answer == {"rubric": "mine", "changed": 2, "seen": 2, "others": 0, "left": 0}
    after = [seen(database, one) for one in talks]
    for old, new in zip(before, after, strict=True):
        changed = {name for name in old if old[name] != new[name]}
        assert changed == {"run", "rubric", "score", "overall_score", "grammar_score"}
        assert new["rubric"] == "mine"
        assert new["overall_score"] == new["score"]
    now = view(database, "class_performance", "class_id", group)["average_class_score"]
    assert now not in {average, None}

    assert told("rubric", "undo")["changed"] == 2
    assert [seen(database, one) for one in talks] == before
    assert view(database, "class_performance", "class_id", group)["average_class_score"] == average
    assert [rubrics(database, one) for one in talks] == 2 * [["2026.2", "mine"]]


def test_uploads_are_scored_by_the_rubric_in_force(database: Sessions, mine: Path) -> None:
    told("rubric", "activate", mine)
    talk = archived(database, rubric=Rubrics(database, "2026.2").read("mine"))
    with database.begin() as session:
        run_id = session.scalars(select(Run.id).where(Run.conversation_id == talk)).one()
        session.execute(update(Run).values(rubric=None))
    assert Rubrics(database, "2026.2").of(run_id) == MOVED
    told("rubric", "undo")
    assert Rubrics(database, "2026.2").of(run_id) == USUAL


def test_who_did_it_is_kept(database: Sessions, mine: Path) -> None:
    told("rubric", "activate", mine)
    told("rubric", "undo")
    (made,) = activations(database)
    assert deeds(database, made.id) == [
        ("activate", {"version": "mine", "before": "2026.2"}),
        ("undo", {"version": "mine", "now": "2026.2"}),
    ]
    assert made.undone_at is not None


def test_there_is_nothing_to_undo_before_anything_was_activated(database: Sessions) -> None:
    assert "No activation is left" in failure("rubric", "undo")
    with database.begin() as session:
        assert session.scalar(select(func.count()).select_from(RubricActivation)) == 0


def test_the_same_rubric_twice_is_one_activation(database: Sessions, mine: Path) -> None:
    told("rubric", "activate", mine)
    with database.begin() as session:
        events = session.scalar(select(func.count()).select_from(AuditEvent))
    assert told("rubric", "activate", "mine")["changed"] == 0
    assert len(activations(database)) == 1
    with database.begin() as session:
        assert session.scalar(select(func.count()).select_from(AuditEvent)) == events
    told("rubric", "undo")
    assert "No activation is left" in failure("rubric", "undo")


def test_the_setting_holds_until_something_is_activated(database: Sessions, mine: Path) -> None:
    talk = archived(database)
    told("rerun", talk, "--rubric", mine)
    assert Rubrics(database, "2026.2-beginners").in_force() == "2026.2-beginners"
    told("rubric", "activate", mine)
    assert Rubrics(database, "2026.2-beginners").in_force() == "mine"
    told("rubric", "undo")
    assert Rubrics(database, "2026.2-beginners").in_force() == "2026.2-beginners"


def test_a_rubric_by_which_nothing_was_scored_hides_nothing(database: Sessions, mine: Path) -> None:
    talk = archived(database)
    before = seen(database, talk)
    answer = told("rubric", "activate", mine)
    assert (answer["changed"], answer["seen"], answer["others"]) == (0, 0, 1)
    assert seen(database, talk) == before
    assert told("rerun", "--all")["done"] == 1
    assert seen(database, talk)["rubric"] == "mine"
    told("rubric", "undo")
    assert seen(database, talk) == before, "also where it was rerun while the rubric was in force"


def test_of_several_the_one_that_came_into_force_last_is_seen(
    database: Sessions, mine: Path
) -> None:
    talk = archived(database)
    told("rerun", talk, "--rubric", mine)
    told("rerun", talk, "--rubric", "2026.2-beginners")
    shown = []
    for verb in (
        ("activate", "mine"),
        ("activate", "2026.2-beginners"),
        ("activate", "2026.2"),
        ("undo",),
        ("undo",),
        ("undo",),
    ):
        told("rubric", *verb)
        shown.append(seen(database, talk)["rubric"])
        assert in_force(database) == shown[-1]
    assert shown == ["mine", "2026.2-beginners", "2026.2", "2026.2-beginners", "mine", "2026.2"]


def test_too_little_evidence_by_the_rubric_in_force_is_what_is_seen(
    database: Sessions, tmp_path: Path
) -> None:
    talk = archived(database)
    path = tmp_path / "mine.toml"
    path.write_text(MINE.replace('metric = "mattr"', 'metric = "mean_word_probability"', 1))
    before = seen(database, talk)
    progress = count(database, ProgressTracking)
    told("rerun", talk, "--rubric", path)
    told("rubric", "activate", path)
    assert count(database, ProgressTracking) == 0
    with database.begin() as session:
        owner = session.get_one(Conversation, talk).user_id
    assert owner is not None
    assert view(database, "user_progress_summary", "user_id", owner)["average_score"] is None
    told("rubric", "undo")
    assert seen(database, talk) == before
    assert count(database, ProgressTracking) == progress


def test_what_was_stopped_in_the_middle_is_ended_by_the_same_command(
    database: Sessions, mine: Path
) -> None:
    talks = [archived(database) for _ in range(3)]
    told("rerun", "--all", "--rubric", mine)
    known = Rubrics(database, "2026.2")
    made = Activations(database, PLAN, known)
    assert made.activate(MOVED)
    assert made.follow(talks[0])
    assert not made.follow(talks[0])
    assert [seen(database, one)["rubric"] for one in talks] == ["mine", "2026.2", "2026.2"]
    assert sorted(made.behind()) == sorted(talks[1:])
    assert told("rubric", "activate", "mine")["changed"] == 2
    assert made.behind() == []


def test_a_conversation_that_is_erased_meanwhile_stops_nobody(
    database: Sessions, mine: Path
) -> None:
    talk = archived(database)
    told("rerun", talk, "--rubric", mine)
    made = Activations(database, PLAN, Rubrics(database, "2026.2"))
    made.activate(MOVED)
    with database.begin() as session:
        session.delete(session.get_one(Conversation, talk))
    assert not made.follow(talk)


def test_a_rubric_comes_into_force_between_two_evaluations_and_not_in_the_middle_of_one(
    database: Sessions,
) -> None:
    made = Activations(database, PLAN, Rubrics(database, "2026.2"))
    thread = threading.Thread(target=lambda: made.activate(MOVED))
    with database.begin() as session:
        hold_steady(session)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
    thread.join()
    assert in_force(database) == "mine"


def _repeats(database: Sessions, talk: UUID, stage: str) -> Sequence[Repeat]:
    planner = Planner(PLAN, stage, {**quick_tools(), "rubric": USUAL}, lambda _key, _etag: False)
    return planner.plans(database, [talk], USUAL.version).repeats


def test_the_newest_analysis_goes_before_the_rubric(database: Sessions, mine: Path) -> None:
    """Else a rubric would bring back the words and slips of an engine that was replaced."""
    talk = archived(database)
    told("rerun", talk, "--rubric", mine)
    (repeat,) = _repeats(database, talk, "grammar")
    run_id = Reruns(database, PLAN).begin(repeat, rubric="2026.2", admitted=True).run_id
    ledger = SqlLedger(database, PLAN)
    with database.begin() as session:
        source = session.get_one(Run, run_id).source_id
    assert source is not None
    with database.begin() as session:
        old = session.get_one(StageResult, (source, "grammar"))
        new = session.get_one(StageResult, (run_id, "grammar"))
        new.state, new.artifact, new.artifact_type = "done", old.artifact, old.artifact_type
        new.content_key = "of a newer engine"
        session.get_one(StageResult, (run_id, "score")).state = "ready"
    finish(database, run_id, USUAL)
    assert ledger.claim(run_id, PLAN["score"], "me") is None
    assert seen(database, talk)["run"] == run_id
    assert told("rubric", "activate", mine)["changed"] == 0
    assert seen(database, talk)["run"] == run_id
    assert told("rerun", talk)["done"] == 1
    assert seen(database, talk)["rubric"] == "mine"


def test_engines_and_rubric_are_changed_one_after_the_other(database: Sessions, mine: Path) -> None:
    sentence = failure("rerun", archived(database), "--rubric", mine, "--from", "grammar")
    assert "by the rubric in force, 2026.2" in sentence


def test_a_trial_earns_nothing_before_it_is_seen(database: Sessions, mine: Path) -> None:
    talk = archived(database, rate=9.0)
    with database.begin() as session:
        earned = session.scalar(select(func.count()).select_from(UserAchievement)) or 0
        scores = select(ConversationEvaluation.grammar_score)
        least = float(session.scalars(scores).one()) + 1
        session.add(
            Achievement(
                name="Better", description="x",
                criteria={"measure": "grammar_score", "at_least": least},
            )
        )  # fmt: skip
    told("rerun", talk, "--rubric", mine)
    assert count(database, UserAchievement) == earned
    told("rubric", "activate", mine)
    assert count(database, UserAchievement) == earned + 1
    told("rubric", "undo")
    assert count(database, UserAchievement) == earned + 1, "what was earned stays earned"
    with database.begin() as session:
        session.delete(
            session.scalars(select(Achievement).where(Achievement.name == "Better")).one()
        )
