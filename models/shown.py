"""Which run of a conversation readers see, and the status that follows from its runs.

Each upload is a run, and runs end in any order; others repeat a run by another rubric or other engines. Of those that
came to a scorecard, what is shown is of the newest recording the newest analysis, and of that the run whose rubric came
into force last: its segments, errors, words, transcript, progress, search documents, and its evaluation in the views.
A rubric that was never in force comes last, so that a trial of it changes nothing.
A scorecard that says "not enough evidence" is a result too, and it is shown: a score of the recording before
would stand beside words that it was not given for. A run that failed came to none and hides nothing.

`runs.shown` marks the run whose rows stand in the tables: what is chosen is written in the same transaction.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from models.database import add_many
from models.enums import ConversationStatus, ErrorSeverity
from models.rubrics import ranks
from models.runs import RUN_OVER, Run, StageResult
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
from pipeline.scores import Score
from pipeline.values import Dialogue

NEWEST_FIRST = (Run.created_at.desc(), Run.id)
"""The order in which a conversation's runs were made."""


def shown(conversation_id: UUID) -> Select[UUID]:
    """The run that readers see; stays so only while the conversation's row is locked."""
    return select(Run.id).where(Run.conversation_id == conversation_id, Run.shown)


def chosen(*which: ColumnElement[bool]) -> Select[UUID, UUID]:
    """Of each conversation, for such runs of it, the one that readers shall see: its id and the run's."""
    ranked = ranks()
    place = func.row_number().over(
        partition_by=Run.conversation_id,
        order_by=(
            Run.uploaded_at.desc(),
            Run.analysed_at.desc(),
            ranked.c.rank.desc().nulls_last(),
            *NEWEST_FIRST,
        ),
    )
    scored = (
        select(Run.conversation_id, Run.id, place.label("place"))
        .outerjoin(ranked, ranked.c.version == Run.rubric)
        .where(Run.scorecard.is_not(None), *which)
        .subquery()
    )
    return select(scored.c.conversation_id, scored.c.id).where(scored.c.place == 1)


def hopeful() -> ColumnElement[bool]:
    """A run that has a scorecard or may still come to one."""
    return or_(Run.scorecard.is_not(None), Run.state.not_in(RUN_OVER))


def newer_than(run: Run) -> ColumnElement[bool]:
    """A run of a newer recording."""
    later = Run.uploaded_at > run.uploaded_at
    if run.source_id is not None:
        return later
    alike = and_(Run.uploaded_at == run.uploaded_at, Run.source_id.is_(None))
    return or_(later, and_(alike, Run.id < run.id))


def settle(session: Session, conversation_id: UUID) -> None:
    """Set the status, under the conversation's lock: by the newest recording that did not end for nothing.

    What is still being repeated was seen before, and is seen until then.
    """
    conversation = session.get_one(Conversation, conversation_id, with_for_update=True)
    scored = session.scalar(
        select(Run.scorecard.is_not(None))
        .where(
            Run.conversation_id == conversation_id,
            or_(
                Run.scorecard.is_not(None),
                and_(Run.source_id.is_(None), Run.state.not_in(RUN_OVER)),
            ),
        )
        .order_by(Run.uploaded_at.desc(), *NEWEST_FIRST)
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
    """Take the place of what another run showed; the conversation's row and those of its runs are locked."""
    before = session.scalar(shown(conversation.id))
    if before is None or not _same_words(session, before, run.id):
        segments = _segments(session, conversation.id, evaluation)
        add_many(session, _errors(conversation.id, segments, evaluation))
        add_many(session, _words(conversation.id, evaluation))
        conversation.transcript = "\n".join(
            f"{one.speaker}: {one.text}" for one in evaluation.dialogue.segments
        )
        if run.source_id is None:
            conversation.completed_at = session.execute(select(func.now())).scalar_one()
    session.execute(update(Run).where(Run.id == before).values(shown=False))
    session.execute(update(Run).where(Run.id == run.id).values(shown=True))
    conversation.audio_file_url, conversation.video_file_url = media(run.media_key)
    conversation.duration_seconds = round(evaluation.recording.duration)
    # A conversation is one point of a learner's curve, however often it was uploaded.
    session.execute(
        delete(ProgressTracking).where(
            ProgressTracking.user_id == conversation.user_id,
            ProgressTracking.context["conversation"].astext == str(conversation.id),
        )
    )
    if evaluation_id is not None and conversation.user_id is not None:
        add_many(session, _progress(conversation, run, evaluation_id, evaluation))


WRITTEN = frozenset(one.__name__ for one in (Dialogue, GrammarReport, VocabularyReport))
"""Values that become rows beside the evaluation."""


def _same_words(session: Session, *runs: UUID) -> bool:
    """Whether one kept of the other what is written: a rescored archive would else be written anew."""
    held = session.execute(
        select(
            StageResult.run_id,
            StageResult.artifact_type,
            func.coalesce(StageResult.artifact_run_id, StageResult.run_id),
        ).where(StageResult.run_id.in_(runs), StageResult.artifact_type.in_(WRITTEN))
    ).all()
    holders = [{(kind, by) for run_id, kind, by in held if run_id == one} for one in runs]
    return len(holders[0]) == len(WRITTEN) and all(one == holders[0] for one in holders)


def _segments(session: Session, conversation_id: UUID, evaluation: Evaluation) -> dict[int, UUID]:
    """The transcript's segments in place of an earlier run's; errors go with theirs by cascade."""
    for table in (ConversationSegment, VocabularyAnalysis):
        session.execute(delete(table).where(table.conversation_id == conversation_id))
    rows = [
        ConversationSegment(
            # Ours, and not the database's: errors name it.
            id=uuid4(),
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
    add_many(session, rows)
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
    conversation: Conversation, run: Run, evaluation_id: UUID, evaluation: Evaluation
) -> Iterator[ProgressTracking]:
    """At the time of the talk, not of its analysis: a rerun must not move a learner's curve."""
    card = evaluation.scorecard
    context = {
        "conversation": str(run.conversation_id),
        "run": str(run.id),
        "evaluation": str(evaluation_id),
        "rubric": card.rubric,
    }
    scores: dict[str, Score] = {"overall_score": card.overall}
    scores |= {f"{one.dimension}_score": one for one in card.dimensions}
    values = {name: one.score or Decimal(0) for name, one in scores.items()}
    for report in evaluation.reports:
        values |= {one.name: Decimal(str(one.value)) for one in report.metrics}
    for name, value in values.items():
        ends = scores.get(name)
        interval = {"low": str(ends.low), "high": str(ends.high)} if ends else {}
        yield ProgressTracking(
            user_id=conversation.user_id,
            recorded_at=conversation.created_at,
            metric_name=name,
            metric_value=value,
            metric_unit=METRICS[name].unit,
            context=context | interval,
        )
