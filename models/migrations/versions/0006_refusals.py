"""An upload is refused once for a reason, whoever refuses it at the same time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INDEX = "uq_dead_letters_media_key_code"


def upgrade() -> None:
    """Keep the first of equal refusals, then allow one only."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "DELETE FROM dead_letters WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER "
        "(PARTITION BY media_key, code ORDER BY created_at, id) AS number FROM dead_letters "
        "WHERE run_id IS NULL AND media_key IS NOT NULL) AS refusals WHERE number > 1)"
    )
    op.create_index(
        INDEX,
        "dead_letters",
        ["media_key", "code"],
        unique=True,
        postgresql_where=sa.text("run_id IS NULL"),
    )


def downgrade() -> None:
    """Drop the index; what was deleted twice over stays deleted."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index(INDEX, "dead_letters")
