"""The two views as SQL, and where the trigger stands: what migrations made and `check` compares.

The current evaluation of a conversation is that of the run which readers see (`models.shown`): none
where that run found too little evidence. One that came without a run counts while readers see no
run. A teacher's own evaluation stands beside it and enters no average.
"""

from __future__ import annotations

CURRENT = """
    SELECT DISTINCT ON (e.conversation_id)
        e.conversation_id, e.overall_score, e.proficiency_level, e.created_at, e.id
    FROM conversation_evaluations e
    LEFT JOIN runs shown ON shown.conversation_id = e.conversation_id AND shown.shown
    WHERE e.is_ai_generated AND (shown.id IS NULL OR shown.id = e.run_id)
    ORDER BY e.conversation_id, e.created_at DESC, e.id DESC
"""

USER_PROGRESS_SUMMARY = f"""
CREATE VIEW user_progress_summary AS
WITH current_evaluations AS ({CURRENT})
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
"""

CLASS_PERFORMANCE = f"""
CREATE VIEW class_performance AS
WITH current_evaluations AS ({CURRENT})
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
"""

VIEWS = {
    "user_progress_summary": USER_PROGRESS_SUMMARY,
    "class_performance": CLASS_PERFORMANCE,
}
"""Both, by name."""

TOUCHED = (
    "users",
    "user_profiles",
    "classes",
    "assignments",
    "conversations",
    "conversation_evaluations",
    "runs",
    "stage_results",
)
"""Tables with an `updated_at` that the trigger keeps."""

APPEND_ONLY = ("audit_events",)
"""Tables whose rows a trigger keeps as they are."""
