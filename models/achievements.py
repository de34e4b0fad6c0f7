"""Achievements: criteria are data, and each is given once.

Criteria are JSON: `{"measure": NAME, "at_least": N}`, or `{"all": [...]}` of such. The measures are
`conversations` (evaluated ones), `weeks_in_a_row` (the longest run of weeks with one),
`advanced_words`, `level` (at least "B2"), and the scores by their names in `pipeline.metrics`.
"""

from __future__ import annotations

import logging
from datetime import date
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models.tables import Achievement, Conversation, ConversationEvaluation, User, UserAchievement
from pipeline.ports import Evaluation
from pipeline.reports import VocabularyReport
from pipeline.rubric import LEVELS

log = logging.getLogger(__name__)

WEEK = 7
"""Days from one Monday to the next."""


class Criterion(BaseModel):
    """One measure and what it must reach."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    measure: str
    at_least: float | str
    """A number; of `level` a CEFR level."""

    def met(self, values: dict[str, float]) -> bool:
        """KeyError for an unknown measure, ValueError for what is neither number nor level."""
        return values[self.measure] >= worth(self.at_least)


class Criteria(BaseModel):
    """Several, all of which must be met."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    all: tuple[Criterion, ...]


def worth(threshold: float | str) -> float:
    """A level counts from A1 = 1."""
    return LEVELS.index(threshold) + 1.0 if isinstance(threshold, str) else threshold


def award(session: Session, user_id: UUID, evaluation: Evaluation) -> None:
    """Give what the evaluation earns; what the learner has already is not given again."""
    values = measures(session, user_id, evaluation)
    for one in session.scalars(select(Achievement).where(Achievement.is_active.is_(True))):
        if _earned(one, values):
            session.execute(
                insert(UserAchievement)
                .values(user_id=user_id, achievement_id=one.id)
                .on_conflict_do_nothing()
            )


def measures(session: Session, user_id: UUID, evaluation: Evaluation) -> dict[str, float]:
    """What criteria may name."""
    card = evaluation.scorecard
    values = {f"{one.dimension}_score": float(one.score or 0) for one in card.dimensions}
    values["overall_score"] = float(card.overall.score or 0)
    values["level"] = worth(card.level.cefr) if card.level.cefr else 0.0
    values["advanced_words"] = float(
        sum(
            one.is_advanced
            for report in evaluation.reports
            if isinstance(report, VocabularyReport)
            for one in report.lemmas
        )
    )
    talks = _evaluated(session, user_id)
    values["conversations"] = float(len(talks))
    values["weeks_in_a_row"] = float(weeks_in_a_row(list(talks.values())))
    return values


def weeks_in_a_row(days: list[date]) -> int:
    """The longest run of weeks, Monday to Sunday, with a day of these in each."""
    longest = current = 0
    before: int | None = None
    for week in sorted({(one.toordinal() - 1) // WEEK for one in days}):
        current = current + 1 if before is not None and week == before + 1 else 1
        longest, before = max(longest, current), week
    return longest


def _evaluated(session: Session, user_id: UUID) -> dict[UUID, date]:
    """The learner's evaluated conversations, and the day of each where the learner lives."""
    day = func.date(func.timezone(func.coalesce(User.timezone, "UTC"), Conversation.created_at))
    rows = session.execute(
        select(Conversation.id, day)
        .join(User, User.id == Conversation.user_id)
        .join(ConversationEvaluation, ConversationEvaluation.conversation_id == Conversation.id)
        .where(Conversation.user_id == user_id)
        .distinct()
    )
    return {talk: made for talk, made in rows if made is not None}


def _earned(achievement: Achievement, values: dict[str, float]) -> bool:
    """Criteria that cannot be read harm no evaluation; the log names the achievement."""
    try:
        if "all" in achievement.criteria:
            wanted = Criteria.model_validate(achievement.criteria).all
        else:
            wanted = (Criterion.model_validate(achievement.criteria),)
        return bool(wanted) and all(one.met(values) for one in wanted)
    except (ValidationError, KeyError, ValueError):
        log.warning("the criteria of achievement %s cannot be read", achievement.id)
        return False
