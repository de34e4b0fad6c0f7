"""Scorecards of a conversation's runs, each with what it was made of."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from models.database import Sessions
from models.inputs import artifacts, seed_artifact
from models.runs import Run
from models.shown import NEWEST_FIRST, shown
from models.tables import Conversation, ConversationEvaluation
from pipeline.artifacts import Artifact
from pipeline.errors import PermanentError
from pipeline.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A run that came to a scorecard; `evaluation_id` is None where there was too little evidence."""

    run_id: UUID
    conversation_id: UUID
    user_id: UUID | None
    evaluation_id: UUID | None
    rubric: str | None
    made_at: datetime | None
    shown: bool


class Results:
    """One public method is one transaction."""

    def __init__(self, sessions: Sessions, plan: Plan) -> None:
        """Of runs of the plan."""
        self._sessions, self._plan = sessions, plan

    def named(self, told: UUID) -> Result:
        """By the id of an evaluation, of a run, or of a conversation: then the one that readers see.

        PermanentError where there is none.
        """
        with self._sessions.begin() as session:
            found = session.scalar(shown(told)) or session.scalar(result_of(told))
            if found is None:
                raise PermanentError(
                    f"There is no evaluation {told} that was made from a recording, and no conversation with one.",
                    code="no-evaluation",
                    advice="`colloquy compare CONVERSATION` lists those of a conversation.",
                )
            return _results(session, Run.id == found)[0]

    def of(self, conversation_id: UUID) -> list[Result]:
        """All of a conversation, the newest first."""
        with self._sessions.begin() as session:
            return _results(session, Run.conversation_id == conversation_id)

    def artifacts(self, run_id: UUID, kinds: Collection[str] | None = None) -> dict[str, Artifact]:
        """What the run's stages gave, of these types or of all, by type; and its seed."""
        with self._sessions.begin() as session:
            found = artifacts(session, run_id, kinds)
            seed = seed_artifact(self._plan, session.get_one(Run, run_id))
            return found | {seed.type: seed}


def result_of(told: UUID) -> Select[UUID]:
    """The run with this id, or that of the evaluation with this id, where it came to a scorecard."""
    return (
        select(Run.id)
        .outerjoin(ConversationEvaluation, ConversationEvaluation.run_id == Run.id)
        .where(or_(Run.id == told, ConversationEvaluation.id == told), Run.scorecard.is_not(None))
    )


def _results(session: Session, which: ColumnElement[bool]) -> list[Result]:
    rows = session.execute(
        select(
            Run.id,
            Run.conversation_id,
            Conversation.user_id,
            ConversationEvaluation.id,
            Run.rubric,
            Run.finished_at,
            Run.shown,
        )
        .join(Conversation, Conversation.id == Run.conversation_id)
        .outerjoin(ConversationEvaluation, ConversationEvaluation.run_id == Run.id)
        .where(which, Run.scorecard.is_not(None))
        .order_by(*NEWEST_FIRST)
    )
    return [
        Result(
            run_id=run_id,
            conversation_id=talk,
            user_id=owner,
            evaluation_id=evaluation,
            rubric=rubric,
            made_at=made_at,
            shown=shown,
        )
        for run_id, talk, owner, evaluation, rubric, made_at, shown in rows
    ]
