"""A search hit tells when its words were said: kept beside the text."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Old rows have none until `colloquy reindex`."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "search_documents",
        sa.Column("word_times", postgresql.ARRAY(sa.Integer(), dimensions=2), nullable=True),
    )


def downgrade() -> None:
    """Hits tell their segment's time alone."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("search_documents", "word_times")
