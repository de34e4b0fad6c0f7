"""Conversations, their segments, and what was found in them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Falsehood, Key, Moment, Now, Truth
from models.enums import (
    CONVERSATION_STATUS,
    ERROR_SEVERITY,
    SUBMISSION_STATUS,
    ConversationStatus,
    ErrorSeverity,
    SubmissionStatus,
)

SUM = "grammar_score + vocabulary_score + fluency_score + pronunciation_score + comprehension_score"


class Conversation(Base):
    """One recorded conversation of one learner."""

    __tablename__ = "conversations"
    __table_args__ = (
        Index("idx_conversations_user_id", "user_id"),
        Index("idx_conversations_class_id", "class_id"),
        Index("idx_conversations_status", "status"),
        Index("idx_conversations_created_at", "created_at"),
        Index("idx_conversations_language", "language"),
        CheckConstraint("duration_seconds >= 0", name="duration"),
    )

    id: Mapped[Key]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    class_id: Mapped[UUID | None] = mapped_column(ForeignKey("classes.id", ondelete="SET NULL"))
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str | None] = mapped_column(Text)
    topic: Mapped[str | None] = mapped_column(String(100))
    difficulty_level: Mapped[str] = mapped_column(String(10))
    duration_seconds: Mapped[int | None]
    language: Mapped[str] = mapped_column(String(10))
    audio_file_url: Mapped[str | None] = mapped_column(Text)
    """The uploaded object's key, not an address; one of the two is null."""
    video_file_url: Mapped[str | None] = mapped_column(Text)
    """The same for an upload that is named like a video."""
    transcript: Mapped[str | None] = mapped_column(Text)
    status: Mapped[ConversationStatus | None] = mapped_column(
        CONVERSATION_STATUS, server_default="draft"
    )
    created_at: Mapped[Now]
    updated_at: Mapped[Now]
    completed_at: Mapped[Moment]


class ConversationEvaluation(Base):
    """One evaluation; a rerun or a teacher's own adds a row, none is overwritten."""

    __tablename__ = "conversation_evaluations"
    __table_args__ = (
        Index("idx_evaluations_conversation_id", "conversation_id"),
        Index("idx_evaluations_overall_score", "overall_score"),
        Index("idx_evaluations_proficiency_level", "proficiency_level"),
        Index("idx_evaluations_evaluator_id", "evaluator_id"),
        Index("idx_evaluations_rubric_version", "rubric_version"),
        UniqueConstraint("run_id"),
        CheckConstraint("overall_score >= 0 AND overall_score <= 100", name="overall"),
        CheckConstraint("grammar_score >= 0 AND grammar_score <= 25", name="grammar"),
        CheckConstraint("vocabulary_score >= 0 AND vocabulary_score <= 20", name="vocabulary"),
        CheckConstraint("fluency_score >= 0 AND fluency_score <= 20", name="fluency"),
        CheckConstraint(
            "pronunciation_score >= 0 AND pronunciation_score <= 15", name="pronunciation"
        ),
        CheckConstraint(
            "comprehension_score >= 0 AND comprehension_score <= 20", name="comprehension"
        ),
        # Five parts, each rounded to a hundredth by whoever wrote them.
        CheckConstraint(f"abs(overall_score - ({SUM})) <= 0.05", name="sum"),
    )

    id: Mapped[Key]
    conversation_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE")
    )
    evaluator_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    overall_score: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    grammar_score: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    vocabulary_score: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    fluency_score: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    pronunciation_score: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    comprehension_score: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    proficiency_level: Mapped[str] = mapped_column(String(10))
    strengths: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    areas_for_improvement: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    recommendations: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    detailed_feedback: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    is_ai_generated: Mapped[Truth]
    created_at: Mapped[Now]
    updated_at: Mapped[Now]
    run_id: Mapped[UUID | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))
    """Which run made it; null for a person's own."""
    rubric_version: Mapped[str | None] = mapped_column(
        ForeignKey("rubric_versions.version", ondelete="RESTRICT")
    )
    input_sha256: Mapped[str | None] = mapped_column(String(64))
    """Content hash of what it was computed from."""
    engines: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    """Names and versions of the engines of the run's stages; null for a person's own."""


