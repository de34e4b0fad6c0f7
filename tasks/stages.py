"""One task a stage, generated from the plan; its message carries a run id."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from pipeline.plan import PLAN
from pipeline.runner import run_stage
from pipeline.stage import AnyStage
from tasks.app import app
from tasks.services import services

log = logging.getLogger(__name__)


def send(stage: str, run_id: UUID, *, countdown: float | None = None) -> None:
    """Send one stage of one run, after whatever made it ready was committed."""
    TASKS[stage].apply_async((str(run_id),), countdown=countdown)


def _task(stage: AnyStage) -> Any:  # noqa: ANN401 - Celery makes its task classes at run time
    def execute(self: Any, run_id: str) -> None:  # noqa: ANN401 - the bound task
        log.info("stage begins", extra={"run_id": run_id, "stage": stage.name})
        made = services()
        outcome = run_stage(
            PLAN,
            stage,
            UUID(run_id),
            owner=str(self.request.id),
            ledger=made.ledger,
            tools=made.tools,
        )
        for following in outcome.ready:
            send(following.name, UUID(run_id))
        if outcome.retry_in is not None:
            send(stage.name, UUID(run_id), countdown=outcome.retry_in)
        log.info("stage ends", extra={"run_id": run_id, "stage": stage.name})

    execute.__doc__ = stage.function.__doc__
    return app.task(
        execute, name=f"stage.{stage.name}", bind=True, time_limit=stage.time_limit, max_retries=0
    )


TASKS: dict[str, Any] = {one.name: _task(one) for one in PLAN.stages}
