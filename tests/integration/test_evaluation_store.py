from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import func, select

from models.database import Sessions
from models.evaluation_store import SqlEvaluations
from models.ledger import SqlLedger
from models.run_store import RunStore
from models.tables import (
    Conversation,
    ConversationEvaluation,
    ConversationSegment,
    GrammarErrorRow,
    ProgressTracking,
    RubricVersion,
    Run,
    ScoreEvidence,
    StageResult,
    UserAchievement,
    VocabularyAnalysis,
)
from pipeline.errors import PermanentError
from pipeline.metrics import METRICS
from pipeline.plan import PLAN
from pipeline.reports import Dimension
from pipeline.scores import Evidence
from tests.integration import rows
from tests.integration.evaluations import TALK, at_persist, count, evaluation, finish, rerun, saved
from tests.report_factories import place, scorecard

EVERYTHING = (
    ConversationEvaluation,
    ConversationSegment,
    GrammarErrorRow,
    ProgressTracking,
    RubricVersion,
    ScoreEvidence,
    UserAchievement,
    VocabularyAnalysis,
)


def test_the_conversation_is_complete(database: Sessions) -> None:
    talk, run_id = rows.run(database)
    ref = saved(database, run_id, evaluation())
    assert (ref.state, ref.segments, ref.errors, ref.lemmas) == ("evaluated", 4, 1, 2)
    with database.begin() as session:
        row = session.get_one(Conversation, talk)
        assert (row.status, row.duration_seconds) == ("completed", 61)
        assert row.completed_at is not None
        assert row.transcript is not None
        assert row.transcript.splitlines()[1] == "learner: I goed home and he go too."


def test_segments_errors_and_words_are_rows(database: Sessions) -> None:
    _, run_id = rows.run(database)
    saved(database, run_id, evaluation())
    with database.begin() as session:
        segments = session.scalars(
            select(ConversationSegment).order_by(ConversationSegment.segment_number)
        ).all()
        slip = session.scalars(select(GrammarErrorRow)).one()
        words = session.scalars(select(VocabularyAnalysis.word)).all()
    assert [one.text_content for one in segments] == [one.text for one in TALK.segments]
    assert segments[0].confidence_score == Decimal("95.00")
    assert slip.segment_id == segments[1].id
    text = segments[1].text_content
    assert text[slip.start_position : slip.end_position] == "goed"
    assert (slip.suggested_correction, slip.severity) == ("went", "high")
    assert sorted(words) == ["i", "yes"]


def test_the_evidence_of_each_dimension_sums_to_its_score(database: Sessions) -> None:
    _, run_id = rows.run(database)
    home = place(TALK, "home")
    grammar = (
        Evidence(
            dimension=Dimension.GRAMMAR,
            rule="full",
            points=Decimal("25.00"),
            explanation="Full marks.",
            place=None,
        ),
        Evidence(
            dimension=Dimension.GRAMMAR,
            rule="SLIP",
            points=Decimal("-5.00"),
            explanation="A slip.",
            place=home,
        ),
    )
    others = tuple(one for one in scorecard().evidence if one.dimension != Dimension.GRAMMAR)
    saved(database, run_id, evaluation(scorecard(evidence=(*grammar, *others))))
    with database.begin() as session:
        row = session.scalars(select(ConversationEvaluation)).one()
        total = func.sum(ScoreEvidence.points).label("total")
        found = session.execute(
            select(ScoreEvidence.dimension, total).group_by(ScoreEvidence.dimension)
        )
        sums = {row.dimension: row.total for row in found}
        loss = session.scalars(select(ScoreEvidence).where(ScoreEvidence.points < 0)).one()
    assert sums == {str(one): getattr(row, f"{one}_score") for one in Dimension}
    assert row.overall_score == sum(sums.values()) == Decimal("73.00")
    assert (row.evaluator_id, row.is_ai_generated, row.proficiency_level) == (None, True, "B2")
    assert (loss.segment_number, loss.words) == (home.segment, list(home.words))
    assert loss.start_ms == round(home.start_time * 1000)
    assert (row.run_id, row.rubric_version, row.input_sha256) == (run_id, "2026.2", "f" * 64)


def test_progress_has_every_score_and_metric_with_its_unit(database: Sessions) -> None:
    talk, run_id = rows.run(database)
    made = evaluation()
    ref = saved(database, run_id, made)
    with database.begin() as session:
        written = {one.metric_name: one for one in session.scalars(select(ProgressTracking))}
    measured = {one.name for report in made.reports for one in report.metrics}
    assert set(written) == measured | {"overall_score"} | {f"{one}_score" for one in Dimension}
    for name, row in written.items():
        assert row.metric_unit == METRICS[name].unit
        interval = {"low", "high"} if name.endswith("_score") else set()
        assert row.context is not None
        assert set(row.context) == {"conversation", "run", "evaluation", "rubric"} | interval
        assert row.context["conversation"] == str(talk)
        assert row.context["run"] == str(run_id)
        assert row.context["evaluation"] == ref.evaluation_id
    assert written["overall_score"].metric_value == Decimal(73)


def test_a_second_call_for_the_same_run_changes_nothing(database: Sessions) -> None:
    _, run_id = rows.run(database)
    attempt = at_persist(database, run_id)
    first = saved(database, run_id, evaluation(), attempt)
    before = {table: count(database, table) for table in EVERYTHING}
    assert saved(database, run_id, evaluation(), attempt) == first
    assert {table: count(database, table) for table in EVERYTHING} == before
    assert all(before.values())


