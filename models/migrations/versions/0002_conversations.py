"""Conversations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ENUM

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _conversations()
    _conversation_evaluations()
    _conversation_segments()


def downgrade() -> None:
    """Drop the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("conversation_segments")
    op.drop_table("conversation_evaluations")
    op.drop_table("conversations")


def _conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("class_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("topic", sa.String(length=100), nullable=True),
        sa.Column("difficulty_level", sa.String(length=10), nullable=False),
        sa.Column("duration_seconds", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("audio_file_url", sa.Text(), nullable=True),
        sa.Column("video_file_url", sa.Text(), nullable=True),
        sa.Column("transcript", sa.Text(), nullable=True),
        sa.Column(
            "status",
            ENUM(
                "draft",
                "recording",
                "processing",
                "completed",
                "failed",
                name="conversation_status",
                create_type=False,
            ),
            server_default="draft",
            nullable=True,
        ),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True
        ),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True
        ),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("duration_seconds >= 0", name=op.f("ck_conversations_duration")),
        sa.ForeignKeyConstraint(
            ["class_id"],
            ["classes.id"],
            name=op.f("fk_conversations_class_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_conversations_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
    )
    op.create_index("idx_conversations_class_id", "conversations", ["class_id"], unique=False)
    op.create_index("idx_conversations_created_at", "conversations", ["created_at"], unique=False)
    op.create_index("idx_conversations_language", "conversations", ["language"], unique=False)
    op.create_index("idx_conversations_status", "conversations", ["status"], unique=False)
    op.create_index("idx_conversations_user_id", "conversations", ["user_id"], unique=False)


def _conversation_evaluations() -> None:
    op.create_table(
        "conversation_evaluations",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("evaluator_id", sa.Uuid(), nullable=True),
        sa.Column("overall_score", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("grammar_score", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("vocabulary_score", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("fluency_score", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("pronunciation_score", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("comprehension_score", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("proficiency_level", sa.String(length=10), nullable=False),
        sa.Column("strengths", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("areas_for_improvement", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("recommendations", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("detailed_feedback", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("is_ai_generated", sa.Boolean(), server_default=sa.text("true"), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True
        ),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True
        ),
        sa.CheckConstraint(
            "abs(overall_score - (grammar_score + vocabulary_score + fluency_score + pronunciation_score + comprehension_score)) <= 0.05",
            name=op.f("ck_conversation_evaluations_sum"),
        ),
        sa.CheckConstraint(
            "comprehension_score >= 0 AND comprehension_score <= 20",
            name=op.f("ck_conversation_evaluations_comprehension"),
        ),
        sa.CheckConstraint(
            "fluency_score >= 0 AND fluency_score <= 20",
            name=op.f("ck_conversation_evaluations_fluency"),
        ),
        sa.CheckConstraint(
            "grammar_score >= 0 AND grammar_score <= 25",
            name=op.f("ck_conversation_evaluations_grammar"),
        ),
        sa.CheckConstraint(
            "overall_score >= 0 AND overall_score <= 100",
            name=op.f("ck_conversation_evaluations_overall"),
        ),
        sa.CheckConstraint(
            "pronunciation_score >= 0 AND pronunciation_score <= 15",
            name=op.f("ck_conversation_evaluations_pronunciation"),
        ),
        sa.CheckConstraint(
            "vocabulary_score >= 0 AND vocabulary_score <= 20",
            name=op.f("ck_conversation_evaluations_vocabulary"),
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_conversation_evaluations_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["evaluator_id"],
            ["users.id"],
            name=op.f("fk_conversation_evaluations_evaluator_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_evaluations")),
    )
    op.create_index(
        "idx_evaluations_conversation_id",
        "conversation_evaluations",
        ["conversation_id"],
        unique=False,
    )
    op.create_index(
        "idx_evaluations_evaluator_id", "conversation_evaluations", ["evaluator_id"], unique=False
    )
    op.create_index(
        "idx_evaluations_overall_score", "conversation_evaluations", ["overall_score"], unique=False
    )
    op.create_index(
        "idx_evaluations_proficiency_level",
        "conversation_evaluations",
        ["proficiency_level"],
        unique=False,
    )


def _conversation_segments() -> None:
    op.create_table(
        "conversation_segments",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("segment_number", sa.Integer(), nullable=False),
        sa.Column("start_time", sa.Numeric(precision=10, scale=3), nullable=False),
        sa.Column("end_time", sa.Numeric(precision=10, scale=3), nullable=False),
        sa.Column("speaker", sa.String(length=50), nullable=False),
        sa.Column("text_content", sa.Text(), nullable=False),
        sa.Column("confidence_score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("language_detected", sa.String(length=10), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True
        ),
        sa.CheckConstraint(
            "confidence_score BETWEEN 0 AND 100", name=op.f("ck_conversation_segments_confidence")
        ),
        sa.CheckConstraint("segment_number >= 0", name=op.f("ck_conversation_segments_number")),
        sa.CheckConstraint(
            "start_time >= 0 AND end_time >= start_time",
            name=op.f("ck_conversation_segments_times"),
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_conversation_segments_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_segments")),
        sa.UniqueConstraint(
            "conversation_id",
            "segment_number",
            name=op.f("uq_conversation_segments_conversation_id_segment_number"),
        ),
    )
    op.create_index(
        "idx_segments_conversation_id", "conversation_segments", ["conversation_id"], unique=False
    )
    op.create_index("idx_segments_speaker", "conversation_segments", ["speaker"], unique=False)
