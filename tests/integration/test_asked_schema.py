"""The columns of the fifteen given tables, as the server has them."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, Engine, text

from models.tables import Base

pytestmark = pytest.mark.database

# A column is `name type`, then `!` where it may not be null, `=default`, `>table:c` for a foreign key
# whose rows go along with what they point at and `>table:n` for one that is set to null.
ALL = "id uuid!=gen_random_uuid(), "
TIMES = ", created_at time=now(), updated_at time=now()"
ASKED = {
    "users": ALL
    + "email v255!, username v100!, password_hash v255!, first_name v100!, last_name v100!, "
    "role user_role!='student', language_preference v10!='en', timezone v50='UTC', avatar_url text, "
    "is_active bool=true, is_verified bool=false, last_login time" + TIMES,
    "user_profiles": ALL
    + "user_id uuid>users:c, bio text, learning_goals text[], current_level v10, "
    "target_level v10, learning_style v50, availability jsonb, preferences jsonb" + TIMES,
    "classes": ALL
    + "name v200!, description text, teacher_id uuid>users:c, language v10!, level v10!, "
    "max_students int=30, is_active bool=true" + TIMES,
    "class_enrollments": ALL
    + "class_id uuid>classes:c, student_id uuid>users:c, enrolled_at time=now(), "
    "status enrollment_status='active'",
    "conversations": ALL
    + "user_id uuid>users:c, class_id uuid>classes:n, title v200!, description text, "
    "topic v100, difficulty_level v10!, duration_seconds int, language v10!, audio_file_url text, "
    "video_file_url text, transcript text, status conversation_status='draft', completed_at time"
    + TIMES,
    "conversation_evaluations": ALL
    + "conversation_id uuid>conversations:c, evaluator_id uuid>users:n, "
    "overall_score n5,2!, grammar_score n5,2!, vocabulary_score n5,2!, fluency_score n5,2!, "
    "pronunciation_score n5,2!, comprehension_score n5,2!, proficiency_level v10!, strengths text[], "
    "areas_for_improvement text[], recommendations text[], detailed_feedback jsonb, "
    "is_ai_generated bool=true" + TIMES,
    "conversation_segments": ALL + "conversation_id uuid>conversations:c, segment_number int!, "
    "start_time n10,3!, end_time n10,3!, speaker v50!, text_content text!, confidence_score n5,2, "
    "language_detected v10, created_at time=now()",
    "grammar_errors": ALL
    + "conversation_id uuid>conversations:c, segment_id uuid>conversation_segments:c, "
    "error_type v100!, error_description text!, suggested_correction text, severity error_severity!, "
    "start_position int!, end_position int!, created_at time=now()",
    "vocabulary_analysis": ALL
    + "conversation_id uuid>conversations:c, word v200!, frequency int!, "
    "complexity_score n5,2, appropriateness_score n5,2, context v500, is_advanced bool=false, "
    "created_at time=now()",
    "assignments": ALL
    + "class_id uuid>classes:c, teacher_id uuid>users:c, title v200!, description text!, "
    "instructions text!, topic v100, difficulty_level v10!, duration_minutes int, due_date time, "
    "is_active bool=true" + TIMES,
    "assignment_submissions": ALL + "assignment_id uuid>assignments:c, student_id uuid>users:c, "
    "conversation_id uuid>conversations:c, submitted_at time=now(), "
    "status submission_status='submitted', teacher_feedback text, teacher_score n5,2",
    "progress_tracking": ALL + "user_id uuid>users:c, metric_name v100!, metric_value n10,2!, "
    "metric_unit v50, recorded_at time=now(), context jsonb",
    "achievements": ALL
    + "name v200!, description text!, icon_url text, criteria jsonb!, points int=0, "
    "category v100, is_active bool=true, created_at time=now()",
    "user_achievements": ALL
    + "user_id uuid>users:c, achievement_id uuid>achievements:c, earned_at time=now()",
    "practice_sessions": ALL
    + "user_id uuid>users:c, session_type v50!, topic v100, difficulty_level v10, "
    "duration_minutes int, score n5,2, completed_at time=now(), session_data jsonb",
}
OURS = {"conversation_evaluations": {"run_id", "rubric_version", "input_sha256", "engines"}}
"""Columns that the product adds: how an evaluation came about."""

# The server's long names in the short words of the table above.
READ = r"""
SELECT a.attname AS name, concat(a.attname, ' ', regexp_replace(regexp_replace(replace(replace(replace(
        format_type(a.atttypid, a.atttypmod),
        'timestamp with time zone', 'time'), 'integer', 'int'), 'boolean', 'bool'),
        'character varying\((\d+)\)', 'v\1'), 'numeric\((\d+,\d+)\)', 'n\1'),
    CASE WHEN a.attnotnull THEN '!' END,
    CASE WHEN d.oid IS NOT NULL THEN concat('=', split_part(pg_get_expr(d.adbin, d.adrelid), '\:\:', 1)) END,
    CASE WHEN c.oid IS NOT NULL THEN concat('>', c.confrelid, '\:', c.confdeltype) END) AS told
FROM pg_attribute a
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN (SELECT oid, conrelid, conkey, CAST(confrelid AS regclass) AS confrelid, confdeltype
    FROM pg_constraint WHERE contype = 'f') c ON c.conrelid = a.attrelid AND c.conkey = ARRAY[a.attnum]
WHERE a.attrelid = CAST(:name AS regclass) AND a.attnum > 0 AND NOT a.attisdropped
"""


def columns(connection: Connection, table: str) -> dict[str, str]:
    return {row.name: row.told for row in connection.execute(text(READ), {"name": table})}


def asked(table: str) -> dict[str, str]:
    return {one.split()[0]: one for one in ASKED[table].split(", ")}


@pytest.mark.parametrize("table", ASKED)
def test_each_column_is_as_asked(engine: Engine, table: str) -> None:
    with engine.connect() as connection:
        found = columns(connection, table)
    own = OURS.get(table, set())
    assert own <= set(found)
    assert {name: told for name, told in found.items() if name not in own} == asked(table)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE conversations ALTER title DROP NOT NULL",
        "ALTER TABLE conversations ALTER topic TYPE varchar(99)",
        "ALTER TABLE conversations ALTER status DROP DEFAULT",
        "ALTER TABLE conversations DROP COLUMN video_file_url",
        "ALTER TABLE conversations DROP CONSTRAINT fk_conversations_class_id",
    ],
)
def test_a_column_that_is_otherwise_is_seen(engine: Engine, change: str) -> None:
    with engine.connect() as connection:
        connection.execute(text(change))
        assert columns(connection, "conversations") != asked("conversations")
        connection.rollback()


def test_all_fifteen_are_compared() -> None:
    assert len(ASKED) == 15
    assert set(ASKED) <= set(Base.metadata.tables)
