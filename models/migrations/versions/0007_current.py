"""The current evaluation is that of the run which readers see, in whatever order runs end."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BEFORE = """
    SELECT DISTINCT ON (conversation_id) conversation_id, overall_score, proficiency_level, created_at, id
    FROM conversation_evaluations
    WHERE is_ai_generated
    ORDER BY conversation_id, created_at DESC, id DESC
"""

NOW = """
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


def _user_progress_summary(current: str) -> str:
    return f"""
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
"""  # noqa: S608 - the two above


def _class_performance(current: str) -> str:
    return f"""
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


def upgrade() -> None:
    """Follow the runs."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(_user_progress_summary(NOW))
    op.execute(_class_performance(NOW))


def downgrade() -> None:
    """Follow the time of writing."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(_user_progress_summary(BEFORE))
    op.execute(_class_performance(BEFORE))
