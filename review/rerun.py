"""Reruns: in a few processes here where that takes no engine, else by the workers behind every upload.

From `score` on a conversation costs some milliseconds, less than the messages that its stages would be sent by:
it is walked here, with the ledger, claims and transactions of a worker. What is killed here in the middle is
found by upkeep as any stage is, and ended by a worker.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal
from uuid import UUID, uuid4

from config.settings import ReliabilitySettings
from models.database import Sessions, connect, sessions
from models.evaluation_store import SqlEvaluations
from models.ledger import SqlLedger
from models.reruns import Ended, Repeat, Reruns
from pipeline.errors import ColloquyError
from pipeline.parts import UNKEPT, Parts
from pipeline.plan import PLAN
from pipeline.ports import Tool
from pipeline.rubric import Rubric, parse
from pipeline.runner import Claim, run_stage

LOOK = 1.0
"""Seconds between two looks at what the workers have done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of one conversation; `left` is one that somebody else goes on with."""

    conversation: UUID
    run: UUID | None
    outcome: Literal["done", "failed", "left"]
    reason: str | None = None


class BriefLedger(SqlLedger):
    """The ledger for work of milliseconds: no beats within a lease of minutes, no parts, no note before the work.

    Nor does it look for earlier results: who planned the rerun has.
    """

    def reusable(self, claim: Claim, key: str) -> None:
        """None is looked for."""
        del claim, key

    def begin(self, claim: Claim, engines: tuple[str, ...]) -> None:
        """The result will tell; no engine here crashes a process."""
        del claim, engines

    def parts(self, claim: Claim, key: str) -> Parts:
        """None."""
        del claim, key
        return UNKEPT

    @contextmanager
    def keeping(self, claim: Claim) -> Iterator[None]:
        """It is over before the lease is."""
        del claim
        yield


class Walker:
    """Repeats one conversation after the other, in this process."""

    def __init__(self, store: Sessions, rubric: Rubric, terms: ReliabilitySettings) -> None:
        """With the rubric, and no other tool than where evaluations are kept."""
        self._reruns = Reruns(store, PLAN)
        self._ledger = BriefLedger(store, PLAN, terms)
        self._rubric = rubric
        self._tools: dict[str, Tool] = {"rubric": rubric, "evaluations": SqlEvaluations(store)}
        self._owner = f"rerun {uuid4()}"

    def __call__(self, repeat: Repeat) -> Done:
        """Up to the evaluation; what needs another tool stays for the workers."""
        talk = repeat.conversation_id
        try:
            begun = self._reruns.begin(repeat, rubric=self._rubric.version, admitted=True)
        except ColloquyError as error:
            return Done(conversation=talk, run=None, outcome="failed", reason=error.sentence)
        run_id, ready = begun.run_id, list(begun.ready)
        while ready:
            stage = PLAN[ready.pop()]
            if set(stage.tools) <= set(self._tools):
                outcome = run_stage(
                    PLAN, stage, run_id, owner=self._owner, ledger=self._ledger, tools=self._tools
                )
                ready += [one.name for one in outcome.ready]
        return _done(talk, run_id, self._reruns.ended([run_id]).get(run_id))


def _done(talk: UUID, run_id: UUID, ended: Ended | None) -> Done:
    if ended is None:
        reason = "The conversation was erased meanwhile."
        return Done(conversation=talk, run=run_id, outcome="failed", reason=reason)
    if ended.scored:
        return Done(conversation=talk, run=run_id, outcome="done")
    if ended.over:
        return Done(conversation=talk, run=run_id, outcome="failed", reason=ended.reason)
    reason = "It is not at its end yet; workers go on with it."
    return Done(conversation=talk, run=run_id, outcome="left", reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """Begins to repeat conversations in whichever process."""

    url: str
    terms: ReliabilitySettings
    rubric: str
    """The text of its file."""

    @contextmanager
    def __call__(self) -> Iterator[Walker]:
        """With a connection of its own."""
        engine = connect(self.url)
        try:
            yield Walker(sessions(engine), parse(self.rubric), self.terms)
        finally:
            engine.dispose()


def by_workers(
    store: Sessions,
    repeats: Sequence[Repeat],
    rubric: Rubric,
    dispatch: Callable[[], object],
    stop: threading.Event,
) -> Iterator[Done]:
    """Stand in line, and tell each as it ends; a stop takes those back that did not begin."""
    reruns = Reruns(store, PLAN)
    waiting: dict[UUID, UUID] = {}
    for one in repeats:
        if stop.is_set():
            break
        try:
            begun = reruns.begin(one, rubric=rubric.version, admitted=False)
            waiting[begun.run_id] = one.conversation_id
        except ColloquyError as error:
            yield Done(
                conversation=one.conversation_id, run=None, outcome="failed", reason=error.sentence
            )
    dispatch()
    while waiting and not stop.is_set():
        found = reruns.ended(waiting)
        for run_id in [run_id for run_id in waiting if _is_over(found.get(run_id))]:
            yield _done(waiting.pop(run_id), run_id, found.get(run_id))
        stop.wait(LOOK if waiting else 0)
    reruns.withdraw(waiting)


def _is_over(ended: Ended | None) -> bool:
    return ended is None or ended.over or ended.scored
