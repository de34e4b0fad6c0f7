"""What a rubric would change over an archive: agreement, drift of subgroups, and what moves most. Nothing is written."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models.cohort import Member
from pipeline.errors import PermanentError
from pipeline.reports import CAPS, Dimension
from pipeline.rollout import (
    Measure,
    Mover,
    Point,
    Rollout,
    ScoreShift,
    SeenBy,
    Subgroup,
    Unpaired,
)
from pipeline.rubric import LEVELS
from review import agreement
from review.agreement import Figure, Scored, measures
from review.judging import Both, Marks

LEAST = 30
"""Learners of a subgroup: where old and new scores correlate at .95, the 95 % interval of its DSM is then about ± .11,
hardly wider than the drift that is to be found (FLAG)."""
FLAG = 0.1
"""Standard deviations beyond which a subgroup's drift is flagged (Williamson, Xi & Breyer 2012), as RSMTool does."""
MOST = 10
"""Conversations that moved most."""

ALIKE = "It takes conversations with different scores on both sides."
ONE_LEVEL = "It takes conversations at different levels."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """One with an overall score on both sides."""

    member: Member
    before: float
    after: float
    level_before: str
    level_after: str
    parts_before: dict[Dimension, float | None]
    parts_after: dict[Dimension, float | None]


def rollout(rubric: str, found: Sequence[Both], least: int = LEAST) -> Rollout:
    """The figures; PermanentError where no conversation has a score on both sides."""
    found = sorted(found, key=lambda one: one.member.conversation_id)
    pairs = [pair for one in found if (pair := _pair(one)) is not None]
    if not pairs:
        raise PermanentError(
            "No conversation has an overall score on both sides, so that there is nothing to compare.",
            code="nothing-to-compare",
            advice="Choose others, or look at one with `colloquy compare`.",
        )
    everybody = _scored(pairs)
    subgroups, too_small = _subgroups(pairs, everybody, least)
    seen = Counter(one.before.rubric for one in found if one.before is not None)
    return Rollout(
        rubric=rubric,
        before=tuple(SeenBy(rubric=name, conversations=n) for name, n in seen.most_common()),
        conversations=len(pairs),
        learners=len(set(everybody.learners)),
        gained=sum(_has(one.after) and not _has(one.before) for one in found),
        lost=sum(_has(one.before) and not _has(one.after) for one in found),
        agreement=measures(
            everybody,
            [
                ("exact agreement", agreement.exact_agreement, ""),
                ("exact + adjacent agreement", agreement.adjacent_agreement, ""),
                ("QWK", agreement.qwk, ONE_LEVEL),
            ],
        ),
        scores=tuple(_shifts(pairs, everybody)),
        levels=_levels(pairs),
        subgroups=subgroups,
        least=least,
        too_small=too_small,
        moved=_moved(pairs),
        points=tuple(Point(before=one.before, after=one.after) for one in pairs),
        left_out=tuple(
            Unpaired(conversation=one.member.conversation_id, reason=reason)
            for one in found
            if (reason := _why_not(one)) is not None
        ),
    )


def _has(marks: Marks | None) -> bool:
    return marks is not None and marks.overall is not None


def _why_not(one: Both) -> str | None:
    if one.before is None or one.after is None:
        return one.reason or "It could not be scored."
    if _has(one.before) and _has(one.after):
        return None
    side = "now" if not _has(one.before) else f"by {one.after.rubric}"
    reason = one.before.reason if not _has(one.before) else one.after.reason
    return f"No overall score {side}. {reason or ''}".strip()


def _pair(one: Both) -> _Pair | None:
    before, after = one.before, one.after
    if before is None or after is None or before.overall is None or after.overall is None:
        return None
    return _Pair(
        member=one.member,
        before=before.overall,
        after=after.overall,
        level_before=before.level or LEVELS[0],
        level_after=after.level or LEVELS[0],
        parts_before=before.parts,
        parts_after=after.parts,
    )


