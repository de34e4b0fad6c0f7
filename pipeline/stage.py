"""A stage is a typed function: its signature declares what it needs and what it gives."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, ParamSpec, TypeVar, get_type_hints
from uuid import UUID

from pipeline.parts import UNKEPT, Parts
from pipeline.ports import Progress

POSITIONAL = inspect.Parameter.POSITIONAL_OR_KEYWORD
GATHERED = inspect.Parameter.VAR_POSITIONAL
BY_KEYWORD = inspect.Parameter.KEYWORD_ONLY

P = ParamSpec("P")
R = TypeVar("R")

Resource = Literal["cpu", "gpu", "io"]
"""Which kind of worker runs it; also the name of its queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a stage may know of the run it works in; never part of a content hash."""

    run_id: UUID
    conversation_id: UUID
    attempt: int
    progress: Progress
    parts: Parts = UNKEPT


@dataclass(frozen=True, kw_only=True, eq=False)
class Stage(Generic[P, R]):
    """A declared function; calling it calls the function."""

    name: str
    function: Callable[P, R]
    needs: Mapping[str, type]
    gathers: type | None
    tools: tuple[str, ...]
    context: str | None
    """Name of the keyword that takes the Context, None when the stage wants none."""
    gives: type
    version: int
    resource: Resource
    time_limit: int
    """Seconds after which the work is killed."""
    attempts: int
    reusable: bool
    """Whether an earlier result on the same content may stand in; False where effects matter."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function as it was written, for tests and for readers."""
        return self.function(*args, **kwargs)


AnyStage = Stage[..., Any]
"""A stage whose function is known by its declaration only."""


def stage(
    *,
    version: int,
    resource: Resource = "cpu",
    time_limit: int = 3600,
    attempts: int = 3,
    reusable: bool = True,
) -> Callable[[Callable[P, R]], Stage[P, R]]:
    """Declare a stage.

    Positional parameters are values of earlier stages, `*reports: Report` gathers every earlier
    value of that base, keyword-only parameters are tools by name (one annotated `Context` is given
    by the runner), the return type is what it gives. `version` rises when results change.
    The hour is six turns of the stages that keep parts (`models.checkpoints.TURN`), so that a machine that is
    busy with other work kills none; the three attempts without a new part are one kill plus one bad host.
    """

    def declare(function: Callable[P, R]) -> Stage[P, R]:
        hints = get_type_hints(function)
        gathered, wanted = _named(function, GATHERED), _named(function, BY_KEYWORD)
        return Stage(
            name=function.__name__,
            function=function,
            needs={name: hints[name] for name in _named(function, POSITIONAL)},
            gathers=hints[gathered[0]] if gathered else None,
            tools=tuple(name for name in wanted if hints[name] is not Context),
            context=next((name for name in wanted if hints[name] is Context), None),
            gives=hints["return"],
            version=version,
            resource=resource,
            time_limit=time_limit,
            attempts=attempts,
            reusable=reusable,
        )

    return declare


def _named(function: Callable[..., object], kind: object) -> list[str]:
    parameters = inspect.signature(function).parameters
    return [name for name, one in parameters.items() if one.kind is kind]
