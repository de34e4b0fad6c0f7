"""Dead letters are replayed or discarded, and who did it is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No attempt was forgiven and no letter discarded so far."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "stage_results", sa.Column("forgiven", sa.Integer(), server_default="0", nullable=False)
    )
    op.create_check_constraint("forgiven", "stage_results", "forgiven BETWEEN 0 AND attempt")
    op.add_column("dead_letters", sa.Column("discarded_at", sa.DateTime(timezone=True)))
    _audit_events()


def downgrade() -> None:
    """The record of deeds is lost; unfinished stages keep the attempts that they have left, while no worker works."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "UPDATE stage_results SET attempt = attempt - forgiven, forgiven = 0 "
        "WHERE state <> 'done' AND forgiven > 0"
    )
    op.drop_table("audit_events")
    op.execute("DROP FUNCTION refuse_change()")
    op.drop_column("dead_letters", "discarded_at")
    op.drop_column("stage_results", "forgiven")


def _audit_events() -> None:
    op.create_table(
        "audit_events",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True),
        sa.Column(
            "database_user", sa.Text(), server_default=sa.text("SESSION_USER"), nullable=False
        ),
        sa.Column("os_user", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=50), nullable=False),
        sa.Column("subject_type", sa.String(length=50), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
    )
    op.create_index("idx_audit_events_at", "audit_events", ["at"])
    op.create_index("idx_audit_events_subject", "audit_events", ["subject_type", "subject_id"])
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '% can only be added to', TG_TABLE_NAME "
        "USING ERRCODE = 'insufficient_privilege'; END $$"
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    # Also where a session calls itself a replica, which turns ordinary triggers off.
    op.execute("ALTER TABLE audit_events ENABLE ALWAYS TRIGGER append_only")
