"""A ledger in a few lines, without time, locks or SQL: what the real one is held against."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from pipeline.artifacts import Artifact
from pipeline.errors import PermanentError, UnavailableError
from pipeline.plan import Plan
from pipeline.stage import stage
from pipeline.values import Upload


@dataclass(frozen=True, slots=True)
class First:
    """What the first stage gives."""

    by: int


@dataclass(frozen=True, slots=True)
class Left:
    """What one of two gives that may end at once."""

    by: int


@dataclass(frozen=True, slots=True)
class Right:
    """What the other gives."""

    by: int


@dataclass(frozen=True, slots=True)
class Last:
    """What the last stage gives."""

    by: int


@stage(version=1, attempts=3)
def first(upload: Upload) -> First:
    return First(by=upload.size)


@stage(version=1, attempts=2)
def left(value: First) -> Left:
    return Left(by=value.by)


@stage(version=1, attempts=2)
def right(value: First) -> Right:
    return Right(by=value.by)


@stage(version=1, attempts=2)
def last(one: Left, other: Right) -> Last:
    return Last(by=one.by + other.by)


PLAN = Plan(Upload, (first, left, right, last))
Seen: TypeAlias = tuple[str, int, dict[str, tuple[str, int, str | None, str | None]]]
"""A run's state, its open dead letters, and its stages: state, attempt, owner, result."""
OVER = {"completed", "failed", "cancelled"}


def given(name: str, attempt: int) -> Artifact:
    """A result that tells which attempt gave it."""
    return Artifact(type=PLAN[name].gives.__name__, body=f'{{"by":{attempt}}}')


@dataclass
class StageModel:
    """One stage of one run."""

    state: str = "pending"
    attempt: int = 0
    forgiven: int = 0
    waits: int = 0
    waiting: bool = False
    in_line: bool = False
    """A turn of its own is over, and others stood in line."""
    owner: str | None = None
    expired: bool = False
    result: int | None = None
    """The attempt that gave it."""

    @property
    def tried(self) -> int:
        return self.attempt - self.forgiven - self.waits


@dataclass
class RunModel:
    """One run, and its conversation's number."""

    talk: int
    admitted: bool = True
    state: str = "queued"
    letters: int = 0
    """Open ones."""
    stages: dict[str, StageModel] = field(
        default_factory=lambda: {one.name: StageModel() for one in PLAN.stages}
    )

    def __post_init__(self) -> None:
        self.unlock()

    @property
    def over(self) -> bool:
        return self.state in OVER

    def unlock(self) -> set[str]:
        """Make ready what may be; the names of the stages that were not before."""
        done = {name for name, one in self.stages.items() if one.state == "done"}
        new = {one.name for one in PLAN.ready(done) if self.stages[one.name].state == "pending"}
        for name in new:
            self.stages[name].state = "ready"
        if len(done) == len(self.stages):
            self.state = "completed"
        return new

    def claim(self, name: str, owner: str) -> int | None:
        one = self.stages[name]
        free = (one.state == "ready" and not one.in_line) or (
            one.state == "running" and one.expired
        )
        if self.over or not free or one.tried >= PLAN[name].attempts:
            return None
        one.state, one.owner, one.expired, one.waiting = "running", owner, False, False
        one.attempt += 1
        self.state, self.admitted = "running", True
        return one.attempt

    def holds(self, name: str, attempt: int) -> bool:
        one = self.stages[name]
        return not self.over and one.state == "running" and one.attempt == attempt

    def record(self, name: str, attempt: int) -> set[str]:
        if not self.holds(name, attempt):
            return set()
        one = self.stages[name]
        one.state, one.owner, one.result = "done", None, attempt
        return self.unlock()

    def fail(self, name: str, attempt: int, error: Exception) -> bool:
        """Whether it is to be sent again; what waits for a service is not."""
        if not self.holds(name, attempt):
            return False
        one = self.stages[name]
        if isinstance(error, UnavailableError):
            one.waits += one.tried > 0
            one.state, one.owner, one.waiting = "ready", None, True
            return False
        if isinstance(error, PermanentError) or one.tried >= PLAN[name].attempts:
            self.bury(name)
            return False
        one.state, one.owner = "ready", None
        return True

    def part(self, name: str, attempt: int, *, over: bool, line: bool) -> bool:
        """Whether it was kept; its turn may be over, and others stand in line."""
        if not self.holds(name, attempt):
            return False
        one = self.stages[name]
        one.forgiven, one.waits = one.attempt, 0
        if over:
            one.state, one.owner, one.in_line = "ready", None, line
        return True

    @property
    def in_line(self) -> bool:
        """Whether its turn is to come: the first, or another one with nothing else of it on its way."""
        if self.over or not self.admitted:
            return not self.over
        ready = [one for one in self.stages.values() if one.state == "ready"]
        on_its_way = [one for one in ready if not one.waiting and not one.in_line]
        working = any(one.state == "running" for one in self.stages.values())
        return any(one.in_line for one in ready) and not on_its_way and not working

    def turn(self) -> set[str]:
        """There is room for all: what is sent."""
        if not self.in_line:
            return set()
        self.admitted = True
        found = {
            name for name, one in self.stages.items() if one.state == "ready" and not one.waiting
        }
        for name in found:
            self.stages[name].in_line = False
        return found

    def exhausted(self) -> list[str]:
        return [
            name
            for name, one in self.stages.items()
            if not self.over
            and one.state == "running"
            and one.expired
            and one.tried >= PLAN[name].attempts
        ]

    def bury(self, name: str) -> None:
        self.end("failed")
        self.stages[name].state = "failed"
        self.letters += 1

    def end(self, state: str) -> None:
        self.state = state
        for one in self.stages.values():
            if one.state in {"ready", "running"}:
                one.state, one.owner, one.in_line = "pending", None, False

    def replay(self) -> set[str]:
        self.letters, self.state, self.admitted = 0, "queued", False
        for one in self.stages.values():
            if one.state != "done":
                one.state, one.owner, one.forgiven = "pending", None, one.attempt
                one.waits, one.waiting = 0, False
        return self.unlock()

    def seen(self) -> Seen:
        """As the database should show it."""
        return (
            self.state,
            self.letters,
            {
                name: (
                    one.state,
                    one.attempt,
                    one.owner,
                    None if one.result is None else given(name, one.result).body,
                )
                for name, one in self.stages.items()
            },
        )

    def claimable(self) -> list[str]:
        """What a worker would be given."""
        return sorted(
            name
            for name, one in self.stages.items()
            if not self.over
            and one.tried < PLAN[name].attempts
            and (
                (one.state == "ready" and not one.in_line)
                or (one.state == "running" and one.expired)
            )
        )

    def to_send(self) -> set[str]:
        """What upkeep sends again."""
        return {
            name
            for name, one in self.stages.items()
            if not self.over
            and self.admitted
            and (
                (one.state == "ready" and not one.waiting and not one.in_line)
                or (one.state == "running" and one.expired)
            )
        }
