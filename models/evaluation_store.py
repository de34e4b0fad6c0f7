"""Writes an evaluation and all that goes with it in one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models.achievements import award
from models.database import Sessions, working
from models.enums import ConversationStatus, ErrorSeverity, SubmissionStatus
from models.runs import RUN_OVER
from models.tables import (
    AssignmentSubmission,
    Conversation,
    ConversationEvaluation,
    ConversationSegment,
    GrammarErrorRow,
    ProgressTracking,
    RubricVersion,
    Run,
    ScoreEvidence,
    StageResult,
    VocabularyAnalysis,
)
from pipeline.artifacts import freeze
from pipeline.errors import PermanentError
from pipeline.metrics import METRICS
from pipeline.ports import ConversationFacts, Evaluation
from pipeline.reports import Dimension, GrammarReport, VocabularyReport
from pipeline.values import EvaluationRef


class SqlEvaluations:
    """`pipeline.ports.EvaluationStore` on PostgreSQL."""

    engine = ""

    def __init__(self, sessions: Sessions) -> None:
        """Write through these sessions."""
        self._sessions = sessions

    def save(self, run_id: UUID, attempt: int, evaluation: Evaluation) -> EvaluationRef:
        """With the run's row locked; an overtaken attempt and a run that is over write nothing."""
        with working(self._sessions) as session:
            run = session.get(Run, run_id, with_for_update=True)
            current = session.scalar(
                select(StageResult.attempt).where(
                    StageResult.run_id == run_id, StageResult.stage == "persist"
                )
            )
            if run is None or run.state in RUN_OVER or current != attempt:
                raise PermanentError(
                    "This attempt was overtaken by another.", code="overtaken", advice=""
                )
            known = session.scalar(
                select(ConversationEvaluation.id).where(ConversationEvaluation.run_id == run_id)
            )
            if known is None and run.scorecard is None:
                known = self._write(session, run, evaluation)
        errors, lemmas = _counts(evaluation)
        return EvaluationRef(
            state="evaluated" if known else "insufficient",
            evaluation_id=str(known) if known else None,
            reason=evaluation.scorecard.overall.reason,
            segments=len(evaluation.dialogue.segments),
            errors=errors,
            lemmas=lemmas,
        )

    def facts(self, conversation_id: UUID) -> ConversationFacts:
        """Class and date."""
        with working(self._sessions) as session:
            row = session.get(Conversation, conversation_id)
            if row is None:
                raise PermanentError(
                    "The conversation was deleted.", code="conversation-missing", advice=""
                )
            day = row.created_at.date().isoformat() if row.created_at else None
            return ConversationFacts(class_id=row.class_id, created_on=day)

    def _write(self, session: Session, run: Run, evaluation: Evaluation) -> UUID | None:
        conversation = session.get_one(Conversation, run.conversation_id, with_for_update=True)
        segments = _segments(session, conversation.id, evaluation)
        session.add_all(_errors(conversation.id, segments, evaluation))
        session.add_all(_words(conversation.id, evaluation))
        conversation.transcript = "\n".join(
            f"{one.speaker}: {one.text}" for one in evaluation.dialogue.segments
        )
        conversation.duration_seconds = round(evaluation.recording.duration)
        conversation.status = ConversationStatus.COMPLETED
        conversation.completed_at = session.execute(select(func.now())).scalar_one()
        run.scorecard = json.loads(freeze(evaluation.scorecard).body)
        overall = evaluation.scorecard.overall
        if overall.score is None:
            run.reason_code, run.reason = "insufficient", overall.reason
            _submit(session, run, conversation)
            return None
        written = _evaluation(session, run, evaluation)
        if conversation.user_id is not None:
            session.add_all(_progress(conversation.user_id, run, written, evaluation))
            session.flush()
            award(session, conversation.user_id, evaluation)
        _submit(session, run, conversation)
        return written


def _counts(evaluation: Evaluation) -> tuple[int, int]:
    errors = lemmas = 0
    for report in evaluation.reports:
        if isinstance(report, GrammarReport):
            errors = sum(one.counted for one in report.errors)
        if isinstance(report, VocabularyReport):
            lemmas = len(report.lemmas)
    return errors, lemmas


def _segments(session: Session, conversation_id: UUID, evaluation: Evaluation) -> dict[int, UUID]:
    """The transcript's segments in place of an earlier run's; errors go with theirs by cascade."""
    for table in (ConversationSegment, VocabularyAnalysis):
        session.execute(delete(table).where(table.conversation_id == conversation_id))
    rows = [
        ConversationSegment(
            conversation_id=conversation_id,
            segment_number=one.number,
            start_time=Decimal(str(one.start)),
            end_time=Decimal(str(one.end)),
            speaker=one.speaker,
            text_content=one.text,
            confidence_score=Decimal(str(round(100 * one.confidence, 2))),
            language_detected=one.language,
        )
        for one in evaluation.dialogue.segments
    ]
    session.add_all(rows)
    session.flush()
    return {row.segment_number: row.id for row in rows}


