"""The scorecard: points as exact decimals, and the rows of evidence that sum to them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pipeline.reports import Dimension, Place

State = Literal["scored", "insufficient"]
Kind = Literal["strength", "area"]
"""Of a remark: what went well, or what to work on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One row of points gained (+) or lost (-), two decimal places, and why."""

    dimension: Dimension
    rule: str
    points: Decimal
    explanation: str
    place: Place | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One score; `score`, `low` and `high` are None exactly when the state is insufficient."""

    state: State
    cap: Decimal
    score: Decimal | None
    low: Decimal | None
    high: Decimal | None
    reason: str | None
    evidence_level: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionScore(Score):
    """The score of one dimension."""

    dimension: Dimension


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """CEFR level, A1 to C2, with the lowest and highest that the interval allows."""

    state: State
    cefr: str | None
    low: str | None
    high: str | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One point of feedback, with the learner's own words that show it."""

    dimension: Dimension
    kind: Kind
    about: str
    """The family of slips, the rule or the metric."""
    text: str
    advice: str | None
    quote: str | None
    """Exactly the segment's text at `place`; None where no words of the learner's show it."""
    better: str | None
    times: int
    """Rows of evidence that it sums up."""
    points: Decimal
    """Gained (+), or lost (-) and to be won back."""
    place: Place | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What the learner reads, in `language`; each sentence of the lists stands in `detailed` with its place.

    The defaults are what scorecards from before these fields are read back with.
    """

    strengths: tuple[str, ...]
    areas_for_improvement: tuple[str, ...]
    recommendations: tuple[str, ...]
    detailed: tuple[Remark, ...] = ()
    """By dimension, the strength first, then what costs most."""
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """Five scores, their sum, the level, and the evidence; `rubric` is the version that made it."""

    rubric: str
    rubric_sha256: str
    dimensions: tuple[DimensionScore, ...]
    overall: Score
    level: Level
    evidence: tuple[Evidence, ...]
    feedback: Feedback

    def of(self, dimension: Dimension) -> DimensionScore:
        """The score of one dimension."""
        return next(one for one in self.dimensions if one.dimension == dimension)
