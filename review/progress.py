"""A learner's progress: trends of what was measured, and what was achieved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database import Sessions
from models.lookups import user_named
from models.tables import Achievement, ProgressTracking, UserAchievement
from pipeline.errors import PermanentError
from pipeline.metrics import METRICS
from review.trend import Point, Trend, trend

SCORES = tuple(one for one in METRICS if one.endswith("_score"))
USUAL = (
    *SCORES,
    "errors_per_100_words",
    "upper_structure_share",
    "advanced_share",
    "mtld",
    "articulation_rate",
    "mean_length_of_run",
    "pauses_within_per_100_words",
)
"""What is shown where no metric is named: the scores, and of grammar, vocabulary and fluency what their
scores rest on most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """An achievement, and when."""

    name: str
    description: str
    points: int
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Of one learner."""

    conversations: int
    """That gave values."""
    rubric: str | None
    """Of the newest scores; None where it is not known."""
    left_out: int
    """Conversations whose scores are of another rubric: points of two rubrics are no curve."""
    trends: tuple[Trend, ...]
    achievements: tuple[Earned, ...]


def progress(
    sessions: Sessions, user: str, metrics: Collection[str] = USUAL, since: datetime | None = None
) -> Progress:
    """In the order of the registry; PermanentError `unknown-user`, `unknown-metric`."""
    if unknown := sorted(set(metrics) - set(METRICS)):
        raise PermanentError(
            f"There is no metric {unknown[0]!r}.",
            code="unknown-metric",
            advice=f"Take one of: {', '.join(METRICS)}.",
        )
    with sessions.begin() as session:
        user_id = user_named(session, user)
        rows = _rows(session, user_id, {*metrics, *SCORES}, since)
        earned = tuple(_earned(session, user_id))
    rubric = _context(rows[-1], "rubric") if rows else None
    points: dict[str, list[Point]] = defaultdict(list)
    others = set()
    for row in rows:
        if row.metric_name in SCORES and _context(row, "rubric") != rubric:
            others.add(_context(row, "conversation"))
        elif row.metric_name in metrics and row.recorded_at is not None:
            points[row.metric_name].append(_point(row, row.recorded_at))
    return Progress(
        conversations=len({_context(one, "conversation") for one in rows}),
        rubric=rubric,
        left_out=len(others),
        trends=tuple(trend(one, points[one]) for one in METRICS if one in points),
        achievements=earned,
    )


def _rows(
    session: Session, user_id: UUID, metrics: Collection[str], since: datetime | None
) -> list[ProgressTracking]:
    """Oldest first."""
    asked = select(ProgressTracking).where(
        ProgressTracking.user_id == user_id, ProgressTracking.metric_name.in_(metrics)
    )
    if since is not None:
        asked = asked.where(ProgressTracking.recorded_at >= since)
    return list(session.scalars(asked.order_by(ProgressTracking.recorded_at, ProgressTracking.id)))


def _earned(session: Session, user_id: UUID) -> Iterable[Earned]:
    found = session.execute(
        select(Achievement, UserAchievement.earned_at)
        .join(UserAchievement, UserAchievement.achievement_id == Achievement.id)
        .where(UserAchievement.user_id == user_id)
        .order_by(UserAchievement.earned_at, Achievement.name)
    )
    for one, at in found:
        yield Earned(name=one.name, description=one.description, points=one.points or 0, at=at)


def _context(row: ProgressTracking, name: str) -> str | None:
    value = (row.context or {}).get(name)
    return None if value is None else str(value)


def _point(row: ProgressTracking, at: datetime) -> Point:
    low, high = _context(row, "low"), _context(row, "high")
    return Point(
        at=at,
        value=float(row.metric_value),
        low=None if low is None else float(low),
        high=None if high is None else float(high),
    )