def test_a_rerun_adds_an_evaluation_and_takes_the_transcripts_place(database: Sessions) -> None:
    talk, run_id = rows.run(database)
    saved(database, run_id, evaluation())
    saved(database, rerun(database, talk, "2"), evaluation(scorecard("10", "10", "10", "10", "9")))
    assert count(database, ConversationEvaluation) == 2
    assert count(database, RubricVersion) == 1
    assert count(database, ConversationSegment) == len(TALK.segments)
    assert count(database, GrammarErrorRow) == 1
    assert count(database, VocabularyAnalysis) == 2


def test_an_overtaken_attempt_writes_nothing(database: Sessions) -> None:
    _, run_id = rows.run(database)
    late = at_persist(database, run_id)
    assert SqlLedger(database, PLAN).claim(run_id, PLAN["persist"], "me") is not None
    with pytest.raises(PermanentError, match="overtaken"):
        saved(database, run_id, evaluation(), late)
    assert {count(database, table) for table in EVERYTHING} == {0}


def test_a_run_that_is_over_writes_nothing(database: Sessions) -> None:
    _, run_id = rows.run(database)
    attempt = at_persist(database, run_id)
    with database.begin() as session:
        session.get_one(Run, run_id).state = "cancelled"
    with pytest.raises(PermanentError):
        saved(database, run_id, evaluation(), attempt)
    assert {count(database, table) for table in EVERYTHING} == {0}


def test_what_fails_halfway_leaves_nothing(database: Sessions) -> None:
    _, run_id = rows.run(database)
    broken = scorecard("25", "20", "20", "15", "20")
    wrong = replace(broken, overall=replace(broken.overall, score=Decimal("50.00")))
    with pytest.raises(Exception, match="ck_conversation_evaluations_sum"):
        saved(database, run_id, evaluation(wrong))
    assert {count(database, table) for table in EVERYTHING} == {0}


def test_a_rubric_that_was_edited_under_its_version_is_refused(database: Sessions) -> None:
    talk, run_id = rows.run(database)
    saved(database, run_id, evaluation())
    edited = replace(evaluation(), rubric_sha256="e" * 64)
    with pytest.raises(PermanentError) as caught:
        saved(database, rerun(database, talk, "2"), edited)
    assert caught.value.code == "rubric-changed"
    assert "version of its own" in caught.value.advice
    assert count(database, ConversationEvaluation) == 1
    own = replace(edited, scorecard=replace(edited.scorecard, rubric="2026.2-edited"))
    saved(database, rerun(database, talk, "3"), own)
    assert (count(database, ConversationEvaluation), count(database, RubricVersion)) == (2, 2)


def test_an_evaluation_keeps_its_engines_without_its_run(database: Sessions) -> None:
    _, run_id = rows.run(database)
    attempt = at_persist(database, run_id)
    used = {"transcribe": ["whisper 1", "vad 2"], "diarize": ["vad 2"], "persist": ["not done"]}
    with database.begin() as session:
        for stage, engines in used.items():
            session.get_one(StageResult, (run_id, stage)).engines = engines
    saved(database, run_id, evaluation(), attempt)
    with database.begin() as session:
        session.delete(session.get_one(Run, run_id))
    with database.begin() as session:
        row = session.scalars(select(ConversationEvaluation)).one()
        assert (row.run_id, row.engines) == (None, ["vad 2", "whisper 1"])


def test_too_little_evidence_gives_no_evaluation_but_a_transcript_and_the_reason(
    database: Sessions,
) -> None:
    talk, run_id = rows.run(database)
    attempt = at_persist(database, run_id)
    made = evaluation(scorecard(insufficient="The learner said too little."))
    ref = saved(database, run_id, made, attempt)
    with database.begin() as session:
        kept = set(session.scalars(select(ConversationSegment.id)))
    assert saved(database, run_id, made, attempt) == ref
    assert (ref.state, ref.evaluation_id) == ("insufficient", None)
    for table in (ConversationEvaluation, ScoreEvidence, ProgressTracking, UserAchievement):
        assert count(database, table) == 0
    finish(database, run_id, ref)
    with database.begin() as session:
        assert set(session.scalars(select(ConversationSegment.id))) == kept
        run = session.get_one(Run, run_id)
        assert (run.state, run.reason) == ("insufficient", "The learner said too little.")
        assert run.scorecard is not None
        assert run.scorecard["dimensions"][0]["score"] == "20.00"
        assert session.get_one(Conversation, talk).status == "completed"


def test_the_last_stage_completes_the_run(database: Sessions) -> None:
    talk, run_id = rows.run(database)
    finish(database, run_id, saved(database, run_id, evaluation()))
    status = RunStore(database, PLAN).latest(talk)
    assert status is not None
    assert (status.state, status.over) == ("completed", True)
    assert {one.state for one in status.stages} == {"done"}


def test_each_segment_is_a_document_with_the_conversations_class_and_date(
    database: Sessions,
) -> None:
    talk, run_id = rows.run(database)
    store = SqlEvaluations(database)
    assert store.documents(talk) == ()
    saved(database, run_id, evaluation())
    with database.begin() as session:
        row = session.get_one(Conversation, talk)
        row.class_id = rows.group(session).id
        session.flush()
        group, made = row.class_id, row.created_at
    assert made is not None
    found = store.documents(talk)
    assert [(one.number, one.speaker, one.text) for one in found] == [
        (one.number, one.speaker, one.text) for one in TALK.segments
    ]
    assert (found[1].start, found[1].end) == (TALK.segments[1].start, TALK.segments[1].end)
    assert {(one.class_id, one.created_on, one.language) for one in found} == {
        (group, made.date().isoformat(), "en")
    }
    with pytest.raises(PermanentError):
        store.documents(UUID(int=0))
