"""Failed attempts are kept for a month, and rounds of tasks are noted: what the metrics are read from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is known of failures and rounds so far."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "stage_failures",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("stage", sa.String(50), nullable=False),
        sa.Column("code", sa.String(50), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('again', 'waits', 'dead')", name=op.f("ck_stage_failures_outcome")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_failures")),
    )
    op.create_index("idx_stage_failures_at", "stage_failures", ["at"])
    op.create_table(
        "rounds",
        sa.Column("task", sa.String(50), nullable=False),
        sa.Column(
            "ended_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("looked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place", sa.String(100), nullable=True),
        sa.PrimaryKeyConstraint("task", name=op.f("pk_rounds")),
    )
    op.create_index("idx_runs_finished_at", "runs", ["finished_at"])
    op.create_index(
        "idx_dead_letters_open",
        "dead_letters",
        ["code"],
        postgresql_where=sa.text("replayed_at IS NULL AND discarded_at IS NULL"),
    )


def downgrade() -> None:
    """The record of failures is lost; a sweep begins anew."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("idx_dead_letters_open", "dead_letters")
    op.drop_index("idx_runs_finished_at", "runs")
    op.drop_table("rounds")
    op.drop_table("stage_failures")
