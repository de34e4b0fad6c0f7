"""What a stage takes from its run."""

from __future__ import annotations

import json
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from models.runs import Run, StageResult
from pipeline.artifacts import Artifact
from pipeline.plan import Plan
from pipeline.stage import AnyStage


def inputs(session: Session, run: Run, plan: Plan, stage: AnyStage) -> dict[str, Artifact]:
    """The artifacts by type; one that is missing, as after a release that renamed it, is left out.

    That fails the attempt and not the claim: attempts are bounded.
    """
    wanted = plan.inputs(stage)
    found = artifacts(session, run.id, wanted)
    found[plan.seed.__name__] = seed_artifact(plan, run)
    return {name: found[name] for name in wanted if name in found}


def artifacts(
    session: Session, run_id: UUID, kinds: Collection[str] | None = None
) -> dict[str, Artifact]:
    """What the run's stages gave, of these types or of all; what it kept is that of the run it is kept from."""
    holder = aliased(StageResult)
    query = (
        select(StageResult.artifact_type, func.coalesce(StageResult.artifact, holder.artifact))
        .outerjoin(
            holder,
            and_(holder.run_id == StageResult.artifact_run_id, holder.stage == StageResult.stage),
        )
        .where(StageResult.run_id == run_id)
    )
    if kinds is not None:
        query = query.where(StageResult.artifact_type.in_(kinds))
    rows = session.execute(query)
    return {kind: Artifact(type=kind, body=body) for kind, body in rows if kind and body}


def seed_artifact(plan: Plan, run: Run) -> Artifact:
    """The run's seed as it goes into content keys: JSON in one fixed form."""
    body = json.dumps(run.seed, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return Artifact(type=plan.seed.__name__, body=body)
