"""The pipeline's own tables: runs, stage results, evidence, dead letters, circuits."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, Moment, Now

RUN_STATES = ("queued", "running", "completed", "insufficient", "failed", "cancelled")
RUN_OVER = ("completed", "insufficient", "failed", "cancelled")
STAGE_STATES = ("pending", "ready", "running", "done", "failed")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(one) for one in values)})"


class Run(Base):
    """One walk of the plan for one version of one object."""

    __tablename__ = "runs"
    __table_args__ = (
        Index(
            "uq_runs_media_key_media_etag",
            "media_key",
            "media_etag",
            unique=True,
            postgresql_where=text("source_id IS NULL"),
        ),
        Index(
            "uq_runs_repeats",
            "conversation_id",
            "repeats",
            unique=True,
            postgresql_where=text("state NOT IN ('failed', 'cancelled')"),
        ),
        Index("uq_runs_shown", "conversation_id", unique=True, postgresql_where=text("shown")),
        Index("idx_runs_source_id", "source_id"),
        Index("idx_runs_rubric", "rubric"),
        Index("idx_runs_conversation_id", "conversation_id"),
        Index("idx_runs_state", "state"),
        Index("idx_runs_assignment_id", "assignment_id"),
        Index("idx_runs_finished_at", "finished_at"),
        Index("idx_runs_lane", "lane", "admitted_at"),
        Index(
            "idx_runs_in_line",
            "lane",
            "created_at",
            postgresql_where=text("admitted_at IS NULL AND state = 'queued'"),
        ),
        Index(
            "idx_runs_on_their_way",
            "lane",
            postgresql_where=text("admitted_at IS NOT NULL AND state IN ('queued', 'running')"),
        ),
        CheckConstraint(_one_of("state", RUN_STATES), name="state"),
    )

    id: Mapped[Key]
    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE")
    )
    assignment_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("assignments.id", ondelete="SET NULL")
    )
    state: Mapped[str] = mapped_column(String(20), server_default="queued")
    media_key: Mapped[str] = mapped_column(Text)
    media_etag: Mapped[str] = mapped_column(Text)
    """Which version of the object: the same object twice is one run."""
    seed: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """The plan's seed value."""
    reason_code: Mapped[str | None] = mapped_column(String(50))
    reason: Mapped[str | None] = mapped_column(Text)
    """Why there is no evaluation, for people."""
    scorecard: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """The partial scorecard where there was not enough evidence for an evaluation."""
    lane: Mapped[UUID]
    """Whose turn it takes: the class, else the learner, else the conversation alone."""
    source_id: Mapped[UUID | None] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    """The run that this one repeats; null for an upload's own."""
    uploaded_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    """When its recording came: a run that repeats another has that one's."""
    analysed_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    """Since when there is what it is scored on: a run that only scores anew has its source's."""
    rubric: Mapped[str | None] = mapped_column(
        ForeignKey("rubric_versions.version", ondelete="RESTRICT")
    )
    """The version that it is or shall be scored by; null for the one in force when that time comes."""
    repeats: Mapped[str | None] = mapped_column(String(64))
    """Hash of what is kept of its source and of what the rest is made by: the same is not repeated twice."""
    shown: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether readers see it: its rows stand in the tables of the conversation."""
    admitted_at: Mapped[Moment]
    """When its turn came; null while it stands in line and no message of it is in the broker."""
    created_at: Mapped[Now]
    updated_at: Mapped[Now]
    finished_at: Mapped[Moment]


class StageResult(Base):
    """One stage of one run: who works on it, how far, what it gave."""

    __tablename__ = "stage_results"
    __table_args__ = (
        Index("idx_stage_results_content_key", "content_key"),
        Index("idx_stage_results_artifact_run_id", "artifact_run_id"),
        Index("idx_stage_results_state", "state", postgresql_where=text("state <> 'done'")),
        CheckConstraint(_one_of("state", STAGE_STATES), name="state"),
        CheckConstraint("attempt >= 0", name="attempt"),
        CheckConstraint("forgiven BETWEEN 0 AND attempt", name="forgiven"),
        CheckConstraint("waits BETWEEN 0 AND attempt - forgiven", name="waits"),
        CheckConstraint("progress BETWEEN 0 AND 1", name="progress"),
    )

    run_id: Mapped[UUID] = mapped_column(
        ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True
    )
    stage: Mapped[str] = mapped_column(String(50), primary_key=True)
    state: Mapped[str] = mapped_column(String(20), server_default="pending")
    attempt: Mapped[int] = mapped_column(server_default=text("0"))
    """The fencing token: a result that comes with an older one is thrown away."""
    forgiven: Mapped[int] = mapped_column(server_default=text("0"))
    """Attempts up to the last replay or new part: they count no more, and the token still only rises."""
    waits: Mapped[int] = mapped_column(server_default=text("0"))
    """Attempts since then that ended at a service that was away: they are not used up."""
    waiting_for: Mapped[str | None] = mapped_column(String(100))
    """The service that a ready stage waits for, or ITS_TURN."""
    waiting_since: Mapped[Moment]
    """When the wait began; kept, while tries go on, until the stage is done."""
    owner: Mapped[str | None] = mapped_column(String(100))
    lease_until: Mapped[Moment]
    next_attempt_at: Mapped[Moment]
    """A failed attempt waits until then; null when it may be sent at once."""
    progress: Mapped[float] = mapped_column(server_default=text("0"))
    artifact_type: Mapped[str | None] = mapped_column(String(100))
    artifact: Mapped[str | None] = mapped_column(Text)
    """JSON as it was frozen, byte for byte: its hash is part of later content keys."""
    artifact_run_id: Mapped[UUID | None] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    """The run whose row of this stage holds the JSON, where it was kept and not made anew."""
    content_key: Mapped[str | None] = mapped_column(String(64))
    engines: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    seconds: Mapped[float | None]
    reused: Mapped[bool] = mapped_column(server_default=text("false"))
    error_code: Mapped[str | None] = mapped_column(String(50))
    error: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[Moment]
    finished_at: Mapped[Moment]
    updated_at: Mapped[Now]


class StageCheckpoint(Base):
    """One part of the work at one stage of one run."""

    __tablename__ = "stage_checkpoints"
    __table_args__ = (
        ForeignKeyConstraint(
            ["run_id", "stage"],
            ["stage_results.run_id", "stage_results.stage"],
            ondelete="CASCADE",
        ),
    )

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    stage: Mapped[str] = mapped_column(String(50), primary_key=True)
    part: Mapped[str] = mapped_column(String(100), primary_key=True)
    content_key: Mapped[str] = mapped_column(String(64))
    """What it was made from; under another key it is worth nothing."""
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[Now]


class ScoreEvidence(Base):
    """One row of points; the rows of a dimension sum exactly to its score."""

    __tablename__ = "score_evidence"
    __table_args__ = (
        Index("idx_score_evidence_evaluation_id", "evaluation_id"),
        UniqueConstraint("evaluation_id", "position"),
    )

    id: Mapped[Key]
    evaluation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversation_evaluations.id", ondelete="CASCADE")
    )
    position: Mapped[int]
    dimension: Mapped[str] = mapped_column(String(20))
    rule: Mapped[str] = mapped_column(String(100))
    points: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    explanation: Mapped[str] = mapped_column(Text)
    segment_number: Mapped[int | None]
    start_position: Mapped[int | None]
    end_position: Mapped[int | None]
    words: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    start_ms: Mapped[int | None]
    end_ms: Mapped[int | None]


class DeadLetter(Base):
    """Work that ended without a result, and why."""

    __tablename__ = "dead_letters"
    __table_args__ = (
        Index("idx_dead_letters_run_id", "run_id"),
        Index("idx_dead_letters_created_at", "created_at"),
        Index(
            "idx_dead_letters_open",
            "code",
            postgresql_where=text("replayed_at IS NULL AND discarded_at IS NULL"),
        ),
        Index(
            "uq_dead_letters_media_key_code",
            "media_key",
            "code",
            unique=True,
            postgresql_where=text("run_id IS NULL"),
        ),
    )

    id: Mapped[Key]
    run_id: Mapped[UUID | None] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    """Null for an upload that never became a run."""
    stage: Mapped[str | None] = mapped_column(String(50))
    media_key: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    code: Mapped[str] = mapped_column(String(50))
    reason: Mapped[str] = mapped_column(Text)
    engines: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    created_at: Mapped[Now]
    replayed_at: Mapped[Moment]
    discarded_at: Mapped[Moment]
    """Open while neither of the two is set."""


class Circuit(Base):
    """A service that was away at the last try, as all workers know it; no row is a good service."""

    __tablename__ = "circuits"
    __table_args__ = (CheckConstraint("failures > 0", name="failures"),)

    service: Mapped[str] = mapped_column(String(100), primary_key=True)
    stages: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """The stages that missed it: those are held back while the circuit is open."""
    failures: Mapped[int] = mapped_column(server_default=text("1"))
    """One after the other, with no success between."""
    reason: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    failed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    retry_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    probe: Mapped[UUID | None]
    """The run that may try while the circuit is open."""
