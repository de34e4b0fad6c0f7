"""How a teacher's own evaluations agree with ours over an assignment, by the figures of `review.agreement`.

Before is the teacher, after is us: a mean difference above nought means that we give more points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.reports import CAPS, Dimension
from pipeline.rollout import Measure
from pipeline.rubric import LEVELS
from review import agreement
from review.agreement import Scored, measures
from review.assignments import Handed, Marks

LEAST = 7
"""Students: with six, even a correlation of .8, high for two people who judge the same talk, cannot be told from none
(the 95 % interval by Fisher's z reaches below nought)."""
ALIKE = "It takes students with different scores on both sides."
ONE_LEVEL = "It takes students at different levels."


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One score, overall or of a dimension, in points."""

    name: str
    cap: float
    mean_teachers: float
    mean_ours: float
    difference: Measure
    """Mean of ours less mean of the teacher's."""
    r: Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Between the two, over all students who have both."""

    both: int
    """Students with an evaluation by the teacher and one by us."""
    least: int
    """Students that figures take; with fewer there are none."""
    reason: str | None
    """Why there are no figures."""
    without_level: int
    """Of `both`, those whose teacher wrote a level that is none of A1 to C2; they are not in `levels`."""
    levels: tuple[Measure, ...]
    scores: tuple[Difference, ...]


def agreed(students: Sequence[Handed]) -> Agreement:
    """Each student counts once, so that the intervals are over students."""
    pairs = [(one.teachers, one.ours) for one in students if one.teachers and one.ours]
    levelled = [(teachers, ours) for teachers, ours in pairs if _level(teachers) is not None]
    enough = len(pairs) >= LEAST
    return Agreement(
        both=len(pairs),
        least=LEAST,
        reason=None if enough else _too_few(len(pairs)),
        without_level=len(pairs) - len(levelled),
        levels=_levels(levelled) if len(levelled) >= LEAST else (),
        scores=_scores(pairs) if enough else (),
    )


def _too_few(both: int) -> str:
    have = "1 student has" if both == 1 else f"{both or 'No'} students have"
    return f"Too few for figures of agreement: {have} both evaluations, it takes {LEAST}."


def _level(marks: Marks) -> int | None:
    """Counted from 0; people write it by hand."""
    written = marks.level.strip().upper()
    return LEVELS.index(written) if written in LEVELS else None


def _levels(pairs: Sequence[tuple[Marks, Marks]]) -> tuple[Measure, ...]:
    return measures(
        _scored(pairs, None),
        [
            ("exact agreement", agreement.exact_agreement, ""),
            ("exact + adjacent agreement", agreement.adjacent_agreement, ""),
            ("QWK", agreement.qwk, ONE_LEVEL),
        ],
    )


def _scores(pairs: Sequence[tuple[Marks, Marks]]) -> tuple[Difference, ...]:
    whole = _difference("overall", float(sum(CAPS.values())), _scored(pairs, None))
    parts = (_difference(str(one), float(CAPS[one]), _scored(pairs, one)) for one in Dimension)
    return (whole, *parts)


def _difference(name: str, cap: float, found: Scored) -> Difference:
    by, r = measures(
        found, [("mean difference", agreement.shift, ""), ("r", agreement.pearson, ALIKE)]
    )
    return Difference(
        name=name,
        cap=cap,
        mean_teachers=float(np.mean(found.before)),
        mean_ours=float(np.mean(found.after)),
        difference=by,
        r=r,
    )


def _scored(pairs: Sequence[tuple[Marks, Marks]], dimension: Dimension | None) -> Scored:
    def points(marks: Marks) -> float:
        return float(marks.overall if dimension is None else marks.dimensions[dimension])

    levels = [(_level(teachers) or 0, _level(ours) or 0) for teachers, ours in pairs]
    return Scored(
        before=np.array([points(teachers) for teachers, _ in pairs]),
        after=np.array([points(ours) for _, ours in pairs]),
        level_before=np.array([one for one, _ in levels], dtype=float),
        level_after=np.array([one for _, one in levels], dtype=float),
        learners=np.arange(len(pairs)),
    )
