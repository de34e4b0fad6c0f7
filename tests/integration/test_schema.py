"""What Alembic does not compare: checks, defaults, keys and indexes as the server wrote them down."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, create_engine, text

from models import migrate
from models.tables import Base
from tests.integration.databases import beside

pytestmark = pytest.mark.database

COLUMNS = """
SELECT table_name || '.' || column_name || ' ' || udt_name || ' ' || is_nullable
    || ' ' || coalesce(column_default, '-') || ' ' || coalesce(character_maximum_length, 0)
    || ' ' || coalesce(numeric_precision, 0) || ',' || coalesce(numeric_scale, 0)
    || ' ' || coalesce(generation_expression, '-')
FROM information_schema.columns
WHERE table_schema = 'public' AND table_name NOT LIKE 'alembic%'
    AND table_name NOT IN ('user_progress_summary', 'class_performance')
"""
CONSTRAINTS = """
SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE 'alembic%'
"""
INDEXES = (
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE 'alembic%'"
)

EMPTIED = """
CREATE OR REPLACE VIEW class_performance AS
SELECT id AS class_id, name AS class_name, language, level, 0::bigint AS enrolled_students,
    0::bigint AS total_conversations, 0::numeric AS average_class_score,
    0::bigint AS total_assignments
FROM classes
"""


def read(connection: Connection, statement: str) -> set[str]:
    return set(connection.execute(text(statement)).scalars())


@pytest.fixture(scope="module")
def models_only(engine: Engine) -> Iterator[Engine]:
    """A database made by the models, without a migration."""
    with beside(engine) as url:
        made = create_engine(url)
        Base.metadata.create_all(made)
        yield made
        made.dispose()


@pytest.mark.parametrize("statement", [COLUMNS, CONSTRAINTS, INDEXES])
def test_models_and_migrations_make_the_same(
    engine: Engine, models_only: Engine, statement: str
) -> None:
    with engine.connect() as migrated, models_only.connect() as fresh:
        assert read(migrated, statement) == read(fresh, statement) != set()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("DROP VIEW class_performance", "view class_performance"),
        (
            EMPTIED,
            "view class_performance",
        ),
        ("ALTER TYPE error_severity RENAME VALUE 'low' TO 'small'", "enum error_severity"),
        ("DROP TRIGGER touch_users ON users", "trigger on users"),
    ],
)
def test_the_check_sees_what_alembic_does_not(engine: Engine, change: str, told: str) -> None:
    with engine.connect() as connection:
        assert migrate.beside_tables(connection) == []
        connection.execute(text(change))
        assert migrate.beside_tables(connection) == [told]
        connection.rollback()
