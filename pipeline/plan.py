"""The plan: one tuple of stages, refused at import when one needs what no earlier one gives."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from pipeline.added import added, unfit
from pipeline.stage import AnyStage
from pipeline.stages.attribute import attribute
from pipeline.stages.comprehension import comprehension
from pipeline.stages.decode import decode
from pipeline.stages.diarize import diarize
from pipeline.stages.fluency import fluency
from pipeline.stages.grammar import grammar
from pipeline.stages.index import index
from pipeline.stages.persist import persist
from pipeline.stages.pronunciation import pronunciation
from pipeline.stages.score import score
from pipeline.stages.transcribe import transcribe
from pipeline.stages.vocabulary import vocabulary
from pipeline.values import Recording, SpeakerTurns, Transcript, Upload


@dataclass(frozen=True, slots=True)
class Plan:
    """A seed value and the stages that grow from it; TypeError when it does not hold together."""

    seed: type
    stages: tuple[AnyStage, ...]
    beside: tuple[type, ...] = ()
    """Further values that a run begins with."""

    def __post_init__(self) -> None:
        """Check that every need is given earlier, and nothing twice."""
        given: list[type] = [self.seed, *self.beside]
        names: set[str] = set()
        for one in self.stages:
            missing = [kind.__name__ for kind in one.needs.values() if kind not in given]
            if missing:
                message = (
                    f"stage {one.name} needs {', '.join(missing)}, which no earlier stage gives"
                )
                raise TypeError(message)
            if one.gives in given or one.name in names:
                message = f"stage {one.name}: its name or its {one.gives.__name__} is given twice"
                raise TypeError(message)
            given.append(one.gives)
            names.add(one.name)

    def __getitem__(self, name: str) -> AnyStage:
        """The stage of that name; KeyError when there is none."""
        for one in self.stages:
            if one.name == name:
                return one
        raise KeyError(name)

    def inputs(self, stage: AnyStage) -> dict[str, type]:
        """The types a stage takes, by type name: its needs, and what it gathers."""
        earlier = self.stages[: self.stages.index(stage)]
        gathered = [
            one.gives for one in earlier if stage.gathers and issubclass(one.gives, stage.gathers)
        ]
        return {kind.__name__: kind for kind in [*stage.needs.values(), *gathered]}

    def requires(self, stage: AnyStage) -> frozenset[str]:
        """Names of the stages that must be done before this one."""
        wanted = self.inputs(stage).values()
        return frozenset(one.name for one in self.stages if one.gives in wanted)

    def ready(self, done: Collection[str]) -> tuple[AnyStage, ...]:
        """The stages not done whose requirements all are."""
        return tuple(
            one for one in self.stages if one.name not in done and self.requires(one) <= set(done)
        )

    def following(self, name: str) -> frozenset[str]:
        """The named stage and all that depend on what it gives; KeyError when there is none of that name."""
        found = {self[name].name}
        for one in self.stages:
            if self.requires(one) & found:
                found.add(one.name)
        return frozenset(found)

    def joined(self, one: AnyStage) -> Plan:
        """With a further stage, right behind the last one that gives what it takes; TypeError as ever."""
        wanted = set(one.needs.values())
        at = [
            n
            for n, each in enumerate(self.stages, 1)
            if each.gives in wanted or (one.gathers and issubclass(each.gives, one.gathers))
        ]
        place = max(at, default=0)
        return Plan(self.seed, (*self.stages[:place], one, *self.stages[place:]), self.beside)

    def without(self, names: Collection[str]) -> Plan:
        """The plan without these stages; TypeError where another needs one of them."""
        return Plan(
            self.seed, tuple(one for one in self.stages if one.name not in names), self.beside
        )

    def until(self, name: str) -> Plan:
        """The plan cut off after the named stage."""
        return Plan(self.seed, self.stages[: self.stages.index(self[name]) + 1], self.beside)

    def since(self, name: str, *there: type) -> Plan:
        """The plan from the named stage on, these values being there; without stages that need what then nobody gives."""
        given, kept = [self.seed, *there], list[AnyStage]()
        for one in self.stages[self.stages.index(self[name]) :]:
            if all(kind in given for kind in one.needs.values()):
                kept.append(one)
                given.append(one.gives)
        return Plan(self.seed, tuple(kept), there)

    def type_named(self, name: str) -> type[Any]:
        """The value type of that name; KeyError when the plan has none."""
        return self.types[name]

    @property
    def types(self) -> dict[str, type[Any]]:
        """The types of all values of a run, by name."""
        given = (self.seed, *self.beside, *(one.gives for one in self.stages))
        return {kind.__name__: kind for kind in given}


def with_added(plan: Plan, stages: tuple[AnyStage, ...]) -> Plan:
    """The plan with the stages, whichever of them needs what another gives; PermanentError where one has no place."""
    left = list(stages)
    while left:
        for one in left:
            try:
                plan = plan.joined(one)
            except TypeError as error:
                reason = error
                continue
            left.remove(one)
            break
        else:
            raise unfit(left[0].name, str(reason)) from reason
    return plan


OWN = Plan(
    Upload,
    (
        decode,
        transcribe,
        diarize,
        attribute,
        grammar,
        vocabulary,
        fluency,
        pronunciation,
        comprehension,
        score,
        persist,
        index,
    ),
)
ADDED = added(OWN.stages)
"""Those of other packages."""
PLAN = with_added(OWN, ADDED)
ANALYSIS = PLAN.without(PLAN.following("persist"))
"""The plan without a database: what `colloquy analyze` walks."""
TRANSCRIPT_ANALYSIS = ANALYSIS.since("attribute", Recording, Transcript, SpeakerTurns)
"""Of a ready transcript: what decode, transcribe and diarize would give is made from it."""
