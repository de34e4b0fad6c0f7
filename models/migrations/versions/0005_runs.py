"""Runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TOUCHED = ("runs", "stage_results")


def upgrade() -> None:
    """Make the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _rubric_versions()
    _runs()
    _stage_results()
    _score_evidence()
    _dead_letters()
    _search_documents()
    op.add_column("conversation_evaluations", sa.Column("run_id", sa.Uuid()))
    op.add_column("conversation_evaluations", sa.Column("rubric_version", sa.String(50)))
    op.add_column("conversation_evaluations", sa.Column("input_sha256", sa.String(64)))
    op.create_unique_constraint(
        "uq_conversation_evaluations_run_id", "conversation_evaluations", ["run_id"]
    )
    op.create_foreign_key(
        "fk_conversation_evaluations_run_id",
        "conversation_evaluations",
        "runs",
        ["run_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_foreign_key(
        "fk_conversation_evaluations_rubric_version",
        "conversation_evaluations",
        "rubric_versions",
        ["rubric_version"],
        ["version"],
        ondelete="RESTRICT",
    )
    op.create_index(
        "idx_evaluations_rubric_version", "conversation_evaluations", ["rubric_version"]
    )
    for table in TOUCHED:
        op.execute(
            f"CREATE TRIGGER touch_{table} BEFORE UPDATE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION touch_updated_at()"
        )


def downgrade() -> None:
    """Drop the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for column in ("run_id", "rubric_version", "input_sha256"):
        op.drop_column("conversation_evaluations", column)
    op.drop_table("search_documents")
    op.drop_table("dead_letters")
    op.drop_table("score_evidence")
    op.drop_table("stage_results")
    op.drop_table("runs")
    op.drop_table("rubric_versions")


def _rubric_versions() -> None:
    op.create_table(
        "rubric_versions",
        sa.Column("version", sa.String(length=50), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True
        ),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_rubric_versions")),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=20), server_default="queued", nullable=False),
        sa.Column("media_key", sa.Text(), nullable=False),
        sa.Column("media_etag", sa.Text(), nullable=False),
        sa.Column("seed", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason_code", sa.String(length=50), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("scorecard", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True
        ),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'completed', 'insufficient', 'failed', 'cancelled')",
            name=op.f("ck_runs_state"),
        ),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignments.id"],
            name=op.f("fk_runs_assignment_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_runs_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sa.UniqueConstraint("media_key", "media_etag", name=op.f("uq_runs_media_key_media_etag")),
    )
    op.create_index("idx_runs_assignment_id", "runs", ["assignment_id"], unique=False)
    op.create_index("idx_runs_conversation_id", "runs", ["conversation_id"], unique=False)
    op.create_index("idx_runs_state", "runs", ["state"], unique=False)


def _stage_results() -> None:
    op.create_table(
        "stage_results",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.String(length=50), nullable=False),
        sa.Column("state", sa.String(length=20), server_default="pending", nullable=False),
        sa.Column("attempt", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("owner", sa.String(length=100), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("progress", sa.Double(), server_default=sa.text("0"), nullable=False),
        sa.Column("artifact_type", sa.String(length=100), nullable=True),
        sa.Column("artifact", sa.Text(), nullable=True),
        sa.Column("content_key", sa.String(length=64), nullable=True),
        sa.Column("engines", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("reused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("error_code", sa.String(length=50), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'ready', 'running', 'done', 'failed')",
            name=op.f("ck_stage_results_state"),
        ),
        sa.CheckConstraint("attempt >= 0", name=op.f("ck_stage_results_attempt")),
        sa.CheckConstraint("progress BETWEEN 0 AND 1", name=op.f("ck_stage_results_progress")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_stage_results_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "stage", name=op.f("pk_stage_results")),
    )
    op.create_index("idx_stage_results_content_key", "stage_results", ["content_key"], unique=False)
    op.create_index(
        "idx_stage_results_state",
        "stage_results",
        ["state"],
        unique=False,
        postgresql_where=sa.text("state <> 'done'"),
    )


def _score_evidence() -> None:
    op.create_table(
        "score_evidence",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("dimension", sa.String(length=20), nullable=False),
        sa.Column("rule", sa.String(length=100), nullable=False),
        sa.Column("points", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("segment_number", sa.Integer(), nullable=True),
        sa.Column("start_position", sa.Integer(), nullable=True),
        sa.Column("end_position", sa.Integer(), nullable=True),
        sa.Column("words", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("start_ms", sa.Integer(), nullable=True),
        sa.Column("end_ms", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["evaluation_id"],
            ["conversation_evaluations.id"],
            name=op.f("fk_score_evidence_evaluation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_evidence")),
        sa.UniqueConstraint(
            "evaluation_id", "position", name=op.f("uq_score_evidence_evaluation_id_position")
        ),
    )
    op.create_index(
        "idx_score_evidence_evaluation_id", "score_evidence", ["evaluation_id"], unique=False
    )


def _dead_letters() -> None:
    op.create_table(
        "dead_letters",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("stage", sa.String(length=50), nullable=True),
        sa.Column("media_key", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("code", sa.String(length=50), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("engines", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True
        ),
        sa.Column("replayed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_dead_letters_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letters")),
    )
    op.create_index("idx_dead_letters_created_at", "dead_letters", ["created_at"], unique=False)
    op.create_index("idx_dead_letters_run_id", "dead_letters", ["run_id"], unique=False)


def _search_documents() -> None:
    op.create_table(
        "search_documents",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Uuid(), nullable=True),
        sa.Column("created_on", sa.Date(), nullable=True),
        sa.Column("speaker", sa.String(length=50), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("text_content", sa.Text(), nullable=False),
        sa.Column("start_time", sa.Numeric(precision=10, scale=3), nullable=False),
        sa.Column("end_time", sa.Numeric(precision=10, scale=3), nullable=False),
        sa.Column(
            "words",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('english', text_content)", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_search_documents_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", "number", name=op.f("pk_search_documents")),
    )
    op.create_index("idx_search_documents_class_id", "search_documents", ["class_id"], unique=False)
    op.create_index(
        "idx_search_documents_words",
        "search_documents",
        ["words"],
        unique=False,
        postgresql_using="gin",
    )
