"""What a roll-out found: how scores by a new rubric agree with those that readers see, as values for pages and programs."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One figure with its 95 % interval; None with the reason where it cannot be computed."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreShift:
    """One score, overall or of a dimension."""

    name: str
    cap: float
    mean_before: float
    mean_after: float
    shift: Measure
    """Points: mean after less mean before."""
    smd: Measure
    """The shift over the standard deviation before."""
    r: Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Subgroup:
    """Conversations of learners who have something in common."""

    kind: str
    name: str
    conversations: int
    learners: int
    mean_before: float
    mean_after: float
    dsm: Measure
    """Difference of standardised means: how far the group drifts from the others, in standard deviations."""
    flagged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """One of the conversations that moved most."""

    conversation: UUID
    before: float
    after: float
    by: float
    level_before: str
    level_after: str
    dimension: str
    """The one that moved most, and by how much."""
    dimension_by: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpaired:
    """A conversation that does not enter the figures."""

    conversation: UUID
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Overall points of one conversation."""

    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenBy:
    """How many conversations are seen by a rubric now."""

    rubric: str
    conversations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """All that was found."""

    rubric: str
    before: tuple[SeenBy, ...]
    conversations: int
    """With an overall score on both sides."""
    learners: int
    gained: int
    """That would have an overall score by the new rubric alone."""
    lost: int
    """That would lose theirs."""
    agreement: tuple[Measure, ...]
    scores: tuple[ScoreShift, ...]
    levels: tuple[tuple[int, ...], ...]
    """Conversations by level before (row) and after (column), A1 to C2."""
    subgroups: tuple[Subgroup, ...]
    least: int
    """Learners that a subgroup must have to be shown."""
    too_small: int
    """Subgroups with fewer."""
    moved: tuple[Mover, ...]
    points: tuple[Point, ...]
    left_out: tuple[Unpaired, ...]
