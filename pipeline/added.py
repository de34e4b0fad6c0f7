"""Stages of other packages: their entry points in the group `colloquy.stages` join the plan.

```toml
[project.entry-points."colloquy.stages"]
politeness = "colloquy_politeness:politeness"
```
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.metadata import EntryPoint, entry_points

from pipeline.errors import PermanentError
from pipeline.reports import Report
from pipeline.stage import AnyStage, Stage

GROUP = "colloquy.stages"


def added(own: Sequence[AnyStage]) -> tuple[AnyStage, ...]:
    """Those of the installed packages, in the order of their names; PermanentError for one that cannot join `own`."""
    found = sorted(entry_points(group=GROUP), key=lambda one: (one.name, one.value))
    tools = {tool for one in own for tool in one.tools}
    return tuple(_checked(one, tools) for one in found)


def _checked(entry: EntryPoint, tools: set[str]) -> AnyStage:
    try:
        found = entry.load()
    except Exception as error:
        raise unfit(entry.name, f"it cannot be loaded ({type(error).__name__}: {error})") from error
    for wrong in _faults(entry, found, tools):
        raise unfit(entry.name, wrong)
    stage: AnyStage = found
    return stage


def _faults(entry: EntryPoint, found: object, tools: set[str]) -> Iterator[str]:
    if not isinstance(found, Stage):
        yield f"{entry.value} is no function with @stage"
        return
    if isinstance(found.gives, type) and issubclass(found.gives, Report):
        # A report has points, and the rubric has no criteria for it.
        yield "it gives a Report; let it give a dataclass of its own"
    unknown = [one for one in found.tools if one not in tools]
    if unknown:
        yield f"it asks for {', '.join(unknown)}; the tools are {', '.join(sorted(tools))}"


def unfit(name: str, why: str) -> PermanentError:
    """Why a stage cannot join."""
    return PermanentError(
        f"The stage {name} of another package cannot join the plan: {why}.",
        code="added-stage",
        advice="Mend the package that brings it, or uninstall it.",
    )
