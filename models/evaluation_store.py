"""Writes an evaluation and all that goes with it in one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import and_, not_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models.achievements import award
from models.database import Sessions, add_many, working
from models.documents import documents
from models.enums import SubmissionStatus
from models.locks import with_runs
from models.rubrics import hold_steady, keep
from models.runs import RUN_OVER
from models.shown import chosen, hopeful, newer_than, settle, show
from models.tables import (
    AssignmentSubmission,
    Conversation,
    ConversationEvaluation,
    Run,
    ScoreEvidence,
    StageResult,
)
from pipeline.artifacts import freeze
from pipeline.errors import PermanentError
from pipeline.ports import Evaluation
from pipeline.reports import Dimension, GrammarReport, VocabularyReport
from pipeline.search import SearchDocument
from pipeline.values import EvaluationRef


class SqlEvaluations:
    """`pipeline.ports.EvaluationStore` on PostgreSQL."""

    engine = ""

    def __init__(self, sessions: Sessions) -> None:
        """Write through these sessions."""
        self._sessions = sessions

    def save(self, run_id: UUID, attempt: int, evaluation: Evaluation) -> EvaluationRef:
        """With run and conversation locked; an overtaken attempt and a run that is over write nothing."""
        with working(self._sessions) as session:
            run = _locked(session, run_id)
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

    def documents(self, conversation_id: UUID) -> tuple[SearchDocument, ...]:
        """From the segments as they stand, with their words' times and the conversation's class and date."""
        with working(self._sessions) as session:
            found = documents(session, [conversation_id])
        if conversation_id not in found:
            raise PermanentError(
                "The conversation was deleted.", code="conversation-missing", advice=""
            )
        return found[conversation_id]

    def _write(self, session: Session, run: Run, evaluation: Evaluation) -> UUID | None:
        """The run's own history always; what readers see only where no newer run has come this far."""
        conversation = session.get_one(Conversation, run.conversation_id)
        run.scorecard = json.loads(freeze(evaluation.scorecard).body)
        keep(session, evaluation.scorecard.rubric, evaluation.rubric_sha256)
        run.rubric = evaluation.scorecard.rubric
        overall = evaluation.scorecard.overall
        written = None
        if overall.score is None:
            run.reason_code, run.reason = "insufficient", overall.reason
        else:
            written = _evaluation(session, run, evaluation)
        session.flush()
        hold_steady(session)
        seen = session.execute(chosen(Run.conversation_id == conversation.id)).one().id == run.id
        if seen:
            show(session, run, conversation, evaluation, written)
        # A trial earns nothing; of an upload that was overtaken what was earned stays.
        if written is not None and conversation.user_id is not None and (seen or not run.source_id):
            award(session, conversation.user_id, evaluation)
        settle(session, conversation.id)
        _submit(session, run, conversation)
        return written


def _locked(session: Session, run_id: UUID) -> Run | None:
    """The run, with all of its conversation locked."""
    talk = session.scalar(select(Run.conversation_id).where(Run.id == run_id))
    if talk is None or with_runs(session, talk) is None:
        return None
    return session.get(Run, run_id)


def _counts(evaluation: Evaluation) -> tuple[int, int]:
    errors = lemmas = 0
    for report in evaluation.reports:
        if isinstance(report, GrammarReport):
            errors = sum(one.counted for one in report.errors)
        if isinstance(report, VocabularyReport):
            lemmas = len(report.lemmas)
    return errors, lemmas


def _evaluation(session: Session, run: Run, evaluation: Evaluation) -> UUID:
    card = evaluation.scorecard
    points = {one.dimension: one.score for one in card.dimensions}
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
        engines=_engines(session, run.id),
    )
    session.add(row)
    session.flush()
    add_many(session, _evidence(row.id, evaluation))
    return row.id


def _engines(session: Session, run_id: UUID) -> list[str]:
    """Those of the stages that are done, each once."""
    found = session.scalars(
        select(StageResult.engines).where(
            StageResult.run_id == run_id,
            StageResult.state == "done",
            StageResult.engines.is_not(None),
        )
    )
    return sorted({one for engines in found for one in engines or ()})


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


def _submit(session: Session, run: Run, conversation: Conversation) -> None:
    """Hand the conversation in for its assignment; one that was uploaded later keeps its place.

    It counts as handed in when it was uploaded: how long the line was is not the learner's fault.
    """
    if run.assignment_id is None or conversation.user_id is None:
        return
    handed_in_later = (
        select(Run.id)
        .where(
            Run.assignment_id == run.assignment_id,
            Run.conversation_id == AssignmentSubmission.conversation_id,
            newer_than(run),
            hopeful(),
        )
        .correlate(AssignmentSubmission)
        .exists()
    )
    statement = insert(AssignmentSubmission).values(
        assignment_id=run.assignment_id,
        student_id=conversation.user_id,
        conversation_id=conversation.id,
        submitted_at=run.uploaded_at,
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["assignment_id", "student_id"],
            set_={
                "conversation_id": conversation.id,
                "submitted_at": run.uploaded_at,
                "status": SubmissionStatus.RESUBMITTED,
            },
            where=and_(
                AssignmentSubmission.conversation_id != conversation.id, not_(handed_in_later)
            ),
        )
    )
