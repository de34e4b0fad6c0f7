"""All that an upload has left in the database, without ids and times, so that two of a kind can be compared."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from models.base import Base
from models.tables import (
    AssignmentSubmission,
    Conversation,
    ConversationEvaluation,
    ConversationSegment,
    DeadLetter,
    GrammarErrorRow,
    ProgressTracking,
    Run,
    ScoreEvidence,
    SearchDocumentRow,
    StageResult,
    UserAchievement,
    VocabularyAnalysis,
)

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

OWN = {"input_sha256", "sha256"}
"""Hashes over values that hold the conversation's id."""
RUN = {"state", "reason_code", "reason", "scorecard", "media_etag", "seed"}
STAGE = {"stage", "state", "artifact_type", "artifact", "engines", "progress"}
LETTER = {"stage", "code", "reason"}
"""What of the pipeline's own tables must not depend on how often something was tried."""

Content = dict[str, list[str]]
"""Rows as text, sorted, by table."""


def content(session: Session, conversation: UUID, user: UUID) -> Content:
    runs = select(Run.id).where(Run.conversation_id == conversation)
    evaluations = select(ConversationEvaluation.id).where(
        ConversationEvaluation.conversation_id == conversation
    )
    found: list[tuple[type[Base], ColumnElement[bool], set[str] | None]] = [
        (Conversation, Conversation.id == conversation, None),
        (ConversationSegment, ConversationSegment.conversation_id == conversation, None),
        (GrammarErrorRow, GrammarErrorRow.conversation_id == conversation, None),
        (VocabularyAnalysis, VocabularyAnalysis.conversation_id == conversation, None),
        (ConversationEvaluation, ConversationEvaluation.conversation_id == conversation, None),
        (ScoreEvidence, ScoreEvidence.evaluation_id.in_(evaluations), None),
        (ProgressTracking, ProgressTracking.user_id == user, None),
        (UserAchievement, UserAchievement.user_id == user, None),
        (AssignmentSubmission, AssignmentSubmission.student_id == user, None),
        (SearchDocumentRow, SearchDocumentRow.conversation_id == conversation, None),
        (Run, Run.conversation_id == conversation, RUN),
        (StageResult, StageResult.run_id.in_(runs), STAGE),
        (DeadLetter, DeadLetter.run_id.in_(runs), LETTER),
    ]
    return {
        table.__tablename__: sorted(_rows(session, table, where, only))
        for table, where, only in found
    }


def _rows(
    session: Session, table: type[Base], where: ColumnElement[bool], only: set[str] | None
) -> list[str]:
    columns = [
        one
        for one in table.__table__.columns
        if (only is None and one.name not in OWN) or (only is not None and one.name in only)
    ]
    return [
        repr([(column.name, _plain(value)) for column, value in zip(columns, row, strict=True)])
        for row in session.execute(select(*columns).where(where))
    ]


def _plain(value: Any) -> Any:  # noqa: ANN401 - any column's
    """Ids and moments by their kind only."""
    if isinstance(value, UUID):
        return "id"
    if isinstance(value, date | datetime):
        return "time"
    return ID.sub("id", repr(value))
