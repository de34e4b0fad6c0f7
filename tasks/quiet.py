"""What a task raises goes into logs and to Flower: never the text of an error that nobody expected."""

from __future__ import annotations

import logging
import traceback
from typing import Any

from celery import Task
from celery.exceptions import TaskPredicate

log = logging.getLogger(__name__)


class TaskBugError(Exception):
    """A task failed unexpectedly; says by what kind of error, and the log where."""


class Quiet(Task):  # type: ignore[misc]  # Celery ships no types
    """The class of all our tasks."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the task's own
        """Run it; what Celery raises to retry or to give back a message goes through."""
        try:
            return self.run(*args, **kwargs)
        except TaskPredicate:
            raise
        except Exception as error:  # noqa: BLE001 - that is what this is for
            where = "".join(traceback.format_tb(error.__traceback__))
            log.error("bug in task %s: %s\n%s", self.name, type(error).__name__, where)  # noqa: TRY400 - its text is left out on purpose
            # The one before would be told with its text.
            raise TaskBugError(type(error).__name__) from None