def _scored(pairs: Sequence[_Pair], dimension: Dimension | None = None) -> Scored:
    """Overall points, or those of a dimension: with an overall score, all five are there."""
    if dimension is None:
        before, after = [one.before for one in pairs], [one.after for one in pairs]
    else:
        before = [one.parts_before[dimension] or 0.0 for one in pairs]
        after = [one.parts_after[dimension] or 0.0 for one in pairs]
    return Scored(
        before=np.array(before),
        after=np.array(after),
        level_before=np.array([LEVELS.index(one.level_before) for one in pairs], dtype=float),
        level_after=np.array([LEVELS.index(one.level_after) for one in pairs], dtype=float),
        learners=np.array([str(one.member.learner) for one in pairs]),
    )


def _shifts(pairs: Sequence[_Pair], everybody: Scored) -> Iterator[ScoreShift]:
    figures: list[tuple[str, Figure, str]] = [
        ("mean shift", agreement.shift, ""),
        ("SMD", agreement.smd, ALIKE),
        ("r", agreement.pearson, ALIKE),
    ]
    yield _shift("overall", float(sum(CAPS.values())), everybody, figures)
    for one in Dimension:
        yield _shift(str(one), float(CAPS[one]), _scored(pairs, one), figures)


def _shift(
    name: str, cap: float, found: Scored, figures: Sequence[tuple[str, Figure, str]]
) -> ScoreShift:
    by, smd, r = measures(found, figures)
    return ScoreShift(
        name=name,
        cap=cap,
        mean_before=float(np.mean(found.before)),
        mean_after=float(np.mean(found.after)),
        shift=by,
        smd=smd,
        r=r,
    )


def _levels(pairs: Sequence[_Pair]) -> tuple[tuple[int, ...], ...]:
    counted = Counter((one.level_before, one.level_after) for one in pairs)
    return tuple(tuple(counted[row, column] for column in LEVELS) for row in LEVELS)


def _subgroups(
    pairs: Sequence[_Pair], everybody: Scored, least: int
) -> tuple[tuple[Subgroup, ...], int]:
    """Those with enough learners, by kind and name; and how many others there are."""
    groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for n, one in enumerate(pairs):
        for kind, name in (
            ("level", one.level_before),
            ("language", one.member.language),
            ("class", one.member.class_name),
            ("age group", one.member.age_group),
        ):
            if name is not None:
                groups[kind, name].append(n)
    figure = agreement.dsm(everybody)
    found, small = [], 0
    for (kind, name), rows in sorted(groups.items()):
        group = everybody.of(np.array(rows))
        learners = len(set(group.learners))
        if learners < least:
            small += 1
            continue
        (drift,) = measures(group, [("DSM", figure, ALIKE)])
        found.append(
            Subgroup(
                kind=kind,
                name=name,
                conversations=len(rows),
                learners=learners,
                mean_before=float(np.mean(group.before)),
                mean_after=float(np.mean(group.after)),
                dsm=drift,
                flagged=_beyond(drift),
            )
        )
    return tuple(found), small


def _beyond(drift: Measure) -> bool:
    return drift.value is not None and abs(drift.value) > FLAG


def _moved(pairs: Sequence[_Pair]) -> tuple[Mover, ...]:
    ordered = sorted(pairs, key=lambda one: -abs(one.after - one.before))
    return tuple(_mover(one) for one in ordered[:MOST] if one.after != one.before)


def _mover(one: _Pair) -> Mover:
    by = {
        part: (one.parts_after[part] or 0.0) - (one.parts_before[part] or 0.0) for part in Dimension
    }
    most = max(by, key=lambda part: abs(by[part]))
    return Mover(
        conversation=one.member.conversation_id,
        before=one.before,
        after=one.after,
        by=round(one.after - one.before, 2),
        level_before=one.level_before,
        level_after=one.level_after,
        dimension=str(most),
        dimension_by=round(by[most], 2),
    )
