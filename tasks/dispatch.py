"""Sends stages to the broker: those of a run that goes on, and the next ones in fair order."""

from __future__ import annotations

import logging
from traceback import walk_tb
from uuid import UUID

from kombu.exceptions import OperationalError as BrokerError

from tasks.app import app
from tasks.services import Services

log = logging.getLogger(__name__)


def lost(error: Exception) -> bool:
    """Whether that is a broker that is away.

    Of a connection that was closed at a bad moment, kombu's Redis transport asks the address of nothing, without an
    error of its own.
    """
    if not isinstance(error, AttributeError):
        return isinstance(error, BrokerError)
    inmost = [frame for frame, _ in walk_tb(error.__traceback__)][-1]
    return str(inmost.f_globals.get("__name__")).startswith("kombu.")


def posted(task: str, *arguments: object, countdown: float | None = None) -> bool:
    """Whether the broker took the message; False where it is away."""
    try:
        # By its name: who hands uploads in need not load the stages.
        app.send_task(task, arguments, countdown=countdown)
    except (BrokerError, AttributeError) as error:
        if not lost(error):
            raise
        return False
    return True


def send(stage: str, run_id: UUID, *, countdown: float | None = None) -> None:
    """Send one stage of one run, after whatever made it ready was committed.

    A broker that is away is no failure: the stage stands in the ledger, and upkeep sends it later.
    """
    if not posted(f"stage.{stage}", str(run_id), countdown=countdown):
        told = {"run_id": str(run_id), "stage": stage}
        log.warning("the broker does not answer; upkeep will send this stage", extra=told)


def dispatch(made: Services) -> int:
    """Send what there is room for now, as `models.admission` chooses; how many stages.

    Called wherever room or work may have come: after an upload, after a stage that nothing follows,
    and in upkeep for what those missed.
    """
    chosen = made.line.next()
    for run_id, stage in chosen:
        send(stage, run_id)
    return len(chosen)
