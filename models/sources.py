"""What conversations have that may be repeated, read for many at once; artifacts stay in the database, hashed there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, aliased, defer

from models.conversations import Conversation
from models.database import Sessions
from models.inputs import seed_artifact
from models.runs import RUN_OVER, Run, StageResult
from pipeline.plan import Plan
from pipeline.values import Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What one stage gave in one run."""

    stage: str
    type: str
    key: str
    sha256: str | None
    """Of the artifact; None where nobody asked for it."""
    seconds: float | None
    """That the work took; None where it was taken over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The run that readers see, as what may be repeated; `reason` says why it cannot be."""

    conversation_id: UUID
    run_id: UUID | None = None
    reason: str | None = None
    analysed_at: datetime | None = None
    seed_sha256: str = ""
    media_key: str = ""
    media_etag: str = ""
    sound_key: str = ""
    """Of the sound that the stages hear."""
    made: Mapping[str, Made]
    """By stage, of this run."""
    keys: Mapping[str, str | None]
    """Content keys of all that was made of the same recording, and the hash of what it is."""
    scored: frozenset[str]
    """Content keys in runs of the same analysis that came to a scorecard."""
    repeats: Mapping[str, bool]
    """Repeats of the same recording that have not failed, and whether they are over."""


def sources(
    sessions: Sessions, plan: Plan, wanted: Sequence[UUID], hashed: Collection[str]
) -> list[Source]:
    """What each conversation has, in the given order; artifacts of the types in `hashed` with their hashes."""
    with sessions.begin() as session:
        known = set(session.scalars(select(Conversation.id).where(Conversation.id.in_(wanted))))
        runs = session.execute(
            select(Run, Run.scorecard.is_not(None))
            .where(Run.conversation_id.in_(wanted))
            .order_by(Run.created_at, Run.id)
            .options(defer(Run.scorecard, raiseload=True))
        ).all()
        scored = {run.id for run, is_scored in runs if is_scored}
        rows = _results(session, [run.id for run, _ in runs], hashed)
        sounds = _sounds(session, [run.id for run, _ in runs])
        mine: dict[UUID, list[Run]] = {}
        for run, _ in runs:
            mine.setdefault(run.conversation_id, []).append(run)
        found = _Found(runs=mine, scored=scored, rows=rows, sounds=sounds)
        return [
            _source(plan, one, found)
            if one in known
            else _without(one, "There is no such conversation: it was erased, or the id is wrong.")
            for one in wanted
        ]


def _source(plan: Plan, conversation_id: UUID, found: _Found) -> Source:
    runs = found.runs.get(conversation_id, ())
    seen = next((one for one in runs if one.shown), None)
    if any(one.state not in RUN_OVER and one.source_id is None for one in runs):
        return _without(conversation_id, "It is still being analysed; try again when that is over.")
    if seen is None:
        return _without(conversation_id, _why_nothing(runs))
    alike = [one for one in runs if one.uploaded_at == seen.uploaded_at]
    made = [row for one in alike for row in found.rows.get(one.id, ())]
    scored = {
        one.id for one in alike if one.id in found.scored and one.analysed_at == seen.analysed_at
    }
    return Source(
        conversation_id=conversation_id,
        run_id=seen.id,
        analysed_at=seen.analysed_at,
        seed_sha256=seed_artifact(plan, seen).sha256,
        media_key=seen.media_key,
        media_etag=seen.media_etag,
        sound_key=found.sounds.get(seen.id, ""),
        made={row.made.stage: row.made for row in found.rows.get(seen.id, ())},
        keys={row.made.key: row.made.sha256 for row in made},
        scored=frozenset(row.made.key for row in made if row.run_id in scored),
        repeats={
            one.repeats: one.state in RUN_OVER
            for one in alike
            if one.repeats and one.state not in {"failed", "cancelled"}
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    run_id: UUID
    made: Made


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Of all the conversations that are looked at."""

    runs: Mapping[UUID, Sequence[Run]]
    """By conversation, the oldest first."""
    scored: Collection[UUID]
    rows: Mapping[UUID, Sequence[_Row]]
    sounds: Mapping[UUID, str]


def _without(conversation_id: UUID, reason: str) -> Source:
    return Source(
        conversation_id=conversation_id,
        reason=reason,
        made={},
        keys={},
        scored=frozenset(),
        repeats={},
    )


def _why_nothing(runs: Sequence[Run]) -> str:
    failed = next((one for one in reversed(runs) if one.state == "failed"), None)
    if failed is not None:
        return f"Its analysis failed: {failed.reason or 'no reason was noted.'} Replay its dead letter."
    return "It was not analysed yet." if not runs else "Its analysis was cancelled."


def _sounds(session: Session, run_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Keys of the sound that the runs were made of."""
    holder = aliased(StageResult)
    rows = session.execute(
        select(StageResult.run_id, cast(holder.artifact, JSONB)["key"].astext)
        .join(
            holder,
            and_(
                holder.run_id == func.coalesce(StageResult.artifact_run_id, StageResult.run_id),
                holder.stage == StageResult.stage,
            ),
        )
        .where(StageResult.run_id.in_(run_ids), StageResult.artifact_type == Recording.__name__)
    )
    return {run_id: key for run_id, key in rows if key}


def _results(
    session: Session, run_ids: Sequence[UUID], hashed: Collection[str]
) -> dict[UUID, list[_Row]]:
    """What is done in the runs, with hashes made by the database: the artifacts stay there."""
    hashes = dict[tuple[UUID, str], str]()
    for run_id, stage, sha256 in session.execute(
        select(
            StageResult.run_id,
            StageResult.stage,
            func.encode(func.sha256(func.convert_to(StageResult.artifact, "UTF8")), "hex"),
        ).where(StageResult.run_id.in_(run_ids), StageResult.artifact_type.in_(hashed))
    ):
        hashes[run_id, stage] = sha256
    worked = func.extract("epoch", StageResult.finished_at - StageResult.started_at)
    found: dict[UUID, list[_Row]] = {}
    for run_id, stage, holder, kind, key, seconds, reused in session.execute(
        select(
            StageResult.run_id,
            StageResult.stage,
            StageResult.artifact_run_id,
            StageResult.artifact_type,
            StageResult.content_key,
            func.greatest(StageResult.seconds, worked),
            StageResult.reused,
        ).where(StageResult.run_id.in_(run_ids), StageResult.state == "done")
    ):
        if kind is None or key is None:
            continue
        made = Made(
            stage=stage,
            type=kind,
            key=key,
            sha256=hashes.get((holder or run_id, stage)),
            # What was kept has the seconds of the work; what was found under its key those of the look.
            seconds=float(seconds) if seconds is not None and (holder or not reused) else None,
        )
        found.setdefault(run_id, []).append(_Row(run_id=run_id, made=made))
    return found
