"""A ledger in memory, for runs without a server and for tests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar
from uuid import UUID, uuid4

from pipeline.artifacts import Artifact, freeze, thaw
from pipeline.parts import UNKEPT, Parts
from pipeline.plan import Plan
from pipeline.runner import Claim, Outcome, Result, Tools, run_stage
from pipeline.stage import AnyStage

T = TypeVar("T")

Watcher = Callable[[str, float], None]
"""Told the stage's name and the fraction of it that is done."""


class MemoryLedger:
    """One run; a failure ends it at once, by raising from `walk`."""

    def __init__(
        self,
        plan: Plan,
        seed: object,
        watcher: Watcher | None = None,
        beside: tuple[object, ...] = (),
    ) -> None:
        """Start a run of the plan from its seed value and what is there beside it."""
        self.run_id = uuid4()
        self.results: dict[str, Result] = {}
        self.error: Exception | None = None
        self._plan = plan
        frozen = (freeze(one) for one in (seed, *beside))
        self._artifacts = {one.type: one for one in frozen}
        self._watcher = watcher or (lambda _name, _fraction: None)
        self._lock = threading.Lock()

    def claim(self, run_id: UUID, stage: AnyStage, owner: str) -> Claim:
        """Nobody else works on this run: the stage is always free."""
        del owner
        self._watcher(stage.name, 0.0)
        inputs = {name: self._artifacts[name] for name in self._plan.inputs(stage)}
        return Claim(
            run_id=run_id, conversation_id=run_id, stage=stage.name, attempt=1, inputs=inputs
        )

    def reusable(self, claim: Claim, key: str) -> Artifact | None:
        """Nothing was done before."""
        del claim, key
        return None

    def begin(self, claim: Claim, engines: tuple[str, ...]) -> None:
        """The result will tell."""
        del claim, engines

    def progress(self, claim: Claim, fraction: float) -> None:
        """Pass it on."""
        self._watcher(claim.stage, fraction)

    def parts(self, claim: Claim, key: str) -> Parts:
        """None: there is no second attempt that could use them."""
        del claim, key
        return UNKEPT

    def keeping(self, claim: Claim) -> AbstractContextManager[None]:
        """Nobody else wants it."""
        del claim
        return nullcontext()

    def record(self, claim: Claim, result: Result) -> tuple[AnyStage, ...]:
        """Keep it, and tell what became ready by it."""
        with self._lock:
            before = self._plan.ready(self.results)
            self.results[claim.stage] = result
            self._artifacts[result.artifact.type] = result.artifact
            after = self._plan.ready(self.results)
        self._watcher(claim.stage, 1.0)
        return tuple(one for one in after if one not in before)

    def fail(self, claim: Claim, error: Exception) -> None:
        """Keep the error; there is no second attempt in one process."""
        del claim
        self.error = error

    def values(self) -> dict[str, object]:
        """All values so far, by the name of their type."""
        return {
            name: thaw(self._plan.type_named(name), one) for name, one in self._artifacts.items()
        }

    def value(self, kind: type[T]) -> T:
        """The value of that type; KeyError when no stage gave it."""
        return thaw(kind, self._artifacts[kind.__name__])


def walk(ledger: MemoryLedger, plan: Plan, tools: Tools) -> None:
    """Run the whole plan here, two stages side by side; raises the first failure.

    Two, because the two heavy stages, transcribe and diarize, are ready together and each network
    runs on one thread.
    """
    running: dict[Future[Outcome], AnyStage] = {}
    with ThreadPoolExecutor(max_workers=2) as pool:

        def start(stages: tuple[AnyStage, ...]) -> None:
            for one in stages:
                work = pool.submit(
                    run_stage, plan, one, ledger.run_id, owner="here", ledger=ledger, tools=tools
                )
                running[work] = one

        start(plan.ready(()))
        while running:
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for work in finished:
                del running[work]
                start(work.result().ready)
    if ledger.error is not None:
        raise ledger.error
