"""A run in this process whose slow stages are taken from a folder when they were done before."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

from pipeline.artifacts import Artifact
from pipeline.memory import MemoryLedger
from pipeline.plan import Plan
from pipeline.runner import Claim, Result
from pipeline.stage import AnyStage


class KeptLedger(MemoryLedger):
    """Keeps what some stages gave under the content key that the product itself reuses by.

    The key names the stage, its version, its engines and what went in: nothing stale is taken as long as a stage's
    version rises when its results change.
    """

    def __init__(
        self, plan: Plan, seed: object, *, name: str, folder: Path | None, slow: Collection[str]
    ) -> None:
        """Start the run of a name; without a folder nothing is kept."""
        super().__init__(plan, seed)
        # The key of stored sound has the run's id in it, so the same recording must have the same id.
        self.run_id = uuid5(NAMESPACE_OID, name)
        self._folder = folder
        self._slow = slow

    def reusable(self, claim: Claim, key: str) -> Artifact | None:
        """What the same stage, version and engines made of the same input before."""
        file = self._file(claim.stage, key)
        if file is None or not file.is_file():
            return None
        return Artifact(type=self._plan[claim.stage].gives.__name__, body=file.read_text("utf-8"))

    def record(self, claim: Claim, result: Result) -> tuple[AnyStage, ...]:
        """Keep it in the folder too."""
        file = self._file(claim.stage, result.key)
        if file is not None and not result.reused:
            part = file.with_suffix(".part")
            part.write_text(result.artifact.body, "utf-8")
            part.replace(file)
        return super().record(claim, result)

    def _file(self, stage: str, key: str) -> Path | None:
        if self._folder is None or stage not in self._slow:
            return None
        return self._folder / f"{stage}-{key}.json"
