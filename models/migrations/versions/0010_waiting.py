"""Runs stand in line by class, stages wait for services that are away, and workers share what they know of those."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Runs that there are have been sent already: none of them stands in line."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _runs()
    _stage_results()
    op.create_table(
        "circuits",
        sa.Column("service", sa.String(length=100), nullable=False),
        sa.Column("stages", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("failures", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("probe", sa.Uuid(), nullable=True),
        sa.CheckConstraint("failures > 0", name=op.f("ck_circuits_failures")),
        sa.PrimaryKeyConstraint("service", name=op.f("pk_circuits")),
    )


def _runs() -> None:
    op.add_column("runs", sa.Column("lane", sa.Uuid(), nullable=True))
    op.add_column("runs", sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE runs SET admitted_at = coalesce(runs.created_at, now()), "
        "lane = coalesce(c.class_id, c.user_id, c.id) "
        "FROM conversations AS c WHERE c.id = runs.conversation_id"
    )
    op.alter_column("runs", "lane", nullable=False)
    op.create_index("idx_runs_lane", "runs", ["lane", "admitted_at"], unique=False)
    op.create_index(
        "idx_runs_in_line",
        "runs",
        ["lane", "created_at"],
        unique=False,
        postgresql_where=sa.text("admitted_at IS NULL AND state = 'queued'"),
    )
    op.create_index(
        "idx_runs_on_their_way",
        "runs",
        ["lane"],
        unique=False,
        postgresql_where=sa.text("admitted_at IS NOT NULL AND state IN ('queued', 'running')"),
    )


def _stage_results() -> None:
    op.add_column(
        "stage_results",
        sa.Column("waits", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )
    op.add_column("stage_results", sa.Column("waiting_for", sa.String(length=100), nullable=True))
    op.add_column(
        "stage_results", sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_check_constraint(
        op.f("ck_stage_results_waits"), "stage_results", "waits BETWEEN 0 AND attempt - forgiven"
    )


def downgrade() -> None:
    """What waited is sent again by upkeep; what stood in line, too. Waits still use up no attempt."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("UPDATE stage_results SET forgiven = forgiven + waits, waits = 0 WHERE waits > 0")
    op.drop_table("circuits")
    op.drop_constraint(op.f("ck_stage_results_waits"), "stage_results")
    for column in ("waiting_since", "waiting_for", "waits"):
        op.drop_column("stage_results", column)
    for index in ("idx_runs_on_their_way", "idx_runs_in_line", "idx_runs_lane"):
        op.drop_index(index, "runs")
    for column in ("admitted_at", "lane"):
        op.drop_column("runs", column)
