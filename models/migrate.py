"""Migrations by Alembic, without an ini file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from models.database import connect
from models.enums import ENUMS
from models.tables import Base
from models.views import APPEND_ONLY, TOUCHED, VIEWS

_VIEW = text("SELECT definition FROM pg_views WHERE schemaname = :schema AND viewname = :name")
_MINE = text(
    "SELECT pg_get_viewdef(oid) FROM pg_class "
    "WHERE relname = :name AND relnamespace = pg_my_temp_schema()"
)
_LABELS = text(
    "SELECT typname, array_agg(enumlabel::text ORDER BY enumsortorder) "
    "FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid GROUP BY typname"
)
_TRIGGERS = text(
    "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
    "JOIN pg_proc p ON p.oid = t.tgfoid WHERE p.proname = :function AND t.tgenabled IN ('O', 'A')"
)
FOLDER = Path(__file__).parent / "migrations"


@contextmanager
def _config(url: str) -> Iterator[Config]:
    engine = connect(url, pooled=False)
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    try:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            yield config
            connection.commit()
    finally:
        engine.dispose()


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database to the revision."""
    with _config(url) as config:
        command.upgrade(config, revision)


def downgrade(url: str, revision: str) -> None:
    """Take the database back to the revision; `base` leaves nothing of ours."""
    with _config(url) as config:
        command.downgrade(config, revision)


def current(url: str) -> str | None:
    """The database's revision, None for an empty one."""
    with _config(url) as config:
        context = MigrationContext.configure(config.attributes["connection"])
        return context.get_current_revision()


def newest() -> str | None:
    """The newest revision there is."""
    return ScriptDirectory(str(FOLDER)).get_current_head()


def check(url: str) -> list[str]:
    """How an upgraded database differs from the models; empty when they agree."""
    with _config(url) as config:
        context = MigrationContext.configure(
            config.attributes["connection"], opts={"compare_server_default": True}
        )
        found = [str(one) for one in compare_metadata(context, Base.metadata)]
        return found + beside_tables(config.attributes["connection"])


def beside_tables(connection: Connection) -> list[str]:
    """How the views, enums and triggers differ from the code; Alembic compares tables only."""
    found = []
    for name, statement in VIEWS.items():
        there = connection.scalar(_VIEW, {"schema": "public", "name": name})
        with connection.begin_nested() as undone:
            # Written out by the server itself, so that only what it means is compared.
            connection.execute(text(statement.replace("CREATE VIEW", "CREATE TEMPORARY VIEW", 1)))
            here = connection.scalar(_MINE, {"name": name})
            undone.rollback()
        if there != here:
            found.append(f"view {name}")
    labels: dict[str | None, list[str]] = dict(connection.execute(_LABELS).all())
    found += [f"enum {one.name}" for one in ENUMS if labels.get(one.name) != one.enums]
    for function, tables in (("touch_updated_at", TOUCHED), ("refuse_change", APPEND_ONLY)):
        there = set(connection.scalars(_TRIGGERS, {"function": function}))
        found += [f"trigger on {one}" for one in sorted(there ^ set(tables))]
    return found
