"""An evaluation keeps what it was made with: its run may be deleted before it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Null for the evaluations that there are."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "conversation_evaluations",
        sa.Column("engines", postgresql.ARRAY(sa.Text()), nullable=True),
    )


def downgrade() -> None:
    """The stages' rows have them still, while the run is there."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("conversation_evaluations", "engines")
