"""Progress, achievements, practice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, Now, Truth


class ProgressTracking(Base):
    """One measured value of one learner at one time; names and units by `pipeline.metrics`."""

    __tablename__ = "progress_tracking"
    __table_args__ = (
        Index("idx_progress_user_id", "user_id"),
        Index("idx_progress_metric_name", "metric_name"),
        Index("idx_progress_recorded_at", "recorded_at"),
    )

    id: Mapped[Key]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    metric_name: Mapped[str] = mapped_column(String(100))
    metric_value: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    metric_unit: Mapped[str | None] = mapped_column(String(50))
    recorded_at: Mapped[Now]
    context: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class Achievement(Base):
    """Something a learner can earn; the criteria are data."""

    __tablename__ = "achievements"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text)
    icon_url: Mapped[str | None] = mapped_column(Text)
    criteria: Mapped[dict[str, Any]] = mapped_column(JSONB)
    points: Mapped[int | None] = mapped_column(server_default=text("0"))
    category: Mapped[str | None] = mapped_column(String(100))
    is_active: Mapped[Truth]
    created_at: Mapped[Now]


class UserAchievement(Base):
    """An achievement earned, once."""

    __tablename__ = "user_achievements"
    __table_args__ = (
        UniqueConstraint("user_id", "achievement_id"),
        Index("idx_user_achievements_achievement_id", "achievement_id"),
    )

    id: Mapped[Key]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    achievement_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("achievements.id", ondelete="CASCADE")
    )
    earned_at: Mapped[Now]


class PracticeSession(Base):
    """A learner's practice outside conversations."""

    __tablename__ = "practice_sessions"
    __table_args__ = (
        Index("idx_practice_sessions_user_id", "user_id"),
        CheckConstraint("duration_minutes >= 0", name="duration"),
    )

    id: Mapped[Key]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    session_type: Mapped[str] = mapped_column(String(50))
    topic: Mapped[str | None] = mapped_column(String(100))
    difficulty_level: Mapped[str | None] = mapped_column(String(10))
    duration_minutes: Mapped[int | None]
    score: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    completed_at: Mapped[Now]
    session_data: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
