"""Walks a stage: claim it, apply it with no lock and no connection held, record what it gave."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from config.logging import about
from pipeline.artifacts import Artifact, content_key, freeze, thaw
from pipeline.errors import ClaimLostError
from pipeline.parts import Parts, ToBeContinued
from pipeline.plan import Plan
from pipeline.ports import Tool
from pipeline.scratch import enough_disk
from pipeline.stage import AnyStage, Context

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to work on a stage; `attempt` is the fencing token."""

    run_id: UUID
    conversation_id: UUID
    stage: str
    attempt: int
    inputs: Mapping[str, Artifact]
    """By type name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a stage gave, and by what."""

    artifact: Artifact
    key: str
    engines: tuple[str, ...]
    seconds: float
    reused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What to do next: send these stages, and this one again after so many seconds."""

    ready: tuple[AnyStage, ...] = ()
    retry_in: float | None = None


class Ledger(Protocol):
    """The memory of runs; each method is one short transaction."""

    def claim(self, run_id: UUID, stage: AnyStage, owner: str) -> Claim | None:
        """Take the stage; None when it is done, held by another, out of attempts, or the run over."""
        ...

    def reusable(self, claim: Claim, key: str) -> Artifact | None:
        """An earlier result of this conversation under the same content key."""
        ...

    def begin(self, claim: Claim, engines: tuple[str, ...]) -> None:
        """Note by which engines the work is done."""
        ...

    def progress(self, claim: Claim, fraction: float) -> None:
        """Note how far the work is, and lengthen the lease; ClaimLostError ends work for nothing."""
        ...

    def parts(self, claim: Claim, key: str) -> Parts:
        """What earlier attempts kept of this stage's work on the same content; of other content nothing."""
        ...

    def keeping(self, claim: Claim) -> AbstractContextManager[None]:
        """Keep the claim alive while the work goes on."""
        ...

    def record(self, claim: Claim, result: Result) -> tuple[AnyStage, ...]:
        """Store the result if the attempt is still the current one; which stages are now ready."""
        ...

    def fail(self, claim: Claim, error: Exception) -> float | None:
        """Note the failure; seconds until the next attempt, None when there is none."""
        ...


Tools = Mapping[str, Tool]
"""Tools by the name of the parameter that takes them; made on first use."""


def run_stage(
    plan: Plan, stage: AnyStage, run_id: UUID, *, owner: str, ledger: Ledger, tools: Tools
) -> Outcome:
    """One attempt at one stage of one run; every failure of the work ends in the ledger."""
    claim = ledger.claim(run_id, stage, owner)
    if claim is None:
        return Outcome()
    with about(run_id=str(run_id), stage=stage.name, attempt=claim.attempt):
        return _attempt(plan, stage, claim, ledger, tools)


def _attempt(plan: Plan, stage: AnyStage, claim: Claim, ledger: Ledger, tools: Tools) -> Outcome:
    log.info("stage begins")
    try:
        with ledger.keeping(claim), enough_disk():
            result = apply(plan, stage, claim, ledger, tools)
    except ToBeContinued:
        log.info("stage goes back into the queue, its turn is over")
        return Outcome(retry_in=0.0)
    except ClaimLostError:
        log.info("stage ends for nothing, its run is over or another has it")
        return Outcome()
    except Exception as error:  # noqa: BLE001 - whatever the work raised, the ledger decides what follows
        return Outcome(retry_in=ledger.fail(claim, error))
    ready = ledger.record(claim, result)
    log.info("stage ends", extra={"seconds": round(result.seconds, 3)})
    return Outcome(ready=ready)


def apply(plan: Plan, stage: AnyStage, claim: Claim, ledger: Ledger, tools: Tools) -> Result:
    """Do the work, or take an earlier result on the same content."""
    started = time.monotonic()
    chosen = {name: tools[name] for name in stage.tools}
    engines = tuple(sorted({tool.engine for tool in chosen.values() if tool.engine}))
    key = content_key(stage, claim.inputs, engines)
    artifact = ledger.reusable(claim, key) if stage.reusable else None
    reused = artifact is not None
    if artifact is None:
        if engines:
            ledger.begin(claim, engines)
        artifact = freeze(
            stage(*_arguments(plan, stage, claim), **_keywords(stage, claim, key, chosen, ledger))
        )
    return Result(
        artifact=artifact,
        key=key,
        engines=engines,
        seconds=time.monotonic() - started,
        reused=reused,
    )


def _arguments(plan: Plan, stage: AnyStage, claim: Claim) -> list[object]:
    needed = [kind.__name__ for kind in stage.needs.values()]
    kinds = plan.inputs(stage)
    gathered = [name for name in kinds if name not in needed]
    return [thaw(kinds[name], claim.inputs[name]) for name in [*needed, *gathered]]


def _keywords(
    stage: AnyStage, claim: Claim, key: str, tools: Mapping[str, Tool], ledger: Ledger
) -> dict[str, object]:
    keywords: dict[str, object] = dict(tools)
    if stage.context is not None:
        keywords[stage.context] = Context(
            run_id=claim.run_id,
            conversation_id=claim.conversation_id,
            attempt=claim.attempt,
            progress=lambda fraction: ledger.progress(claim, fraction),
            parts=ledger.parts(claim, key),
        )
    return keywords
