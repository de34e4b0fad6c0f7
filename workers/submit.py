"""Hands a recording in: the conversation's row, then the object; the bucket's event does the rest."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from config.settings import Settings
from models.database import connect, database_url, sessions
from models.run_store import RunStore
from pipeline.errors import PermanentError
from pipeline.plan import PLAN
from tasks.intake import UPLOADS, metadata
from workers.toolbox import s3_media


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
) -> UUID:
    """The new conversation's id; PermanentError for a missing file, an unknown user or class."""
    if not media.is_file():
        raise PermanentError(
            f"There is no file {media}.", code="no-file", advice="Check the name and the folder."
        )
    runs = RunStore(sessions(connect(database_url(settings), pooled=False)), PLAN)
    conversation = runs.new_conversation(
        user, title=title or media.stem, class_name=class_name, language="en"
    )
    s3_media(settings).upload(
        f"{UPLOADS}/{conversation}/{media.name}",
        media,
        metadata(learner=learner, speakers=speakers, assignment=assignment),
    )
    return conversation
