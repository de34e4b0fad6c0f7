"""Looks at everything Colloquy needs: reached, version, round trip, what is wrong, what to do."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from celery import Celery
from sqlalchemy.exc import ArgumentError

from config.settings import Settings
from config.tls import redis_options
from models.circuits import open_circuits
from models.database import connect, database_url, sessions
from models.migrate import current, newest
from models.rubrics import Rubrics
from pipeline.errors import ColloquyError, PermanentError
from pipeline.search import SearchFilters
from tasks.app import QUEUES
from workers.checks import Check, look
from workers.server_look import look_at
from workers.servers import ask_broker, broker_url, see_slip, server_looks
from workers.toolbox import Toolbox, grammar_checker, s3_media, search_index

LEAST_FREE = 5 * 1024**3
"""Bytes: a four-gigabyte upload and what is made of it."""

MODELS = ("transcriber", "voice_activity", "diarizer", "text_analyzer", "sentence_vectors")
"""Tools that load weights."""


ANSWER = 5.0
"""Seconds for the workers' answers: they take some hundredths, and the machine may be busy with its stages."""
ASKED = 0.5
"""Seconds of one question: nobody knows how many workers there are, so all of it is waited."""

_DATABASE = "See that PostgreSQL runs and that COLLOQUY_DATABASE__URL is right."
_BROKER = "See that Redis or Valkey runs and that COLLOQUY_BROKER__URL is right."
_MEDIA = "See that COLLOQUY_MEDIA__ENDPOINT_URL and the keys are right."
ORDER = (
    "database", "schema", "broker", "workers", "media store", "event queue", "models", "grammar",
    "search", "rubric", "circuits", "disk",
)  # fmt: skip
NEEDS = {
    "schema": "database",
    "rubric": "database",
    "circuits": "database",
    "search": "database",
    "workers": "broker",
}
"""Where no server of its own is configured."""
ADVICE = {
    "database": _DATABASE,
    "schema": _DATABASE,
    "rubric": _DATABASE,
    "circuits": _DATABASE,
    "broker": _BROKER,
    "workers": _BROKER,
    "media store": _MEDIA,
    "event queue": "See that COLLOQUY_MEDIA__QUEUE_URL and the keys are right.",
    "models": "Install the dependencies again.",
    "grammar": "See that COLLOQUY_GRAMMAR__URL is right and that LanguageTool runs there.",
    "search": "See that COLLOQUY_SEARCH__URL is right, or without it the database.",
}
"""What to do where a check fails with no advice of its own."""


def examine(settings: Settings) -> list[Check]:
    """Every check, each in its own time; what needs a server that is not well is not looked at."""
    servers = server_looks(settings)
    plain: dict[str, Callable[[Settings], str]] = {
        "schema": _schema,
        "workers": _workers,
        "event queue": _no_queue,
        "models": _models,
        "grammar": _grammar,
        "search": _search,
        "rubric": _rubric,
        "circuits": _circuits,
        "disk": _disk,
    }
    done: dict[str, Check] = {}
    for name in ORDER:
        told = partial(_sentence, ADVICE.get(name, ""))
        if name in servers:
            done[name] = look_at(name, servers[name], settings, told)
        elif (needed := NEEDS.get(name)) and not done[needed].good:
            left = f"not looked at, because of the {needed}"
            done[name] = Check(name=name, good=False, told=left, milliseconds=0.0)
        else:
            done[name] = look(name, partial(plain[name], settings), told)
    return list(done.values())


def _sentence(advice: str, error: Exception) -> str:
    if isinstance(error, ColloquyError):
        return error.sentence if error.advice else f"{error.sentence} {advice}".strip()
    first = ": " + "".join(str(error).strip().splitlines()[:1])[:120]
    if isinstance(error, ValueError | ArgumentError):
        # These quote pieces of an address, and one of them may be the password.
        first = ""
    return f"not reached ({type(error).__name__}{first}). {advice}".strip()


def _schema(settings: Settings) -> str:
    found, wanted = current(database_url(settings)), newest()
    if found != wanted:
        raise PermanentError(
            f"The schema is at {found or 'nothing'}, not at {wanted}.",
            code="schema",
            advice="Run `colloquy db upgrade`.",
        )
    return f"revision {found}"


def _workers(settings: Settings) -> str:
    # First: Celery tries for some seconds to reach a broker that is away.
    ask_broker(settings)
    url = broker_url(settings)
    options = redis_options(url, settings.broker.ca, settings.tls.least)
    limit, missing = time.monotonic() + ANSWER, set(QUEUES)
    with Celery(broker=url, broker_use_ssl=options or None, set_as_current=False) as app:
        while missing and time.monotonic() < limit:
            found = app.control.broadcast("active_queues", reply=True, timeout=ASKED) or []
            answers = {name: queues for one in found for name, queues in one.items()}
            missing = set(QUEUES) - {one["name"] for queues in answers.values() for one in queues}
    if missing:
        raise PermanentError(
            f"No worker answers for {', '.join(sorted(missing))}.",
            code="no-worker",
            advice="Start one: `celery -A workers.app worker`, or all of the stack: `colloquy up`.",
        )
    return f"{', '.join(sorted(answers))} answers"


def _no_queue(settings: Settings) -> str:
    del settings
    return "none configured: platforms call tasks.enqueue"


def _models(settings: Settings) -> str:
    folder = settings.speech.recogniser
    if folder and Path(folder).is_absolute() and not Path(folder, "model.bin").is_file():
        raise PermanentError(
            f"There is no faster-whisper model in {folder}.",
            code="model",
            advice="Set speech.recogniser to a folder with a model.bin, or leave it out.",
        )
    tools = Toolbox(settings, media=s3_media(settings))
    # An engine's name holds its package's version: one that is not installed fails here.
    return ", ".join(sorted(filter(None, (tools[name].engine for name in MODELS))))


def _grammar(settings: Settings) -> str:
    checker = grammar_checker(settings)
    see_slip(checker)
    return checker.engine


def _search(settings: Settings) -> str:
    index = search_index(settings, sessions(connect(database_url(settings), pooled=False)))
    index.search("hello", SearchFilters(limit=1))
    return index.engine


def _rubric(settings: Settings) -> str:
    """By which uploads are scored; an activation goes before the setting."""
    store = sessions(connect(database_url(settings), pooled=False))
    known = Rubrics(store, settings.stages.rubric)
    found = known.read(known.in_force())
    if found.version == settings.stages.rubric:
        return found.engine
    return f"{found.engine}, activated; the setting {settings.stages.rubric} comes after it"


def _circuits(settings: Settings) -> str:
    store = sessions(connect(database_url(settings), pooled=False))
    with store.begin() as session:
        shut = open_circuits(session)
    if shut:
        one = shut[0]
        others = f" And so for: {', '.join(more.service for more in shut[1:])}." if shut[1:] else ""
        since = f"{one.since.astimezone():%Y-%m-%d %H:%M}"
        raise PermanentError(
            f"Runs wait for the {one.service} since {since}.{others}",
            code="circuit-open",
            advice=f"{one.reason} They go on by themselves within two minutes after it is back.",
        )
    return "no run waits for a service"


def _disk(settings: Settings) -> str:
    home = settings.home
    while not home.exists():
        home = home.parent
    free = shutil.disk_usage(home).free
    if free < LEAST_FREE:
        raise PermanentError(
            f"Only {free / 1024**3:.1f} GB are free.", code="disk", advice="Make room."
        )
    return f"{free / 1024**3:.0f} GB free"
