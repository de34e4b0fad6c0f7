"""Puts a process's services together from the settings."""

from __future__ import annotations

from config.settings import Settings
from models.admission import Line
from models.database import connect, database_url, sessions
from models.ledger import SqlLedger
from models.rubrics import Rubrics
from models.run_store import RunStore
from pipeline.plan import PLAN
from tasks.services import Services
from workers.toolbox import Toolbox, s3_media


def make(settings: Settings, *, pooled: bool = True) -> Services:
    """The services of a worker, of intake, or, without a pool, of a command."""
    store = sessions(connect(database_url(settings), pooled=pooled))
    media = s3_media(settings)
    return Services(
        ledger=SqlLedger(store, PLAN, settings.reliability),
        line=Line(store, settings.workers.runs_at_once),
        runs=RunStore(store, PLAN),
        uploads=media,
        tools=Toolbox(settings, media=media, sessions=store),
        max_bytes=settings.media.max_bytes,
        multilingual=settings.speech.recogniser is not None,
        rubrics=Rubrics(store, settings.stages.rubric),
    )
