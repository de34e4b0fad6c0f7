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

from models.database import connect
from models.tables import Base

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
        return [str(one) for one in compare_metadata(context, Base.metadata)]
