"""Achievements: criteria are data, and each is given once."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models.tables import Achievement, Conversation, ConversationEvaluation, UserAchievement
from pipeline.ports import Evaluation
from pipeline.reports import VocabularyReport


def measures(session: Session, user_id: UUID, evaluation: Evaluation) -> dict[str, float]:
    """What criteria may name: evaluated conversations, the scores, advanced words."""
    conversations = session.scalar(
        select(func.count(ConversationEvaluation.conversation_id.distinct()))
        .join(Conversation, Conversation.id == ConversationEvaluation.conversation_id)
        .where(Conversation.user_id == user_id)
    )
    card = evaluation.scorecard
    values = {"conversations": float(conversations or 0)}
    values |= {f"{one.dimension}_score": float(one.score or 0) for one in card.dimensions}
    values["overall_score"] = float(card.overall.score or 0)
    values["advanced_words"] = float(
        sum(
            one.is_advanced
            for report in evaluation.reports
            if isinstance(report, VocabularyReport)
            for one in report.lemmas
        )
    )
    return values


def award(session: Session, user_id: UUID, evaluation: Evaluation) -> None:
    """Give what the evaluation earns; what the learner has already is not given again."""
    values = measures(session, user_id, evaluation)
    for one in session.scalars(select(Achievement).where(Achievement.is_active.is_(True))):
        reached = values.get(str(one.criteria.get("measure")), 0.0)
        if reached >= float(one.criteria.get("at_least", float("inf"))):
            session.execute(
                insert(UserAchievement)
                .values(user_id=user_id, achievement_id=one.id)
                .on_conflict_do_nothing()
            )
