"""Reads a conversation's newest analysis back from the ledger."""

from __future__ import annotations

from uuid import UUID

from models.run_store import RunStore
from pipeline.analysis import Analysis, Step
from pipeline.artifacts import thaw
from pipeline.assemble import assemble
from pipeline.errors import PermanentError
from pipeline.plan import PLAN


def analysis(runs: RunStore, told: UUID) -> Analysis:
    """The document that a conversation's readers see, or that of the evaluation with this id.

    PermanentError while there is none, with why.
    """
    scored = runs.scored(told)
    if scored is None:
        raise _none(runs, told)
    artifacts, rows = runs.artifacts(scored)
    # Of stages that were taken out meanwhile nobody knows what they gave.
    values = {
        name: thaw(PLAN.types[name], one) for name, one in artifacts.items() if name in PLAN.types
    }
    steps = {
        one.name: Step(
            version=one.version,
            engine=", ".join(rows[one.name].engines or ()) or None,
            seconds=rows[one.name].seconds,
        )
        for one in PLAN.stages
        if one.name in rows
    }
    return assemble(values, steps)


def _none(runs: RunStore, conversation_id: UUID) -> PermanentError:
    status = runs.latest(conversation_id)
    if status is None:
        refused = runs.refusal(conversation_id)
        return PermanentError(
            refused or "This conversation has not been analysed.",
            code="no-run",
            advice="" if refused else "Check its id, and whether its recording was uploaded.",
        )
    return PermanentError(
        status.reason or f"The analysis is not done yet; it is {status.state}.",
        code="not-scored",
        advice=f"`colloquy status {conversation_id}` shows each stage.",
    )
