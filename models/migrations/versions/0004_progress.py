"""Progress, views and the trigger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

VIEWS = (
    """
CREATE VIEW user_progress_summary AS
WITH current_evaluations AS (
    SELECT DISTINCT ON (conversation_id) conversation_id, overall_score, proficiency_level, created_at, id
    FROM conversation_evaluations
    WHERE is_ai_generated
    ORDER BY conversation_id, created_at DESC, id DESC
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
""",
    """
CREATE VIEW class_performance AS
WITH current_evaluations AS (
    SELECT DISTINCT ON (conversation_id) conversation_id, overall_score, proficiency_level, created_at, id
    FROM conversation_evaluations
    WHERE is_ai_generated
    ORDER BY conversation_id, created_at DESC, id DESC
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
""",
)

TOUCH = """
CREATE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$
"""

TOUCHED = (
    "users",
    "user_profiles",
    "classes",
    "assignments",
    "conversations",
    "conversation_evaluations",
)

ACHIEVEMENTS = (
    ("First conversation", "Your first conversation was evaluated.", "conversations", 1, 10),
    ("Ten conversations", "Ten of your conversations were evaluated.", "conversations", 10, 50),
    (
        "Wide words",
        "You used five words of level B2 or above in one conversation.",
        "advanced_words",
        5,
        20,
    ),
    ("Flowing talk", "Sixteen of 20 points in fluency.", "fluency_score", 16, 20),
    ("Firm grammar", "Twenty of 25 points in grammar.", "grammar_score", 20, 20),
    ("Eighty points", "Eighty points and more in one conversation.", "overall_score", 80, 30),
)
"""Name, description, measure, at least, points."""


def upgrade() -> None:
    """Make the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _progress_tracking()
    _achievements()
    _user_achievements()
    _practice_sessions()
    for name, description, measure, at_least, points in ACHIEVEMENTS:
        op.execute(
            sa.text(
                "INSERT INTO achievements (name, description, criteria, points, category) "
                "VALUES (:name, :description, "
                "jsonb_build_object('measure', CAST(:measure AS text), 'at_least', CAST(:at_least AS int)), "
                ":points, 'conversation')"
            ).bindparams(
                name=name,
                description=description,
                measure=measure,
                at_least=at_least,
                points=points,
            )
        )
    for view in VIEWS:
        op.execute(view)
    op.execute(TOUCH)
    for table in TOUCHED:
        op.execute(_trigger(table))


def downgrade() -> None:
    """Drop the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in TOUCHED:
        op.execute(f"DROP TRIGGER touch_{table} ON {table}")
    op.execute("DROP FUNCTION touch_updated_at()")
    op.execute("DROP VIEW class_performance")
    op.execute("DROP VIEW user_progress_summary")
    op.drop_table("practice_sessions")
    op.drop_table("user_achievements")
    op.drop_table("achievements")
    op.drop_table("progress_tracking")


def _progress_tracking() -> None:
    op.create_table(
        "progress_tracking",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("metric_name", sa.String(length=100), nullable=False),
        sa.Column("metric_value", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("metric_unit", sa.String(length=50), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=True,
        ),
        sa.Column("context", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_progress_tracking_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_progress_tracking")),
    )
    op.create_index("idx_progress_metric_name", "progress_tracking", ["metric_name"], unique=False)
    op.create_index("idx_progress_recorded_at", "progress_tracking", ["recorded_at"], unique=False)
    op.create_index("idx_progress_user_id", "progress_tracking", ["user_id"], unique=False)


def _achievements() -> None:
    op.create_table(
        "achievements",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("icon_url", sa.Text(), nullable=True),
        sa.Column("criteria", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("points", sa.Integer(), server_default=sa.text("0"), nullable=True),
        sa.Column("category", sa.String(length=100), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_achievements")),
        sa.UniqueConstraint("name", name=op.f("uq_achievements_name")),
    )


def _user_achievements() -> None:
    op.create_table(
        "user_achievements",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("achievement_id", sa.Uuid(), nullable=True),
        sa.Column(
            "earned_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["achievement_id"],
            ["achievements.id"],
            name=op.f("fk_user_achievements_achievement_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_user_achievements_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_achievements")),
        sa.UniqueConstraint(
            "user_id", "achievement_id", name=op.f("uq_user_achievements_user_id_achievement_id")
        ),
    )
    op.create_index(
        "idx_user_achievements_achievement_id",
        "user_achievements",
        ["achievement_id"],
        unique=False,
    )


def _practice_sessions() -> None:
    op.create_table(
        "practice_sessions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("session_type", sa.String(length=50), nullable=False),
        sa.Column("topic", sa.String(length=100), nullable=True),
        sa.Column("difficulty_level", sa.String(length=10), nullable=True),
        sa.Column("duration_minutes", sa.Integer(), nullable=True),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column(
            "completed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=True,
        ),
        sa.Column("session_data", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("duration_minutes >= 0", name=op.f("ck_practice_sessions_duration")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_practice_sessions_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_sessions")),
    )
    op.create_index("idx_practice_sessions_user_id", "practice_sessions", ["user_id"], unique=False)


def _trigger(table: str) -> str:
    return (
        f"CREATE TRIGGER touch_{table} BEFORE UPDATE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION touch_updated_at()"
    )
