"""Old and new processes share a database during an upgrade, so a migration takes nothing away that old code needs."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import Script, ScriptDirectory

from models import migrate

ROOT = Path(__file__).parents[2]
FREE = "0015"
"""The newest revision from before the rule: nothing was released until then."""
MARK = "SAFE_SINCE"
"""In a migration, the earlier release whose code does without what is taken away, or keeps to what is forbidden now."""
TAKES_AWAY = re.compile(
    r"\bDROP\b|\bRENAME\b|\bTRUNCATE\b|^DELETE\b|\bALTER (COLUMN )?\S+ (SET DATA )?TYPE\b|\bSET NOT NULL\b",
    re.IGNORECASE,
)
COLUMN = re.compile(r"\bADD (?!CONSTRAINT\b).*\bNOT NULL\b", re.IGNORECASE)
FILLED = re.compile(r"\bDEFAULT\b|\bGENERATED\b", re.IGNORECASE)
FORBIDS = re.compile(
    r"^ALTER TABLE (?:IF EXISTS )?(?:ONLY )?(\S+) .*\bADD .*\b(?:CONSTRAINT|CHECK|UNIQUE|FOREIGN|REFERENCES|PRIMARY|EXCLUDE)\b"
    r"|^CREATE UNIQUE INDEX (?:\S+ )*?ON (?:ONLY )?([^\s(]+)",
    re.IGNORECASE,
)
"""Bounds on a table or, where a column is added with them, on that column, be it filled or not."""


def statements(script: Script) -> list[str]:
    """What its upgrade says to PostgreSQL, a line each, without a database."""
    said = io.StringIO()
    told = {"as_sql": True, "output_buffer": said}
    with Operations.context(MigrationContext.configure(dialect_name="postgresql", opts=told)):
        script.module.upgrade()
    return [" ".join(one.split()) for one in said.getvalue().split(";\n") if one.strip()]


def broken(said: list[str]) -> list[str]:
    """Those of the statements that old code may not live with."""
    found, made = [], set()
    for one in said:
        if new := re.match(r"CREATE TABLE (\S+)", one):
            made.add(new[1])
        forbids = FORBIDS.search(one)
        older = forbids is not None and (forbids[1] or forbids[2]) not in made
        unfilled = COLUMN.search(one) and not FILLED.search(one)
        if TAKES_AWAY.search(one) or older or unfilled:
            found.append(one)
    return found


def released() -> set[str]:
    """The versions of the changelog."""
    told = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    return set(re.findall(r"^## \[(\d+\.\d+\.\d+)\]", told, re.MULTILINE))


SCRIPTS = {one.revision: one for one in ScriptDirectory(str(migrate.FOLDER)).walk_revisions()}


def test_a_migration_only_adds_or_names_the_release_that_did_without() -> None:
    bound = [one for one in SCRIPTS.values() if one.revision > FREE]
    for script in bound:
        wrong, mark = broken(statements(script)), getattr(script.module, MARK, None)
        assert not wrong or mark in released(), f"{script.path}: {MARK} = {mark!r}, and: {wrong}"
        assert wrong or mark is None, f"{script.path}: {MARK} is needed no more"


@pytest.mark.parametrize("revision", ["0008", "0011", "0013", "0014", "0015"])
def test_what_only_adds_is_let_through(revision: str) -> None:
    said = statements(SCRIPTS[revision])
    assert len(said) > 1
    assert broken(said) == []


def test_what_earlier_migrations_took_away_is_found() -> None:
    """Before the rule, so that it can be seen at work."""
    assert broken(statements(SCRIPTS["0010"])) == [
        "ALTER TABLE runs ALTER COLUMN lane SET NOT NULL",
        (
            "ALTER TABLE stage_results ADD CONSTRAINT ck_stage_results_waits "
            "CHECK (waits BETWEEN 0 AND attempt - forgiven)"
        ),
    ]
    assert "ALTER TABLE runs DROP CONSTRAINT uq_runs_media_key_media_etag" in broken(
        statements(SCRIPTS["0012"])
    )


@pytest.mark.parametrize(
    "said",
    [
        "ALTER TABLE runs DROP COLUMN lane",
        "DROP VIEW class_performance",
        "ALTER TABLE runs RENAME COLUMN lane TO queue",
        "ALTER TABLE runs RENAME TO jobs",
        "ALTER TABLE runs ALTER COLUMN lane TYPE TEXT USING lane::text",
        "ALTER TABLE runs ALTER lane SET DATA TYPE TEXT",
        "ALTER TABLE runs ADD COLUMN lane UUID NOT NULL",
        "ALTER TABLE runs ADD lane UUID NOT NULL",
        "ALTER TABLE runs ADD COLUMN IF NOT EXISTS lane UUID NOT NULL",
        "ALTER TABLE runs ADD COLUMN lane UUID UNIQUE",
        "ALTER TABLE runs ADD COLUMN waits INTEGER DEFAULT 0 NOT NULL UNIQUE",
        "ALTER TABLE runs ADD COLUMN waits INTEGER CHECK (waits < attempt)",
        "ALTER TABLE runs ADD COLUMN waits INTEGER CONSTRAINT few CHECK (waits < 3)",
        "ALTER TABLE runs ADD COLUMN lane UUID REFERENCES conversations (id)",
        "ALTER TABLE runs ADD COLUMN lane UUID, ADD CONSTRAINT uq_runs_lane UNIQUE (lane)",
        "ALTER TABLE runs ADD CHECK (attempt < 3)",
        "ALTER TABLE ONLY runs ADD CONSTRAINT ck_runs_few CHECK (attempt < 3)",
        "ALTER TABLE IF EXISTS ONLY runs ADD UNIQUE (lane)",
        "alter table only runs add constraint ck_runs_few check (attempt < 3)",
        "CREATE UNIQUE INDEX uq_runs_lane ON runs (lane)",
        "CREATE UNIQUE INDEX CONCURRENTLY uq_runs_lane ON runs (lane)",
        "CREATE UNIQUE INDEX IF NOT EXISTS uq_runs_lane ON runs (lane)",
        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS uq_runs_lane ON ONLY runs(lane)",
        "CREATE UNIQUE INDEX ON runs (lane)",
        "DELETE FROM runs",
    ],
)
def test_each_kind_is_found(said: str) -> None:
    assert broken([said]) == [said]
    assert broken(["CREATE TABLE runs (id UUID)", said])[-1:] == (
        [] if FORBIDS.search(said) else [said]
    )


@pytest.mark.parametrize(
    "said",
    [
        "ALTER TABLE runs ADD COLUMN lane UUID",
        "ALTER TABLE runs ADD COLUMN waits INTEGER DEFAULT 0 NOT NULL",
        "ALTER TABLE ONLY runs ADD COLUMN IF NOT EXISTS unique_id UUID",
        "ALTER TABLE runs VALIDATE CONSTRAINT ck_runs_few",
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_runs_unique ON runs (lane)",
        "CREATE INDEX idx_runs_lane ON runs (lane)",
        "CREATE OR REPLACE VIEW class_performance AS SELECT 1",
        "UPDATE runs SET lane = id",
    ],
)
def test_what_adds_is_not(said: str) -> None:
    assert broken([said]) == []
