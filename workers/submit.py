"""Hands a recording in: the conversation's row, then the object; the bucket's event does the rest."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from uuid import UUID

from sqlalchemy.exc import OperationalError

from config.settings import Settings
from models.database import connect, database_url, sessions
from models.run_store import RunStore
from pipeline.errors import ColloquyError
from pipeline.plan import PLAN
from tasks.intake import UPLOADS, VOICES, metadata
from workers.files import learner_named, recording
from workers.toolbox import s3_media

USUAL_LEVEL = "B1"
"""Where nobody told one: a conversation's row must have a level; `colloquy submit --help` names this one."""


def submit(
    settings: Settings,
    media: Path,
    *,
    user: str,
    class_name: str | None = None,
    assignment: UUID | None = None,
    title: str | None = None,
    learner: str | None = None,
    speakers: int | None = None,
    level: str | None = None,
) -> UUID:
    """The new conversation's id; `learner` is a label (S1, S2, …) or the path of a voice sample.

    PermanentError for a file that intake would refuse, an unknown user or class: before a row is made.
    """
    most = settings.media.max_bytes
    recording(media, most)
    label, voice = learner_named(learner, most)
    runs = RunStore(sessions(connect(database_url(settings), pooled=False)), PLAN)
    conversation = runs.new_conversation(
        user,
        title=title or media.stem,
        class_name=class_name,
        assignment_id=assignment,
        language="en",
        level=level or USUAL_LEVEL,
    )
    key = f"{UPLOADS}/{conversation}/{media.name}"
    told = metadata(learner=label, speakers=speakers, level=level, assignment=assignment)
    try:
        store, row = s3_media(settings), runs.conversation(conversation)
        if voice is not None and row is not None:
            # First: the recording's event may be read at once.
            store.upload(f"{VOICES}/{row.user_id}", voice, {})
        store.upload(key, media, told)
    except BaseException as error:
        _note(runs, key, error, conversation)
        raise
    return conversation


def _note(runs: RunStore, key: str, error: BaseException, conversation: UUID) -> None:
    """Else the conversation would wait for ever for an upload that nobody sends."""
    told = error if isinstance(error, ColloquyError) else None
    code = told.code if told else "broken-off"
    reason = told.sentence if told else "The upload was broken off. Send it again."
    with suppress(OperationalError):
        runs.refuse(key, code, reason, conversation)
