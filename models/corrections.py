"""A corrected conversation as a run: what was heard is kept of the run that readers see, the rest is made anew."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audit import note
from models.database import Sessions
from models.inputs import artifacts, seed_artifact
from models.locks import with_runs
from models.runs import RUN_OVER, Run, StageResult
from models.shown import shown
from models.tables import Conversation
from pipeline.artifacts import Artifact, content_key, freeze, thaw
from pipeline.errors import PermanentError
from pipeline.plan import Plan
from pipeline.values import Dialogue, Recording, Upload

ANEW = "attribute"
"""The first stage that a correction changes: what was heard stays as it was heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What readers see of a conversation."""

    run_id: UUID
    upload: Upload
    recording: Recording
    dialogue: Dialogue


class Corrections:
    """One public method is one transaction."""

    def __init__(self, sessions: Sessions, plan: Plan) -> None:
        """Correct runs of the plan."""
        self._sessions, self._plan = sessions, plan

    def seen(self, conversation_id: UUID) -> Seen:
        """PermanentError where there is no such conversation, nothing to correct, or work on it goes on."""
        with self._sessions.begin() as session:
            run = _correctable(session, conversation_id)
            found = artifacts(session, run.id, [one.__name__ for one in (Recording, Dialogue)])
            return Seen(
                run_id=run.id,
                upload=thaw(Upload, seed_artifact(self._plan, run)),
                recording=thaw(Recording, found[Recording.__name__]),
                dialogue=thaw(Dialogue, found[Dialogue.__name__]),
            )

    def begin(self, conversation_id: UUID, source_id: UUID, upload: Upload) -> UUID:
        """The run that judges the corrected upload, in line for the workers; who corrected is noted.

        PermanentError as `seen`, and where readers see another run than the source by now.
        """
        seed = freeze(upload).body
        with self._sessions.begin() as session:
            with_runs(session, conversation_id)
            source = _correctable(session, conversation_id)
            if source.id != source_id:
                raise PermanentError(
                    "The conversation was uploaded, rerun or corrected again meanwhile.",
                    code="overtaken",
                    advice="Look at it as it is now, and run the same command again.",
                )
            run = Run(
                conversation_id=conversation_id,
                lane=source.lane,
                media_key=source.media_key,
                media_etag=source.media_etag,
                seed=json.loads(seed),
                source_id=source.id,
                uploaded_at=source.uploaded_at,
                repeats=hashlib.sha256(f"{source.id} {seed}".encode()).hexdigest(),
            )
            session.add(run)
            session.flush()
            self._stages(session, source, run)
            note(
                session,
                "correct",
                "conversation",
                conversation_id,
                run=str(run.id),
                lines=len(upload.correction.lines) if upload.correction else None,
                learner=upload.learner_label,
            )
            return run.id

    def _stages(self, session: Session, source: Run, run: Run) -> None:
        """Kept under the keys that they would have been made under, so that a rerun of this run finds them."""
        anew = self._plan.following(ANEW)
        rows = session.scalars(select(StageResult).where(StageResult.run_id == source.id))
        held = {row.stage: row for row in rows}
        known = artifacts(session, source.id) | {
            self._plan.seed.__name__: seed_artifact(self._plan, run)
        }
        kept = [one for one in self._plan.stages if one.name not in anew]
        for stage in kept:
            row = held[stage.name]
            inputs: dict[str, Artifact] = {kind: known[kind] for kind in self._plan.inputs(stage)}
            session.add(
                StageResult(
                    run_id=run.id,
                    stage=stage.name,
                    state="done",
                    progress=1,
                    artifact_type=row.artifact_type,
                    artifact_run_id=row.artifact_run_id or source.id,
                    content_key=content_key(stage, inputs, row.engines or ()),
                    engines=row.engines,
                    seconds=row.seconds,
                    reused=True,
                    started_at=row.started_at,
                    finished_at=row.finished_at,
                )
            )
        ready = {one.name for one in self._plan.ready([one.name for one in kept])}
        session.add_all(
            StageResult(run_id=run.id, stage=one, state="ready" if one in ready else "pending")
            for one in anew
        )


def _correctable(session: Session, conversation_id: UUID) -> Run:
    """The run that readers see, while nothing is at work that may change it."""
    if session.get(Conversation, conversation_id) is None:
        raise PermanentError(
            "There is no such conversation: it was erased, or the id is wrong.",
            code="no-conversation",
            advice="`colloquy runs` lists those that there are.",
        )
    at_work = select(Run.id).where(
        Run.conversation_id == conversation_id,
        Run.state.not_in(RUN_OVER),
        Run.scorecard.is_(None),
    )
    if session.scalar(at_work.limit(1)) is not None:
        raise PermanentError(
            "The conversation is being analysed.",
            code="at-work",
            advice=f"Correct it when that is over; `colloquy status {conversation_id}` tells.",
        )
    run = session.scalar(select(Run).where(Run.id == shown(conversation_id).scalar_subquery()))
    if run is None:
        raise PermanentError(
            "The conversation has no result that could be corrected.",
            code="not-scored",
            advice=f"`colloquy status {conversation_id}` says what became of it.",
        )
    return run
