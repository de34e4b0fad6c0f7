"""Findings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ENUM

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _grammar_errors()
    _vocabulary_analysis()
    _assignment_submissions()


def downgrade() -> None:
    """Drop the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("assignment_submissions")
    op.drop_table("vocabulary_analysis")
    op.drop_table("grammar_errors")


def _grammar_errors() -> None:
    op.create_table(
        "grammar_errors",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("segment_id", sa.Uuid(), nullable=True),
        sa.Column("error_type", sa.String(length=100), nullable=False),
        sa.Column("error_description", sa.Text(), nullable=False),
        sa.Column("suggested_correction", sa.Text(), nullable=True),
        sa.Column(
            "severity",
            ENUM("low", "medium", "high", "critical", name="error_severity", create_type=False),
            nullable=False,
        ),
        sa.Column("start_position", sa.Integer(), nullable=False),
        sa.Column("end_position", sa.Integer(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True
        ),
        sa.CheckConstraint(
            "start_position >= 0 AND end_position >= start_position",
            name=op.f("ck_grammar_errors_position"),
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_grammar_errors_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["segment_id"],
            ["conversation_segments.id"],
            name=op.f("fk_grammar_errors_segment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grammar_errors")),
    )
    op.create_index(
        "idx_grammar_errors_conversation_id", "grammar_errors", ["conversation_id"], unique=False
    )
    op.create_index("idx_grammar_errors_segment_id", "grammar_errors", ["segment_id"], unique=False)


def _vocabulary_analysis() -> None:
    op.create_table(
        "vocabulary_analysis",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("word", sa.String(length=200), nullable=False),
        sa.Column("frequency", sa.Integer(), nullable=False),
        sa.Column("complexity_score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("appropriateness_score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("context", sa.String(length=500), nullable=True),
        sa.Column("is_advanced", sa.Boolean(), server_default=sa.text("false"), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True
        ),
        sa.CheckConstraint(
            "appropriateness_score BETWEEN 0 AND 100",
            name=op.f("ck_vocabulary_analysis_appropriateness"),
        ),
        sa.CheckConstraint(
            "complexity_score BETWEEN 0 AND 100", name=op.f("ck_vocabulary_analysis_complexity")
        ),
        sa.CheckConstraint("frequency >= 1", name=op.f("ck_vocabulary_analysis_frequency")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_vocabulary_analysis_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vocabulary_analysis")),
        sa.UniqueConstraint(
            "conversation_id", "word", name=op.f("uq_vocabulary_analysis_conversation_id_word")
        ),
    )
    op.create_index(
        "idx_vocabulary_analysis_conversation_id",
        "vocabulary_analysis",
        ["conversation_id"],
        unique=False,
    )


def _assignment_submissions() -> None:
    op.create_table(
        "assignment_submissions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=True),
        sa.Column("student_id", sa.Uuid(), nullable=True),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column(
            "submitted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=True,
        ),
        sa.Column(
            "status",
            ENUM(
                "submitted",
                "graded",
                "returned",
                "resubmitted",
                name="submission_status",
                create_type=False,
            ),
            server_default="submitted",
            nullable=True,
        ),
        sa.Column("teacher_feedback", sa.Text(), nullable=True),
        sa.Column("teacher_score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignments.id"],
            name=op.f("fk_assignment_submissions_assignment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_assignment_submissions_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["student_id"],
            ["users.id"],
            name=op.f("fk_assignment_submissions_student_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment_submissions")),
        sa.UniqueConstraint(
            "assignment_id",
            "student_id",
            name=op.f("uq_assignment_submissions_assignment_id_student_id"),
        ),
    )
    op.create_index(
        "idx_assignment_submissions_conversation_id",
        "assignment_submissions",
        ["conversation_id"],
        unique=False,
    )
    op.create_index(
        "idx_assignment_submissions_student_id",
        "assignment_submissions",
        ["student_id"],
        unique=False,
    )
