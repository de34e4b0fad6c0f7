"""Runs that repeat others, the rubric in force, and which run readers see as a mark on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BY_AGE = """
    SELECT DISTINCT ON (e.conversation_id)
        e.conversation_id, e.overall_score, e.proficiency_level, e.created_at, e.id
    FROM conversation_evaluations e
    LEFT JOIN (
        SELECT DISTINCT ON (conversation_id) conversation_id, id
        FROM runs
        WHERE scorecard IS NOT NULL
        ORDER BY conversation_id, created_at DESC, id
    ) shown ON shown.conversation_id = e.conversation_id
    WHERE e.is_ai_generated AND (shown.id IS NULL OR shown.id = e.run_id)
    ORDER BY e.conversation_id, e.created_at DESC, e.id DESC
"""

BY_MARK = """
    SELECT DISTINCT ON (e.conversation_id)
        e.conversation_id, e.overall_score, e.proficiency_level, e.created_at, e.id
    FROM conversation_evaluations e
    LEFT JOIN runs shown ON shown.conversation_id = e.conversation_id AND shown.shown
    WHERE e.is_ai_generated AND (shown.id IS NULL OR shown.id = e.run_id)
    ORDER BY e.conversation_id, e.created_at DESC, e.id DESC
"""


def upgrade() -> None:
    """No run repeats another yet; readers go on to see what they see."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("rubric_versions", sa.Column("body", sa.Text(), nullable=True))
    _rubric_activations()
    _runs()
    _stage_results()
    _views(BY_MARK)


def downgrade() -> None:
    """Runs that repeat others go with their evaluations: before, nothing told them from new recordings."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _views(BY_AGE)
    op.execute(
        "DELETE FROM conversation_evaluations USING runs "
        "WHERE runs.id = conversation_evaluations.run_id AND runs.source_id IS NOT NULL"
    )
    op.execute("DELETE FROM runs WHERE source_id IS NOT NULL")
    op.drop_column("stage_results", "artifact_run_id")
    for index in ("uq_runs_media_key_media_etag", "uq_runs_repeats", "uq_runs_shown"):
        op.drop_index(index, "runs")
    for column in ("source_id", "uploaded_at", "analysed_at", "rubric", "repeats", "shown"):
        op.drop_column("runs", column)
    op.create_unique_constraint("uq_runs_media_key_media_etag", "runs", ["media_key", "media_etag"])
    op.drop_table("rubric_activations")
    op.drop_column("rubric_versions", "body")


def _rubric_activations() -> None:
    op.create_table(
        "rubric_activations",
        sa.Column("position", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("version", sa.String(length=50), nullable=False),
        sa.Column("by_setting", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "activated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=True,
        ),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["version"],
            ["rubric_versions.version"],
            name=op.f("fk_rubric_activations_version"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_rubric_activations")),
    )
    op.create_index("idx_rubric_activations_version", "rubric_activations", ["version"])


def _runs() -> None:
    for column in (
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column(
            "uploaded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "analysed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("rubric", sa.String(length=50), nullable=True),
        sa.Column("repeats", sa.String(length=64), nullable=True),
        sa.Column("shown", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    ):
        op.add_column("runs", column)
    op.execute(
        "INSERT INTO rubric_versions (version, sha256) "
        "SELECT DISTINCT ON (version) scorecard ->> 'rubric' AS version, scorecard ->> 'rubric_sha256' "
        "FROM runs WHERE scorecard IS NOT NULL ORDER BY version ON CONFLICT DO NOTHING"
    )
    op.execute(
        "UPDATE runs SET uploaded_at = coalesce(created_at, uploaded_at), "
        "analysed_at = coalesce(created_at, analysed_at), rubric = scorecard ->> 'rubric', "
        "shown = scorecard IS NOT NULL AND id = (SELECT newest.id FROM runs newest "
        "WHERE newest.conversation_id = runs.conversation_id AND newest.scorecard IS NOT NULL "
        "ORDER BY newest.created_at DESC, newest.id LIMIT 1)"
    )
    op.create_foreign_key(
        "fk_runs_source_id", "runs", "runs", ["source_id"], ["id"], ondelete="CASCADE"
    )
    op.create_foreign_key(
        "fk_runs_rubric", "runs", "rubric_versions", ["rubric"], ["version"], ondelete="RESTRICT"
    )
    op.drop_constraint("uq_runs_media_key_media_etag", "runs")
    _indexes()


def _indexes() -> None:
    op.create_index("idx_runs_source_id", "runs", ["source_id"])
    op.create_index("idx_runs_rubric", "runs", ["rubric"])
    op.create_index(
        "uq_runs_media_key_media_etag",
        "runs",
        ["media_key", "media_etag"],
        unique=True,
        postgresql_where=sa.text("source_id IS NULL"),
    )
    op.create_index(
        "uq_runs_repeats",
        "runs",
        ["conversation_id", "repeats"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('failed', 'cancelled')"),
    )
    op.create_index(
        "uq_runs_shown",
        "runs",
        ["conversation_id"],
        unique=True,
        postgresql_where=sa.text("shown"),
    )


def _stage_results() -> None:
    op.add_column("stage_results", sa.Column("artifact_run_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        "fk_stage_results_artifact_run_id",
        "stage_results",
        "runs",
        ["artifact_run_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_index("idx_stage_results_artifact_run_id", "stage_results", ["artifact_run_id"])


def _views(current: str) -> None:
    op.execute(
        f"""
CREATE OR REPLACE VIEW user_progress_summary AS
WITH current_evaluations AS (
{current}
)
SELECT
    u.id AS user_id,
    u.username,
    u.first_name,
    u.last_name,
    count(c.id) AS total_conversations,
    avg(e.overall_score) AS average_score,
    (array_agg(e.proficiency_level ORDER BY e.created_at DESC, e.id DESC)
        FILTER (WHERE e.id IS NOT NULL))[1] AS current_level,
    max(c.created_at) AS last_conversation_date
FROM users u
LEFT JOIN conversations c ON c.user_id = u.id
LEFT JOIN current_evaluations e ON e.conversation_id = c.id
WHERE u.role = 'student'
GROUP BY u.id, u.username, u.first_name, u.last_name
"""  # noqa: S608 - one of the two above
    )
    op.execute(
        f"""
CREATE OR REPLACE VIEW class_performance AS
WITH current_evaluations AS (
{current}
)
SELECT
    cl.id AS class_id,
    cl.name AS class_name,
    cl.language,
    cl.level,
    (SELECT count(*) FROM class_enrollments ce WHERE ce.class_id = cl.id) AS enrolled_students,
    (SELECT count(*) FROM conversations c WHERE c.class_id = cl.id) AS total_conversations,
    (SELECT avg(e.overall_score)
        FROM conversations c JOIN current_evaluations e ON e.conversation_id = c.id
        WHERE c.class_id = cl.id) AS average_class_score,
    (SELECT count(*) FROM assignments a WHERE a.class_id = cl.id) AS total_assignments
FROM classes cl
"""  # noqa: S608 - the same
    )