def _errors(
    conversation_id: UUID, segments: dict[int, UUID], evaluation: Evaluation
) -> Iterator[GrammarErrorRow]:
    """The counted slips; what does not count stays in the run's report."""
    for report in evaluation.reports:
        if not isinstance(report, GrammarReport):
            continue
        for one in report.errors:
            if one.counted:
                yield GrammarErrorRow(
                    conversation_id=conversation_id,
                    segment_id=segments[one.place.segment],
                    error_type=one.type,
                    error_description=one.message,
                    suggested_correction=one.suggestion,
                    severity=ErrorSeverity(one.severity),
                    start_position=one.place.start,
                    end_position=one.place.end,
                )


def _words(conversation_id: UUID, evaluation: Evaluation) -> Iterator[VocabularyAnalysis]:
    for report in evaluation.reports:
        if not isinstance(report, VocabularyReport):
            continue
        for one in report.lemmas:
            fit = one.appropriateness
            yield VocabularyAnalysis(
                conversation_id=conversation_id,
                word=one.lemma[:200],
                frequency=one.frequency,
                complexity_score=Decimal(str(one.complexity)),
                appropriateness_score=None if fit is None else Decimal(str(fit)),
                context=one.context[:500],
                is_advanced=one.is_advanced,
            )


def _evaluation(session: Session, run: Run, evaluation: Evaluation) -> UUID:
    card = evaluation.scorecard
    points = {one.dimension: one.score for one in card.dimensions}
    session.execute(
        insert(RubricVersion)
        .values(version=card.rubric, sha256=evaluation.rubric_sha256)
        .on_conflict_do_nothing()
    )
    row = ConversationEvaluation(
        conversation_id=run.conversation_id,
        overall_score=card.overall.score,
        **{f"{one}_score": points[one] for one in Dimension},
        proficiency_level=card.level.cefr,
        strengths=list(card.feedback.strengths),
        areas_for_improvement=list(card.feedback.areas_for_improvement),
        recommendations=list(card.feedback.recommendations),
        detailed_feedback=json.loads(freeze(card.feedback).body),
        is_ai_generated=True,
        run_id=run.id,
        rubric_version=card.rubric,
        input_sha256=evaluation.sha256,
    )
    session.add(row)
    session.flush()
    session.add_all(_evidence(row.id, evaluation))
    return row.id


def _evidence(evaluation_id: UUID, evaluation: Evaluation) -> Iterator[ScoreEvidence]:
    for position, one in enumerate(evaluation.scorecard.evidence):
        place = one.place
        yield ScoreEvidence(
            evaluation_id=evaluation_id,
            position=position,
            dimension=one.dimension,
            rule=one.rule,
            points=one.points,
            explanation=one.explanation,
            segment_number=place.segment if place else None,
            start_position=place.start if place else None,
            end_position=place.end if place else None,
            words=list(place.words) if place else None,
            start_ms=round(1000 * place.start_time) if place else None,
            end_ms=round(1000 * place.end_time) if place else None,
        )


def _progress(
    user_id: UUID, run: Run, evaluation_id: UUID, evaluation: Evaluation
) -> Iterator[ProgressTracking]:
    card = evaluation.scorecard
    context = {
        "conversation": str(run.conversation_id),
        "run": str(run.id),
        "evaluation": str(evaluation_id),
    }
    values: dict[str, Decimal] = {"overall_score": card.overall.score or Decimal(0)}
    values |= {f"{one.dimension}_score": one.score or Decimal(0) for one in card.dimensions}
    for report in evaluation.reports:
        values |= {one.name: Decimal(str(one.value)) for one in report.metrics}
    for name, value in values.items():
        yield ProgressTracking(
            user_id=user_id,
            metric_name=name,
            metric_value=value,
            metric_unit=METRICS[name].unit,
            context=context,
        )


def _submit(session: Session, run: Run, conversation: Conversation) -> None:
    """Hand the conversation in for its assignment; a second one takes the first one's place."""
    if run.assignment_id is None or conversation.user_id is None:
        return
    statement = insert(AssignmentSubmission).values(
        assignment_id=run.assignment_id,
        student_id=conversation.user_id,
        conversation_id=conversation.id,
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["assignment_id", "student_id"],
            set_={
                "conversation_id": conversation.id,
                "submitted_at": func.now(),
                "status": SubmissionStatus.RESUBMITTED,
            },
            where=AssignmentSubmission.conversation_id != conversation.id,
        )
    )
