"""Scores an archive by a rubric in memory, beside what its readers see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from models.cohort import Member
from models.database import connect, sessions
from models.results import Results
from pipeline.artifacts import thaw
from pipeline.errors import PermanentError
from pipeline.plan import PLAN
from pipeline.reports import Dimension
from pipeline.rubric import parse
from pipeline.scores import Scorecard
from review.scoring import SCORES, scored


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """A scorecard's figures; `overall` and `level` are None where there is too little evidence."""

    rubric: str
    overall: float | None
    level: str | None
    parts: dict[Dimension, float | None]
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """Of one conversation, as readers see it and as the rubric would have it."""

    member: Member
    before: Marks | None
    after: Marks | None
    reason: str | None = None
    """Why it could not be scored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Begins to score conversations in whichever process."""

    url: str
    rubric: str
    """The text of its file."""

    @contextmanager
    def __call__(self) -> Iterator[Callable[[Member], Both]]:
        """With a connection of its own."""
        engine = connect(self.url)
        results, rubric = Results(sessions(engine), PLAN), parse(self.rubric)
        kinds = {Scorecard.__name__, *PLAN.inputs(SCORES)}

        def both(member: Member) -> Both:
            try:
                found = results.artifacts(member.run_id, kinds)
                before = thaw(Scorecard, found[Scorecard.__name__])
                after = scored(found, rubric)
            except PermanentError as error:
                return Both(member=member, before=None, after=None, reason=error.sentence)
            return Both(member=member, before=_marks(before), after=_marks(after))

        try:
            yield both
        finally:
            engine.dispose()


def _marks(card: Scorecard) -> Marks:
    return Marks(
        rubric=card.rubric,
        overall=None if card.overall.score is None else float(card.overall.score),
        level=card.level.cefr,
        parts={
            one.dimension: None if one.score is None else float(one.score)
            for one in card.dimensions
        },
        reason=card.overall.reason,
    )
