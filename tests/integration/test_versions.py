"""Conversations with several runs: readers see the newest that came to a scorecard, whichever ends last."""

from __future__ import annotations

import threading
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import select

from models.database import Sessions
from models.ledger import SqlLedger
from models.run_store import RunStore
from models.tables import (
    Conversation,
    ConversationEvaluation,
    ConversationSegment,
    GrammarErrorRow,
    ProgressTracking,
    Run,
    ScoreEvidence,
    SearchDocumentRow,
    VocabularyAnalysis,
)
from pipeline.errors import PermanentError
from pipeline.plan import PLAN
from pipeline.ports import Evaluation
from tests.integration import rows
from tests.integration.evaluations import (
    at_persist,
    conversation,
    count,
    ended,
    evaluation,
    forget,
    older,
    saved,
    sent,
)
from tests.integration.test_views import view
from tests.report_factories import scorecard

BROKEN = PermanentError("The file is not a recording.", code="not-media")


def seen(database: Sessions, talk: UUID) -> dict[str, object]:
    """What readers see of the only conversation there is."""
    with database.begin() as session:
        row = session.get_one(Conversation, talk)
        assert row.class_id is not None
        assert row.user_id is not None

        found: dict[str, object] = {
            "transcript": row.transcript,
            "status": str(row.status),
            "seconds": row.duration_seconds,
            "audio": row.audio_file_url,
            "segments": sorted(session.scalars(select(ConversationSegment.text_content))),
            "errors": session.scalars(select(GrammarErrorRow.suggested_correction)).all(),
            "words": sorted(session.scalars(select(VocabularyAnalysis.word))),
            "documents": sorted(session.scalars(select(SearchDocumentRow.text_content))),
            "points": session.scalars(
                select(ProgressTracking.metric_value).where(
                    ProgressTracking.metric_name == "overall_score"
                )
            ).all(),
        }
        class_id, user_id = row.class_id, row.user_id
    average = view(database, "class_performance", "class_id", class_id)["average_class_score"]
    level = view(database, "user_progress_summary", "user_id", user_id)["current_level"]
    shown = RunStore(database, PLAN).scored(talk)
    return found | {"average": average, "level": level, "shown": shown}


def test_readers_see_the_newest_upload_in_whatever_order_the_runs_end(database: Sessions) -> None:
    views = []
    for newest_first in (False, True):
        talk = conversation(database)
        first, second = sent(database, talk, "a.wav"), sent(database, talk, "b.wav")
        work = [(first, older()), (second, evaluation())]
        for run_id, made in reversed(work) if newest_first else work:
            ended(database, run_id, made)
        found = seen(database, talk)
        assert found.pop("shown") == second
        assert found.pop("audio") == f"uploads/{talk}/b.wav"
        views.append(found)
        with database.begin() as session:
            states = session.scalars(select(Run.state).where(Run.conversation_id == talk)).all()
            assert states == ["completed", "completed"]
            evaluated = session.scalars(
                select(ConversationEvaluation.overall_score).where(
                    ConversationEvaluation.conversation_id == talk
                )
            ).all()
            assert sorted(evaluated) == [Decimal(73), Decimal(100)], "none is lost"
        assert count(database, ScoreEvidence) == 10
        forget(database, talk)
    assert views[0] == views[1]
    assert views[0]["seconds"] == 61
    assert views[0]["errors"] == ["went"]
    assert views[0]["points"] == [Decimal(73)]
    assert (views[0]["average"], views[0]["level"]) == (Decimal(73), "B2")
    assert views[0]["status"] == "completed"
    assert len(views[0]["documents"]) == 4  # type: ignore[arg-type]  # a list of texts


