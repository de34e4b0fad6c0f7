"""Runs: made once for each version of an object, and shown to people."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ScalarSelect, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import defer

from models.database import Sessions
from models.enums import ConversationStatus
from models.inputs import artifacts, seed_artifact
from models.lookups import check_assignment, class_named, user_named
from models.recordings import Recordings
from models.results import result_of
from models.rounds import Rounds
from models.runs import DeadLetter, Run, StageResult
from models.shown import NEWEST_FIRST, media, shown
from models.status import RunStatus, status_of, statuses_of
from models.tables import Assignment, Conversation, User
from pipeline.artifacts import Artifact, freeze
from pipeline.plan import Plan
from pipeline.uploads import Listed
from pipeline.values import Upload


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationRow:
    """What intake must know of a conversation."""

    id: UUID
    user_id: UUID | None
    language: str
    topic: str | None
    level: str
    status: str
    feedback_language: str | None
    """That of the user's preference; None without a user."""


class RunStore:
    """One public method is one transaction."""

    def __init__(self, sessions: Sessions, plan: Plan) -> None:
        """Make runs of the plan."""
        self._sessions, self._plan = sessions, plan
        self.rounds = Rounds(sessions)
        self.recordings = Recordings(sessions)

    def conversation(self, conversation_id: UUID) -> ConversationRow | None:
        """None when there is no such conversation."""
        with self._sessions.begin() as session:
            row = session.get(Conversation, conversation_id)
            if row is None:
                return None
            user = session.get(User, row.user_id) if row.user_id else None
            return ConversationRow(
                id=row.id,
                user_id=row.user_id,
                language=row.language,
                topic=row.topic,
                level=row.difficulty_level,
                status=str(row.status),
                feedback_language=user.language_preference if user else None,
            )

    def unknown(self, conversation_ids: set[UUID]) -> set[UUID]:
        """Those of them that no conversation has."""
        with self._sessions.begin() as session:
            found = select(Conversation.id).where(Conversation.id.in_(conversation_ids))
            return conversation_ids - set(session.scalars(found))

    def unheard(self, objects: Collection[Listed], late: timedelta) -> list[Listed]:
        """Those of which there is neither a run nor, since they were written, a refusal.

        `late` is how far the store's clock and the database's may be apart.
        """
        names = [one.key for one in objects]
        with self._sessions.begin() as session:
            runs = {
                (key, etag)
                for key, etag in session.execute(
                    select(Run.media_key, Run.media_etag).where(Run.media_key.in_(names))
                )
            }
            refused = {
                key: at
                for key, at in session.execute(
                    select(DeadLetter.media_key, func.max(DeadLetter.created_at))
                    .where(DeadLetter.run_id.is_(None), DeadLetter.media_key.in_(names))
                    .group_by(DeadLetter.media_key)
                )
                if at is not None
            }
        return [
            one
            for one in objects
            if (one.key, one.etag) not in runs
            and (one.key not in refused or refused[one.key] < one.modified - late)
        ]

    def create(
        self, conversation_id: UUID, upload: Upload, assignment_id: UUID | None = None
    ) -> tuple[UUID, bool]:
        """The run of this version of the object, and whether it is new.

        PermanentError `no-conversation`, `unknown-assignment` or `foreign-assignment`.
        """
        known = select(Run.id).where(
            Run.media_key == upload.key, Run.media_etag == upload.etag, Run.source_id.is_(None)
        )
        with self._sessions.begin() as session:
            found = session.scalar(known)
            if found is not None:
                return found, False
            check_assignment(session, conversation_id, assignment_id)
            made = session.scalar(
                insert(Run)
                .values(
                    conversation_id=conversation_id,
                    lane=_lane(conversation_id),
                    assignment_id=assignment_id,
                    media_key=upload.key,
                    media_etag=upload.etag,
                    seed=_json(upload),
                )
                .on_conflict_do_nothing(
                    index_elements=["media_key", "media_etag"], index_where=Run.source_id.is_(None)
                )
                .returning(Run.id)
            )
            if made is None:
                return session.scalars(known).one(), False
            first = {one.name for one in self._plan.ready(())}
            session.add_all(
                StageResult(
                    run_id=made, stage=one.name, state="ready" if one.name in first else "pending"
                )
                for one in self._plan.stages
            )
            audio, video = media(upload.key)
            session.execute(
                update(Conversation)
                # Later it is of the run that readers see.
                .where(
                    Conversation.id == conversation_id,
                    Conversation.audio_file_url.is_(None),
                    Conversation.video_file_url.is_(None),
                )
                .values(audio_file_url=audio, video_file_url=video)
            )
            return made, True

    def refuse(self, media_key: str, code: str, reason: str, conversation_id: UUID | None) -> None:
        """A dead letter for an upload that cannot become a run; once a key and code.

        The conversation fails only while it still waits for its first upload.
        """
        with self._sessions.begin() as session:
            session.execute(
                insert(DeadLetter)
                .values(media_key=media_key, code=code, reason=reason)
                .on_conflict_do_update(
                    index_elements=["media_key", "code"],
                    index_where=DeadLetter.run_id.is_(None),
                    # One that was dealt with is open again.
                    where=func.coalesce(DeadLetter.replayed_at, DeadLetter.discarded_at).is_not(
                        None
                    ),
                    set_={
                        "reason": reason,
                        "created_at": func.now(),
                        "replayed_at": None,
                        "discarded_at": None,
                    },
                )
            )
            if conversation_id is None:
                return
            waiting = session.scalar(
                select(Conversation)
                .where(
                    Conversation.id == conversation_id,
                    Conversation.status == ConversationStatus.RECORDING,
                )
                .with_for_update()
            )
            # A statement of its own: it sees the run of an upload that was accepted before the lock.
            made = select(Run.id).where(Run.conversation_id == conversation_id).limit(1)
            if waiting is not None and session.scalar(made) is None:
                waiting.status = ConversationStatus.FAILED

    def latest(self, conversation_id: UUID) -> RunStatus | None:
        """The conversation's newest run with its stages; None when there is none."""
        with self._sessions.begin() as session:
            run = session.scalars(
                select(Run)
                .where(Run.conversation_id == conversation_id)
                .order_by(*NEWEST_FIRST)
                .limit(1)
            ).first()
            return status_of(session, self._plan, run) if run is not None else None

    def runs(self, state: str | None = None, limit: int = 100) -> list[RunStatus]:
        """The newest runs, of one state or of all, without their stages."""
        query = select(Run).order_by(*NEWEST_FIRST).limit(limit)
        if state is not None:
            query = query.where(Run.state == state)
        with self._sessions.begin() as session:
            return statuses_of(session, session.scalars(query).all())

    def scored(self, told: UUID) -> UUID | None:
        """The run that readers of the conversation see, or the one of the evaluation or run with this id.

        None where it came to no scorecard.
        """
        with self._sessions.begin() as session:
            seen = session.scalar(shown(told))
            return seen or session.scalar(result_of(told))

    def refusal(self, conversation_id: UUID) -> str | None:
        """Why the conversation's upload was refused before it became a run."""
        with self._sessions.begin() as session:
            return session.scalar(
                select(DeadLetter.reason)
                .where(
                    DeadLetter.run_id.is_(None),
                    DeadLetter.media_key.startswith(f"uploads/{conversation_id}/"),
                )
                .order_by(DeadLetter.created_at.desc())
                .limit(1)
            )

    def artifacts(self, run_id: UUID) -> tuple[dict[str, Artifact], dict[str, StageResult]]:
        """What the run's stages gave, by type, and their rows by stage; the seed is among the types."""
        with self._sessions.begin() as session:
            run = session.get_one(Run, run_id)
            rows = session.scalars(
                select(StageResult)
                .where(StageResult.run_id == run_id)
                .options(defer(StageResult.artifact, raiseload=True))
            ).all()
            found = artifacts(session, run_id)
        found[self._plan.seed.__name__] = seed_artifact(self._plan, run)
        return found, {row.stage: row for row in rows}

    def new_conversation(
        self,
        username: str,
        *,
        title: str,
        class_name: str | None = None,
        assignment_id: UUID | None = None,
        language: str = "en",
        topic: str | None = None,
        level: str = "B1",
    ) -> UUID:
        """A conversation in the status `recording`, in the named class, else in the assignment's.

        PermanentError for an unknown user, class or assignment, or one of another class.
        """
        with self._sessions.begin() as session:
            chosen = select(Assignment.class_id).where(Assignment.id == assignment_id)
            class_id = class_named(session, class_name) if class_name else session.scalar(chosen)
            row = Conversation(
                user_id=user_named(session, username),
                class_id=class_id,
                title=title[:200],
                topic=topic,
                difficulty_level=level,
                language=language,
                status=ConversationStatus.RECORDING,
            )
            session.add(row)
            session.flush()
            check_assignment(session, row.id, assignment_id)
            return row.id

    def class_named(self, name: str) -> UUID:
        """The class's id; PermanentError for an unknown one."""
        with self._sessions.begin() as session:
            return class_named(session, name)


def _lane(conversation_id: UUID) -> ScalarSelect[UUID]:
    whose = func.coalesce(Conversation.class_id, Conversation.user_id, Conversation.id)
    return select(whose).where(Conversation.id == conversation_id).scalar_subquery()


def _json(upload: Upload) -> dict[str, object]:
    value: dict[str, object] = json.loads(freeze(upload).body)
    return value
