"""Runs that repeat others: their rows, made once, and where they stand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, delete, func, literal, null, or_, select, text, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models.database import Sessions, add_many
from models.locks import with_runs
from models.runs import RUN_OVER, Run, StageResult
from models.shown import shown
from pipeline.errors import PermanentError
from pipeline.plan import Plan

ALIVE = text("state NOT IN ('failed', 'cancelled')")
"""As in the index: what ended without a scorecard may be repeated anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """One run to be made: these stages anew, the others kept."""

    conversation_id: UUID
    source_id: UUID
    anew: tuple[str, ...]
    scores_only: bool
    """What it is scored on is its source's."""
    key: str
    """Two repeats under the same key are one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Where a run stands."""

    state: str
    scored: bool
    reason: str | None

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in RUN_OVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A run, and its stages that may be worked on."""

    run_id: UUID
    ready: tuple[str, ...]


class Reruns:
    """One public method is one transaction."""

    def __init__(self, sessions: Sessions, plan: Plan) -> None:
        """Repeat runs of the plan."""
        self._sessions, self._plan = sessions, plan

    def begin(self, repeat: Repeat, *, rubric: str, admitted: bool) -> Begun:
        """The run, made now or before under the same key; PermanentError where the source is no longer what readers see.

        One that is not `admitted` stands in line for the workers.
        """
        with self._sessions.begin() as session:
            talk = with_runs(session, repeat.conversation_id)
            if talk is None or session.scalar(shown(talk.id)) != repeat.source_id:
                raise PermanentError(
                    "It was erased, uploaded again or rerun meanwhile.",
                    code="overtaken",
                    advice="Run the same command again.",
                )
            made = self._insert(session, repeat, rubric, admitted=admitted)
            if made is not None:
                return Begun(run_id=made, ready=self._stages(session, repeat, made))
            mine = (Run.conversation_id == talk.id, Run.repeats == repeat.key, ALIVE)
            known = session.scalars(select(Run.id).where(*mine)).one()
            return Begun(run_id=known, ready=_takeable(session, known))

    def _insert(
        self, session: Session, repeat: Repeat, rubric: str, *, admitted: bool
    ) -> UUID | None:
        # Not the assignment: what was handed in was handed in by the upload.
        copied = [
            getattr(Run, name)
            for name in (
                "conversation_id",
                "media_key",
                "media_etag",
                "seed",
                "lane",
                "uploaded_at",
            )
        ]
        own = {
            "source_id": Run.id,
            "rubric": literal(rubric),
            "repeats": literal(repeat.key),
            "analysed_at": Run.analysed_at if repeat.scores_only else func.now(),
            "admitted_at": func.now() if admitted else null(),
            "state": literal("running" if admitted else "queued"),
        }
        return session.scalar(
            insert(Run)
            .from_select(
                [*(one.key for one in copied), *own],
                select(*copied, *own.values()).where(Run.id == repeat.source_id),
            )
            .on_conflict_do_nothing(
                index_elements=["conversation_id", "repeats"], index_where=ALIVE
            )
            .returning(Run.id)
        )

    def _stages(self, session: Session, repeat: Repeat, run_id: UUID) -> tuple[str, ...]:
        kept = [one.name for one in self._plan.stages if one.name not in repeat.anew]
        copied = [
            getattr(StageResult, name)
            for name in (
                "stage", "state", "progress", "artifact_type", "content_key",
                "engines", "seconds", "started_at", "finished_at",
            )
        ]  # fmt: skip
        own = {
            "run_id": literal(run_id),
            "reused": true(),
            "artifact_run_id": func.coalesce(StageResult.artifact_run_id, StageResult.run_id),
        }
        session.execute(
            insert(StageResult).from_select(
                [*(one.key for one in copied), *own],
                select(*copied, *own.values()).where(
                    StageResult.run_id == repeat.source_id, StageResult.stage.in_(kept)
                ),
            )
        )
        ready = tuple(one.name for one in self._plan.ready(kept))
        add_many(
            session,
            (
                StageResult(run_id=run_id, stage=one, state="ready" if one in ready else "pending")
                for one in repeat.anew
            ),
        )
        return ready

    def ended(self, run_ids: Collection[UUID]) -> dict[UUID, Ended]:
        """Where the runs stand; one that is not there was deleted."""
        with self._sessions.begin() as session:
            rows = session.execute(
                select(Run.id, Run.state, Run.scorecard.is_not(None), Run.reason).where(
                    Run.id.in_(run_ids)
                )
            )
            return {
                run_id: Ended(state=state, scored=scored, reason=reason)
                for run_id, state, scored, reason in rows
            }

    def withdraw(self, run_ids: Collection[UUID]) -> int:
        """Take those back that still stand in line; how many."""
        with self._sessions.begin() as session:
            gone = session.scalars(
                delete(Run)
                .where(
                    Run.id.in_(run_ids),
                    Run.source_id.is_not(None),
                    Run.state == "queued",
                    Run.admitted_at.is_(None),
                )
                .returning(Run.id)
            )
            return len(gone.all())


def _takeable(session: Session, run_id: UUID) -> tuple[str, ...]:
    """The run's stages that a claim may take: also those whose process fell silent."""
    silent = and_(StageResult.state == "running", StageResult.lease_until < func.now())
    mine = select(StageResult.stage).where(StageResult.run_id == run_id)
    return tuple(session.scalars(mine.where(or_(StageResult.state == "ready", silent))))
