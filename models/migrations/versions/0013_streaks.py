"""Achievements for a level reached and for weeks in a row."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ACHIEVEMENTS = (
    (
        "Four weeks in a row",
        "You talked in each of four weeks.",
        {"measure": "weeks_in_a_row", "at_least": 4},
        30,
    ),
    ("Level B2", "A conversation at level B2.", {"measure": "level", "at_least": "B2"}, 50),
)
"""Name, description, criteria, points."""


def upgrade() -> None:
    """An achievement of the same name, made by the platform, stays as it is."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name, description, criteria, points in ACHIEVEMENTS:
        op.execute(
            sa.text(
                "INSERT INTO achievements (name, description, criteria, points, category) "
                "VALUES (:name, :description, CAST(:criteria AS jsonb), :points, 'conversation') "
                "ON CONFLICT (name) DO NOTHING"
            ).bindparams(
                name=name, description=description, criteria=json.dumps(criteria), points=points
            )
        )


def downgrade() -> None:
    """Also those that were earned."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name, *_ in ACHIEVEMENTS:
        op.execute(sa.text("DELETE FROM achievements WHERE name = :name").bindparams(name=name))
