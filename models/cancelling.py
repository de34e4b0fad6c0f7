"""Ends the runs of a conversation before they come to an evaluation."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from models.audit import note
from models.conversations import Conversation
from models.database import Sessions
from models.healing import moment, stand_down
from models.runs import RUN_OVER, Run
from pipeline.errors import PermanentError

REASON = "The analysis was cancelled."


def cancel(sessions: Sessions, conversation_id: UUID) -> list[UUID]:
    """End every run without a scorecard; which. A stage that works gives up at its next sign of life.

    A run whose evaluation is written already is left to end: only the search index is still to come.
    PermanentError where there is nothing to cancel.
    """
    with sessions.begin() as session:
        if session.get(Conversation, conversation_id, with_for_update=True) is None:
            raise PermanentError(
                "There is no such conversation.",
                code="no-conversation",
                advice="`colloquy runs` lists those that there are.",
            )
        runs = session.scalars(
            select(Run)
            .where(
                Run.conversation_id == conversation_id,
                Run.state.not_in(RUN_OVER),
                Run.scorecard.is_(None),
            )
            # All who lock several runs lock them in this order.
            .order_by(Run.id)
            .with_for_update()
        ).all()
        if not runs:
            raise PermanentError(
                "Nothing of this conversation is being analysed that could be cancelled.",
                code="nothing-to-cancel",
                advice=f"`colloquy status {conversation_id}` shows each stage.",
            )
        for run in runs:
            note(session, "cancel", "run", run.id, state=run.state)
            run.state, run.finished_at = "cancelled", moment(session)
            run.reason_code, run.reason = "cancelled", REASON
            stand_down(session, run)
        return [run.id for run in runs]
