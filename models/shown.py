"""Which run of a conversation readers see, and the status that follows from its runs.

Each upload is a run, and runs end in any order. What is shown is the newest one that came to a
scorecard: its segments, errors, words, transcript, progress, search documents, and its evaluation in
the views. A scorecard that says "not enough evidence" is a result too, and it is shown: a score of
the recording before would stand beside words that it was not given for. A run that failed came to
none and hides nothing.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from models.enums import ConversationStatus, ErrorSeverity
from models.runs import RUN_OVER, Run
from models.tables import (
    Conversation,
    ConversationSegment,
    GrammarErrorRow,
    ProgressTracking,
    VocabularyAnalysis,
)
from pipeline.metrics import METRICS
from pipeline.ports import Evaluation
from pipeline.reports import GrammarReport, VocabularyReport

NEWEST_FIRST = (Run.created_at.desc(), Run.id)
"""The order of a conversation's runs; the views have it too."""


def shown(conversation_id: UUID) -> Select[UUID]:
    """The run that readers see; stays so only while the conversation's row is locked."""
    return (
        select(Run.id)
        .where(Run.conversation_id == conversation_id, Run.scorecard.is_not(None))
        .order_by(*NEWEST_FIRST)
        .limit(1)
    )


def hopeful() -> ColumnElement[bool]:
    """A run that has a scorecard or may still come to one."""
    return or_(Run.scorecard.is_not(None), Run.state.not_in(RUN_OVER))


def newer_than(run: Run) -> ColumnElement[bool]:
    """A run that comes before this one in NEWEST_FIRST."""
    later = Run.created_at > run.created_at
    return or_(later, and_(Run.created_at == run.created_at, Run.id < run.id))


def settle(session: Session, conversation_id: UUID) -> None:
    """Set the status, under the conversation's lock: by the newest run that did not end for nothing."""
    conversation = session.get_one(Conversation, conversation_id, with_for_update=True)
    scored = session.scalar(
        select(Run.scorecard.is_not(None))
        .where(Run.conversation_id == conversation_id, hopeful())
        .order_by(*NEWEST_FIRST)
        .limit(1)
    )
    conversation.status = {
        None: ConversationStatus.FAILED,
        False: ConversationStatus.PROCESSING,
        True: ConversationStatus.COMPLETED,
    }[scored]


def media(key: str) -> tuple[str | None, str | None]:
    """The key as that of an audio file and of a video file, by its name: one of the two is None."""
    video = (mimetypes.guess_type(key)[0] or "").startswith("video/")
    return (None, key) if video else (key, None)


def show(
    session: Session,
    run: Run,
    conversation: Conversation,
    evaluation: Evaluation,
    evaluation_id: UUID | None,
) -> None:
    """Take the place of what an earlier run showed; the conversation's row is locked."""
    segments = _segments(session, conversation.id, evaluation)
    session.add_all(_errors(conversation.id, segments, evaluation))
    session.add_all(_words(conversation.id, evaluation))
    conversation.transcript = "\n".join(
        f"{one.speaker}: {one.text}" for one in evaluation.dialogue.segments
    )
    conversation.audio_file_url, conversation.video_file_url = media(run.media_key)
    conversation.duration_seconds = round(evaluation.recording.duration)
    conversation.completed_at = session.execute(select(func.now())).scalar_one()
    # A conversation is one point of a learner's curve, however often it was uploaded.
    session.execute(
        delete(ProgressTracking).where(
            ProgressTracking.user_id == conversation.user_id,
            ProgressTracking.context["conversation"].astext == str(conversation.id),
        )
    )
    if evaluation_id is not None and conversation.user_id is not None:
        session.add_all(_progress(conversation.user_id, run, evaluation_id, evaluation))


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
            hard, fit = one.complexity, one.appropriateness
            yield VocabularyAnalysis(
                conversation_id=conversation_id,
                word=one.lemma[:200],
                frequency=one.frequency,
                complexity_score=None if hard is None else Decimal(str(hard)),
                appropriateness_score=None if fit is None else Decimal(str(fit)),
                context=one.context[:500],
                is_advanced=one.is_advanced,
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