class ConversationSegment(Base):
    """One merged turn."""

    __tablename__ = "conversation_segments"
    __table_args__ = (
        Index("idx_segments_conversation_id", "conversation_id"),
        Index("idx_segments_speaker", "speaker"),
        UniqueConstraint("conversation_id", "segment_number"),
        CheckConstraint("segment_number >= 0", name="number"),
        CheckConstraint("start_time >= 0 AND end_time >= start_time", name="times"),
        CheckConstraint("confidence_score BETWEEN 0 AND 100", name="confidence"),
    )

    id: Mapped[Key]
    conversation_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE")
    )
    segment_number: Mapped[int]
    start_time: Mapped[Decimal] = mapped_column(Numeric(10, 3))
    end_time: Mapped[Decimal] = mapped_column(Numeric(10, 3))
    speaker: Mapped[str] = mapped_column(String(50))
    text_content: Mapped[str] = mapped_column(Text)
    confidence_score: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    language_detected: Mapped[str | None] = mapped_column(String(10))
    created_at: Mapped[Now]


class GrammarErrorRow(Base):
    """One counted slip; offsets are code points in the segment's text."""

    __tablename__ = "grammar_errors"
    __table_args__ = (
        Index("idx_grammar_errors_conversation_id", "conversation_id"),
        Index("idx_grammar_errors_segment_id", "segment_id"),
        CheckConstraint("start_position >= 0 AND end_position >= start_position", name="position"),
    )

    id: Mapped[Key]
    conversation_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE")
    )
    segment_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("conversation_segments.id", ondelete="CASCADE")
    )
    error_type: Mapped[str] = mapped_column(String(100))
    error_description: Mapped[str] = mapped_column(Text)
    suggested_correction: Mapped[str | None] = mapped_column(Text)
    severity: Mapped[ErrorSeverity] = mapped_column(ERROR_SEVERITY)
    start_position: Mapped[int]
    end_position: Mapped[int]
    created_at: Mapped[Now]


class VocabularyAnalysis(Base):
    """One lemma the learner used."""

    __tablename__ = "vocabulary_analysis"
    __table_args__ = (
        Index("idx_vocabulary_analysis_conversation_id", "conversation_id"),
        UniqueConstraint("conversation_id", "word"),
        CheckConstraint("frequency >= 1", name="frequency"),
        CheckConstraint("complexity_score BETWEEN 0 AND 100", name="complexity"),
        CheckConstraint("appropriateness_score BETWEEN 0 AND 100", name="appropriateness"),
    )

    id: Mapped[Key]
    conversation_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE")
    )
    word: Mapped[str] = mapped_column(String(200))
    frequency: Mapped[int]
    complexity_score: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    appropriateness_score: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    context: Mapped[str | None] = mapped_column(String(500))
    is_advanced: Mapped[Falsehood]
    created_at: Mapped[Now]


class AssignmentSubmission(Base):
    """A conversation handed in for an assignment."""

    __tablename__ = "assignment_submissions"
    __table_args__ = (
        UniqueConstraint("assignment_id", "student_id"),
        Index("idx_assignment_submissions_student_id", "student_id"),
        Index("idx_assignment_submissions_conversation_id", "conversation_id"),
    )

    id: Mapped[Key]
    assignment_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("assignments.id", ondelete="CASCADE")
    )
    student_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    conversation_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE")
    )
    submitted_at: Mapped[Now]
    status: Mapped[SubmissionStatus | None] = mapped_column(
        SUBMISSION_STATUS, server_default="submitted"
    )
    teacher_feedback: Mapped[str | None] = mapped_column(Text)
    teacher_score: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
