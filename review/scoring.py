"""Scores what was analysed before, in memory: nothing is written."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.artifacts import Artifact, thaw
from pipeline.errors import PermanentError
from pipeline.plan import PLAN
from pipeline.rubric import Rubric
from pipeline.scores import Scorecard

SCORES = next(one for one in PLAN.stages if one.gives is Scorecard)


def scored(found: Mapping[str, Artifact], rubric: Rubric) -> Scorecard:
    """As the stage would, from the artifacts of a run; PermanentError where one is not there."""
    kinds = PLAN.inputs(SCORES)
    lacking = [name for name in kinds if name not in found]
    if lacking:
        raise PermanentError(
            f"It never came to {', '.join(lacking)}, which is scored.",
            code="lacks-stage",
            advice="Rerun it from an earlier stage on.",
        )
    made: Scorecard = SCORES(
        *(thaw(kind, found[name]) for name, kind in kinds.items()), rubric=rubric
    )
    return made
