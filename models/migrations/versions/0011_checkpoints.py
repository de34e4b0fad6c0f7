"""Parts of a stage's unfinished work."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No stage has kept any yet."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "stage_checkpoints",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.String(50), nullable=False),
        sa.Column("part", sa.String(100), nullable=False),
        sa.Column("content_key", sa.String(64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["run_id", "stage"],
            ["stage_results.run_id", "stage_results.stage"],
            name=op.f("fk_stage_checkpoints_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "stage", "part", name=op.f("pk_stage_checkpoints")),
    )


def downgrade() -> None:
    """Work that is not finished begins anew."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("stage_checkpoints")
