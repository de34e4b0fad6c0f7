"""One task a stage, generated from the plan; its message carries a run id."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from sqlalchemy.exc import OperationalError as DatabaseError

from pipeline.plan import PLAN
from pipeline.runner import run_stage
from pipeline.stage import AnyStage
from tasks.app import app
from tasks.dispatch import dispatch, send
from tasks.services import Services, services

log = logging.getLogger(__name__)

DATABASE_WAIT = 5.0
"""Seconds before a stage asks again for a database that was away: a restart takes about as long."""


def _task(stage: AnyStage) -> Any:  # noqa: ANN401 - Celery makes its task classes at run time
    def execute(self: Any, run_id: str) -> None:  # noqa: ANN401 - the bound task
        made = services()
        try:
            outcome = run_stage(
                PLAN,
                stage,
                UUID(run_id),
                owner=str(self.request.id),
                ledger=made.ledger,
                tools=made.tools_of(UUID(run_id)),
            )
        except DatabaseError:
            # Under the same task id, so that the ledger knows its owner again.
            told = {"run_id": run_id, "stage": stage.name}
            log.warning("the database does not answer", extra=told)
            raise self.retry(countdown=DATABASE_WAIT) from None
        for following in outcome.ready:
            send(following.name, UUID(run_id))
        if outcome.retry_in is not None:
            send(stage.name, UUID(run_id), countdown=outcome.retry_in)
        elif not outcome.ready:
            _next(made)

    execute.__doc__ = stage.function.__doc__
    return app.task(
        execute,
        name=f"stage.{stage.name}",
        bind=True,
        time_limit=stage.time_limit,
        max_retries=None,
    )


def _next(made: Services) -> None:
    """The run is over, waits, or has other stages at work: there may be room for another."""
    try:
        dispatch(made)
    except DatabaseError:
        # The stage's own work is recorded; upkeep gives the turn.
        log.warning("the database does not answer; upkeep will send what is next")


TASKS: dict[str, Any] = {one.name: _task(one) for one in PLAN.stages}
