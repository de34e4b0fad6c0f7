"""The achievement for level B2 says that a level above it earns it, too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

NAME = "Level B2"
BEFORE = "A conversation at level B2."
AFTER = "A conversation at level B2 or above."


def upgrade() -> None:
    """What the platform wrote there itself stays."""
    _say(BEFORE, AFTER)


def downgrade() -> None:
    """The same the other way."""
    _say(AFTER, BEFORE)


def _say(old: str, new: str) -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        sa.text(
            "UPDATE achievements SET description = :new WHERE name = :name AND description = :old"
        ).bindparams(new=new, name=NAME, old=old)
    )
