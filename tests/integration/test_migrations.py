from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError

from embedded.postgres import Postgres
from models import migrate, views
from models.database import sessions
from models.tables import Base
from tests.integration import rows

OTHER = "other"
SCRIPTS = sorted(Path(migrate.FOLDER, "versions").glob("*.py"))
NUMBERS = [path.name[:4] for path in SCRIPTS]


@pytest.fixture
def empty(server: Postgres, engine: Engine) -> str:
    """An empty database of its own."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {OTHER} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {OTHER}"))
    return server.url.rsplit("/", 1)[0] + f"/{OTHER}"


def objects(url: str) -> set[str]:
    """Everything of ours that stands in the database."""
    made = create_engine(url)
    with made.begin() as connection:
        names = connection.execute(
            text(
                "SELECT relkind::text || ' ' || relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
                "AND relname NOT LIKE 'alembic%' UNION ALL "
                "SELECT 'type ' || typname FROM pg_type WHERE typnamespace = 'public'::regnamespace "
                "AND typtype = 'e' UNION ALL "
                "SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            )
        ).scalars()
        found = set(names)
    made.dispose()
    return found


def test_migrations_and_models_agree(server: Postgres, engine: Engine) -> None:
    del engine
    assert migrate.check(server.url) == []
    assert migrate.current(server.url) == migrate.newest()


def test_up_down_up_leaves_nothing_behind(empty: str) -> None:
    migrate.upgrade(empty)
    first = objects(empty)
    migrate.downgrade(empty, "base")
    assert objects(empty) == set()
    migrate.upgrade(empty)
    assert objects(empty) == first
    assert "type user_role" in first
    assert "v class_performance" in first


def test_each_migration_can_be_taken_back_alone(empty: str) -> None:
    for before, one in pairwise(["base", *NUMBERS]):
        migrate.upgrade(empty, one)
        migrate.downgrade(empty, before)
        migrate.upgrade(empty, one)
    assert migrate.check(empty) == []


def test_of_equal_refusals_the_first_is_kept(empty: str) -> None:
    migrate.upgrade(empty, "0005")
    made = create_engine(empty)
    add = text(
        "INSERT INTO dead_letters (media_key, code, reason, created_at) "
        "VALUES (:key, 'x', :reason, CAST(:day AS timestamptz))"
    )
    with made.begin() as connection:
        for key, reason, day in (
            ("a", "later", "2026-01-02"),
            ("a", "first", "2026-01-01"),
            ("b", "only", "2026-01-03"),
        ):
            connection.execute(add, {"key": key, "reason": reason, "day": day})
    migrate.upgrade(empty)
    with made.begin() as connection:
        kept = connection.execute(text("SELECT reason FROM dead_letters ORDER BY media_key"))
        assert kept.scalars().all() == ["first", "only"]
    made.dispose()


ATTEMPTS = """
UPDATE stage_results SET attempt = 7, forgiven = 2, waits = 4,
    state = CASE stage WHEN 'decode' THEN 'done' ELSE 'ready' END
"""


def test_older_code_sees_the_attempts_that_are_left(empty: str) -> None:
    migrate.upgrade(empty)
    made = create_engine(empty)
    rows.run(sessions(made))

    def counted(column: str) -> set[tuple[str, int]]:
        with made.begin() as connection:
            found = connection.execute(text(f"SELECT DISTINCT state, {column} FROM stage_results"))  # noqa: S608 - our own column
            return {(state, attempts) for state, attempts in found}

    with made.begin() as connection:
        connection.execute(text(ATTEMPTS))
    migrate.downgrade(empty, "0009")
    assert counted("attempt - forgiven") == {("done", 1), ("ready", 1)}
    migrate.downgrade(empty, "0008")
    assert counted("attempt") == {("done", 7), ("ready", 1)}
    made.dispose()


RELATIONS = text(
    "SELECT string_agg(quote_ident(relname), ', ') FROM pg_class "
    "WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')"
)


@pytest.fixture
def impatient(empty: str) -> Iterator[str]:
    """An empty database in which a migration's limit is short, and one without a limit is cut off."""

    def shorter(
        _connection: Connection, _cursor: object, statement: str, parameters: object, *_: object
    ) -> tuple[str, object]:
        return statement.replace("lock_timeout = '5s'", "lock_timeout = '50ms'"), parameters

    made = create_engine(empty)
    with made.begin() as connection:
        # More than a busy machine needs for one statement.
        connection.execute(text(f"ALTER DATABASE {OTHER} SET statement_timeout = '15s'"))
    made.dispose()
    event.listen(Engine, "before_cursor_execute", shorter, retval=True)
    yield empty
    event.remove(Engine, "before_cursor_execute", shorter)