def test_runs_that_persist_at_once_are_told_apart_by_their_age(database: Sessions) -> None:
    for _ in range(5):
        talk = conversation(database)
        runs = [sent(database, talk, "a.wav"), sent(database, talk, "b.wav")]
        made = [older(), evaluation()]
        attempts = [at_persist(database, one) for one in runs]
        gate = threading.Barrier(2)

        def save(
            number: int,
            runs: list[UUID] = runs,
            attempts: list[int] = attempts,
            made: list[Evaluation] = made,
            gate: threading.Barrier = gate,
        ) -> None:
            gate.wait()
            saved(database, runs[number], made[number], attempts[number])

        threads = [threading.Thread(target=save, args=(number,)) for number in range(2)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        with database.begin() as session:
            found = session.get_one(Conversation, talk)
            assert (found.duration_seconds, found.status) == (61, "completed")
        assert count(database, ConversationSegment) == 4
        assert count(database, ConversationEvaluation) == 2
        forget(database, talk)


def test_an_older_run_waits_for_the_newer_one_that_is_just_persisting(database: Sessions) -> None:
    talk = conversation(database)
    first, second = sent(database, talk, "a.wav"), sent(database, talk, "b.wav")
    attempt = at_persist(database, first)
    late = threading.Thread(target=lambda: saved(database, first, older(), attempt))
    with database.begin() as session:
        session.get_one(Conversation, talk, with_for_update=True).duration_seconds = 61
        session.get_one(Run, second).scorecard = {"as": "persist writes it"}
        session.flush()
        late.start()
        late.join(0.3)
        assert late.is_alive()
    late.join()
    with database.begin() as session:
        assert session.get_one(Conversation, talk).duration_seconds == 61


def test_too_little_evidence_in_the_newest_upload_is_what_readers_see(database: Sessions) -> None:
    seen_before = None
    for newest_first in (False, True):
        talk = conversation(database)
        first, second = sent(database, talk, "a.wav"), sent(database, talk, "b.wav")
        little = evaluation(scorecard(insufficient="The learner said too little."))
        work = [(first, older()), (second, little)]
        for run_id, made in reversed(work) if newest_first else work:
            ended(database, run_id, made)
        found = seen(database, talk)
        assert found.pop("shown") == second
        assert found.pop("audio") == f"uploads/{talk}/b.wav"
        assert (found["average"], found["level"], found["points"]) == (None, None, [])
        assert (found["status"], found["seconds"]) == ("completed", 61)
        assert seen_before in {None, str(found)}
        seen_before = str(found)
        assert count(database, ConversationEvaluation) == 1, "the history is kept"
        forget(database, talk)


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_newest_upload_that_fails_hides_nothing(
    database: Sessions, *, newest_first: bool
) -> None:
    talk = conversation(database)
    first, second = sent(database, talk, "a.wav"), sent(database, talk, "b.wav")
    ledger = SqlLedger(database, PLAN)

    def fail() -> None:
        claim = ledger.claim(second, PLAN["decode"], "me")
        assert claim is not None
        ledger.fail(claim, BROKEN)

    if newest_first:
        fail()
        with database.begin() as session:
            assert session.get_one(Conversation, talk).status == "processing", (
                "the older one goes on"
            )
    ended(database, first, older())
    if not newest_first:
        with database.begin() as session:
            assert session.get_one(Conversation, talk).status == "processing", (
                "the newer one goes on"
            )
        fail()
    found = seen(database, talk)
    assert (found["shown"], found["audio"]) == (first, f"uploads/{talk}/a.wav")
    assert (found["status"], found["seconds"], found["average"]) == ("completed", 9, Decimal(100))


def test_when_all_uploads_fail_the_conversation_has(database: Sessions) -> None:
    talk = conversation(database)
    runs = [sent(database, talk, name) for name in ("a.wav", "b.wav")]
    ledger = SqlLedger(database, PLAN)
    for run_id in runs:
        claim = ledger.claim(run_id, PLAN["decode"], "me")
        assert claim is not None
        ledger.fail(claim, BROKEN)
    with database.begin() as session:
        assert session.get_one(Conversation, talk).status == "failed"
    assert RunStore(database, PLAN).scored(talk) is None


def test_an_older_run_that_begins_late_does_not_make_the_conversation_unfinished(
    database: Sessions,
) -> None:
    talk = conversation(database)
    first, second = sent(database, talk, "a.wav"), sent(database, talk, "b.wav")
    ended(database, second, evaluation())
    assert SqlLedger(database, PLAN).claim(first, PLAN["decode"], "me") is not None
    with database.begin() as session:
        assert session.get_one(Conversation, talk).status == "completed"


def test_a_search_index_that_fails_does_not_make_a_failure_of_what_was_evaluated(
    database: Sessions,
) -> None:
    talk = conversation(database)
    run_id = sent(database, talk, "a.wav")
    ref = saved(database, run_id, evaluation())
    ledger = SqlLedger(database, PLAN)
    rows.kill(database)
    claim = ledger.claim(run_id, PLAN["persist"], "me")
    assert claim is not None
    assert ref.state == "evaluated"
    ledger.fail(claim, PermanentError("The search server rejects it.", code="search-rejected"))
    with database.begin() as session:
        assert session.get_one(Run, run_id).state == "failed"
        assert session.get_one(Conversation, talk).status == "completed"
