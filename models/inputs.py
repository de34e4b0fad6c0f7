"""What a stage takes from its run."""

from __future__ import annotations

import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.runs import Run, StageResult
from pipeline.artifacts import Artifact
from pipeline.plan import Plan
from pipeline.stage import AnyStage


def inputs(session: Session, run: Run, plan: Plan, stage: AnyStage) -> dict[str, Artifact]:
    """The artifacts by type; one that is missing, as after a release that renamed it, is left out.

    That fails the attempt and not the claim: attempts are bounded.
    """
    wanted = plan.inputs(stage)
    rows = session.execute(
        select(StageResult.artifact_type, StageResult.artifact).where(
            StageResult.run_id == run.id, StageResult.artifact_type.in_(wanted)
        )
    )
    found = {kind: Artifact(type=kind, body=body) for kind, body in rows if kind and body}
    found[plan.seed.__name__] = seed_artifact(plan, run)
    return {name: found[name] for name in wanted if name in found}


def seed_artifact(plan: Plan, run: Run) -> Artifact:
    """The run's seed as it goes into content keys: JSON in one fixed form."""
    body = json.dumps(run.seed, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return Artifact(type=plan.seed.__name__, body=body)
