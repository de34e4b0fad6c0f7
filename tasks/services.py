"""What the tasks work with; a worker hands it in, so that tasks know no product."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from models.admission import Line
from models.ledger import SqlLedger
from models.rubrics import Rubrics
from models.run_store import RunStore
from pipeline.errors import PermanentError
from pipeline.runner import Tools
from pipeline.uploads import UploadStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The ledger, the line of runs, the runs, the uploads, the stages' tools, and the rubrics.

    Without rubrics the tools' own is the only one.
    """

    ledger: SqlLedger
    line: Line
    runs: RunStore
    uploads: UploadStore
    tools: Tools
    max_bytes: int
    multilingual: bool = False
    """Whether another recogniser is set than the one that ships."""
    rubrics: Rubrics | None = None

    def tools_of(self, run_id: UUID) -> Tools:
        """The tools as the run needs them."""
        return self.rubrics.tools(run_id, self.tools) if self.rubrics else self.tools


_made: list[Services] = []
_makers: list[Callable[[], Services]] = []


def provide(maker: Callable[[], Services]) -> None:
    """Say how this process makes its services; they are made at the first task, after any fork."""
    _makers[:] = [maker]
    _made.clear()


def services() -> Services:
    """The services of this process; PermanentError outside a worker."""
    if not _made:
        if not _makers:
            raise PermanentError(
                "This process has no services.",
                code="no-services",
                advice="Start workers with `celery -A workers.app worker`.",
            )
        _made.append(_makers[0]())
    return _made[0]
