"""What moved between two scorecards of one conversation, and which evidence moved it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from typing import Literal
from uuid import UUID

from models.results import Result, Results
from pipeline.artifacts import thaw
from pipeline.errors import PermanentError
from pipeline.reports import Dimension, Place
from pipeline.rubric import Rubric
from pipeline.scores import Evidence, Score, Scorecard
from pipeline.values import Dialogue
from review.scoring import scored

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two; `run` is None for what was scored only to be compared."""

    conversation: UUID
    run: UUID | None
    evaluation: UUID | None
    rubric: str
    shown: bool
    card: Scorecard
    dialogue: Dialogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One score; `by` is None where one of the two had too little evidence."""

    name: str
    cap: Decimal
    before: Decimal | None
    after: Decimal | None
    by: Decimal | None
    reason: str | None
    """Why a score is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One row of evidence; points are None on the side that does not have it."""

    dimension: Dimension
    rule: str
    kind: Literal["appeared", "went", "changed"]
    before: Decimal | None
    after: Decimal | None
    by: Decimal
    explanation: str
    said: str | None
    """The words it is about."""
    start_time: float | None
    """Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sided:
    """Which the two are."""

    run: UUID | None
    evaluation: UUID | None
    rubric: str
    shown: bool
    level: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Scores, then the evidence of each dimension, what weighs most first."""

    conversation: UUID
    before: Sided
    after: Sided
    scores: tuple[Moved, ...]
    evidence: tuple[Changed, ...]


def of_two(results: Results, first: UUID, second: UUID) -> Comparison:
    """Two results by their ids; PermanentError for those of two conversations."""
    sides = [results.named(one) for one in (first, second)]
    if len({one.conversation_id for one in sides}) > 1:
        learners = {one.user_id for one in sides}
        whose = "two learners" if len(learners) > 1 else "two conversations of one learner"
        raise PermanentError(
            f"These are evaluations of {whose}.",
            code="two-conversations",
            advice="Compare two evaluations of one conversation; `colloquy rollout` looks at many.",
        )
    return compare(*(_side(results, one) for one in sides))


def by_rubric(results: Results, told: UUID, rubric: Rubric) -> Comparison:
    """A result, and what the rubric would make of the same analysis."""
    found = results.named(told)
    artifacts = results.artifacts(found.run_id)
    dialogue = thaw(Dialogue, artifacts[Dialogue.__name__])
    after = Side(
        conversation=found.conversation_id,
        run=None,
        evaluation=None,
        rubric=rubric.version,
        shown=False,
        card=scored(artifacts, rubric),
        dialogue=dialogue,
    )
    return compare(_side(results, found), after)


def _side(results: Results, found: Result) -> Side:
    artifacts = results.artifacts(found.run_id)
    card = thaw(Scorecard, artifacts[Scorecard.__name__])
    return Side(
        conversation=found.conversation_id,
        run=found.run_id,
        evaluation=found.evaluation_id,
        rubric=card.rubric,
        shown=found.shown,
        card=card,
        dialogue=thaw(Dialogue, artifacts[Dialogue.__name__]),
    )


def compare(before: Side, after: Side) -> Comparison:
    """Of one conversation."""
    pairs = [("overall", before.card.overall, after.card.overall)]
    pairs += [(str(one), before.card.of(one), after.card.of(one)) for one in Dimension]
    return Comparison(
        conversation=before.conversation,
        before=_sided(before),
        after=_sided(after),
        scores=tuple(_moved(*one) for one in pairs),
        evidence=tuple(_evidence(before, after)),
    )


def _sided(side: Side) -> Sided:
    return Sided(
        run=side.run,
        evaluation=side.evaluation,
        rubric=side.rubric,
        shown=side.shown,
        level=side.card.level.cefr,
    )


def _moved(name: str, before: Score, after: Score) -> Moved:
    known = before.score is not None and after.score is not None
    return Moved(
        name=name,
        cap=after.cap,
        before=before.score,
        after=after.score,
        by=after.score - before.score
        if before.score is not None and after.score is not None
        else None,
        reason=None if known else after.reason or before.reason,
    )


Key = tuple[Dimension, str, float | None, float | None]
"""What makes two rows the same: the rule, and when it was said; segments and offsets move where words change."""


def _evidence(before: Side, after: Side) -> Iterator[Changed]:
    old, new = _by_key(before.card.evidence), _by_key(after.card.evidence)
    pairs = [pair for key in {**old, **new} for pair in zip_longest(old[key], new[key])]
    found = [
        _changed(before.dialogue, one, after.dialogue, two)
        for one, two in pairs
        if one is None or two is None or one.points != two.points
    ]
    order = {one: n for n, one in enumerate(Dimension)}
    return iter(sorted(found, key=lambda one: (order[one.dimension], -abs(one.by))))


def _by_key(rows: Sequence[Evidence]) -> defaultdict[Key, list[Evidence]]:
    found: defaultdict[Key, list[Evidence]] = defaultdict(list)
    for one in rows:
        when = one.place
        times = (
            (None, None) if when is None else (round(when.start_time, 2), round(when.end_time, 2))
        )
        found[one.dimension, one.rule, *times].append(one)
    return found


def _changed(
    before: Dialogue, one: Evidence | None, after: Dialogue, two: Evidence | None
) -> Changed:
    row = two or one
    assert row is not None, "a pair has a row on one side"  # noqa: S101 - for the type checker
    return Changed(
        dimension=row.dimension,
        rule=row.rule,
        kind="appeared" if one is None else "went" if two is None else "changed",
        before=one.points if one else None,
        after=two.points if two else None,
        by=(two.points if two else NOTHING) - (one.points if one else NOTHING),
        explanation=row.explanation,
        said=_said(after if two else before, row.place),
        start_time=row.place.start_time if row.place else None,
    )


def _said(dialogue: Dialogue, place: Place | None) -> str | None:
    if place is None:
        return None
    text = next((one.text for one in dialogue.segments if one.number == place.segment), None)
    return text[place.start : place.end] if text is not None else None