def gives_up(url: str, move: Callable[[], None]) -> None:
    """While somebody writes to nothing but keeps every table as it is."""
    made = create_engine(url)
    with made.connect() as holder:
        holder.execute(text(f"LOCK TABLE {holder.scalar(RELATIONS)} IN SHARE MODE"))
        with pytest.raises(OperationalError) as caught:
            move()
    made.dispose()
    assert isinstance(caught.value.orig, LockNotAvailable), caught.value


@pytest.mark.parametrize(("before", "number"), list(pairwise(["base", *NUMBERS])))
def test_each_migration_gives_up_on_a_lock_both_ways(
    impatient: str, before: str, number: str
) -> None:
    migrate.upgrade(impatient, number)
    gives_up(impatient, lambda: migrate.downgrade(impatient, before))
    migrate.downgrade(impatient, before)
    gives_up(impatient, lambda: migrate.upgrade(impatient, number))


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("user_progress_summary", views.USER_PROGRESS_SUMMARY),
        ("class_performance", views.CLASS_PERFORMANCE),
    ],
)
def test_the_views_in_the_code_are_those_in_the_database(
    engine: Engine, name: str, statement: str
) -> None:
    with engine.connect() as connection:
        there = connection.execute(text(f"SELECT pg_get_viewdef('{name}')")).scalar_one()
        connection.execute(text(statement.replace(f"VIEW {name}", f"TEMPORARY VIEW fresh_{name}")))
        here = connection.execute(text(f"SELECT pg_get_viewdef('fresh_{name}')")).scalar_one()
        connection.rollback()
    assert there == here


def test_fifteen_given_tables_and_twelve_of_our_own() -> None:
    own = {
        "runs",
        "stage_results",
        "score_evidence",
        "rubric_versions",
        "rubric_activations",
        "dead_letters",
        "search_documents",
        "stage_checkpoints",
        "audit_events",
        "circuits",
        "stage_failures",
        "rounds",
    }
    assert own <= set(Base.metadata.tables)
    assert len(set(Base.metadata.tables) - own) == 15


def test_every_foreign_key_has_an_index(engine: Engine) -> None:
    with engine.connect() as connection:
        missing = connection.execute(
            text(
                "SELECT c.conrelid::regclass || '.' || a.attname FROM pg_constraint c "
                "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] "
                "WHERE c.contype = 'f' AND NOT EXISTS (SELECT 1 FROM pg_index i "
                "WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])"
            )
        ).scalars()
        assert set(missing) == set()


SEED_INDEXES = """
idx_users_email idx_users_role idx_users_active idx_conversations_user_id idx_conversations_class_id
idx_conversations_status idx_conversations_created_at idx_conversations_language
idx_evaluations_conversation_id idx_evaluations_overall_score idx_evaluations_proficiency_level
idx_segments_conversation_id idx_segments_speaker idx_progress_user_id idx_progress_metric_name
idx_progress_recorded_at
"""


def test_every_asked_index_is_there(engine: Engine) -> None:
    with engine.connect() as connection:
        found = set(connection.execute(text("SELECT indexname FROM pg_indexes")).scalars())
    assert set(SEED_INDEXES.split()) <= found
