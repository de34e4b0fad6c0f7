"""What tests ask of a running stack."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import UUID

import psutil
from sqlalchemy import func, select

from config.settings import Settings, settings
from embedded.stack import Stack
from models.database import Sessions, connect, sessions
from models.tables import ConversationEvaluation, DeadLetter, Run, StageResult
from tasks.app import app
from tests.waiting import eventually
from workers.intake_sqs import sqs

ROOT = Path(__file__).parents[2]
QUICK = "tests.quick_worker"
BEAT = "1"
"""Seconds: what a killed process held is free after three."""


@contextmanager
def taken(ports: Iterable[int]) -> Iterator[None]:
    """Somebody else listens there, if nobody does already."""
    with ExitStack() as stack:
        for port in ports:
            one = stack.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
            one.listen()
        yield


@contextmanager
def environment(**changes: str) -> Iterator[None]:
    """These variables, and none that names other servers."""
    before = dict(os.environ)
    for name in list(os.environ):
        if name.startswith("COLLOQUY_"):
            del os.environ[name]
    os.environ.update(changes)
    settings.cache_clear()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        settings.cache_clear()


@contextmanager
def running(
    home: Path, *, intake: bool = True, worker: str = QUICK, **changes: str
) -> Iterator[Stack]:
    """A stack with the quick engines and these variables; its gate is the file `gate` beside its data."""
    told = {
        "COLLOQUY_HOME": str(home),
        "COLLOQUY_TEST_GATE": str(home / "gate"),
        "COLLOQUY_RELIABILITY__HEARTBEAT_SECONDS": BEAT,
        "PYTHONPATH": str(ROOT),
    }
    with (
        environment(**told | changes),
        Stack(home, worker=worker, flower=False, intake=intake) as made,
    ):
        settings.cache_clear()
        # `enqueue` sends from this process, as a platform would: to this broker, and not the one before it.
        app.conf.broker_url = made.valkey.url
        app._after_fork()
        yield made


@contextmanager
def database_of(stack: Stack) -> Iterator[Sessions]:
    """Sessions on the stack's database."""
    engine = connect(stack.postgres.url)
    try:
        yield sessions(engine)
    finally:
        engine.dispose()


def counts(store: Sessions, conversation: UUID) -> tuple[int, int]:
    """Its runs and its evaluations."""
    with store.begin() as session:
        found = [
            session.scalar(
                select(func.count()).select_from(table).where(table.conversation_id == conversation)
            )
            for table in (Run, ConversationEvaluation)
        ]
    return found[0] or 0, found[1] or 0


def reached(gate: Path, asked: str) -> int:
    """The process that stands at the gate, when one does."""
    return int(eventually(lambda: text_of(gate.with_suffix(f".{asked}"))))


def text_of(path: Path) -> str:
    """Nothing where there is no such file."""
    return path.read_text() if path.exists() else ""


def letters(store: Sessions, key: str) -> list[str]:
    """Codes of the dead letters of an object."""
    with store.begin() as session:
        return list(session.scalars(select(DeadLetter.code).where(DeadLetter.media_key == key)))


def attempts(store: Sessions, talk: UUID) -> dict[str, int]:
    """Of each stage that was not done at the first."""
    with store.begin() as session:
        rows = session.execute(
            select(StageResult.stage, StageResult.attempt)
            .join(Run, Run.id == StageResult.run_id)
            .where(Run.conversation_id == talk)
        ).all()
    return {stage: attempt for stage, attempt in rows if attempt != 1}


def tell(given: Settings, *keys: str) -> None:
    """An event for each key, in one message."""
    records = [{"eventName": "ObjectCreated:Put", "s3": {"object": {"key": one}}} for one in keys]
    tell_text(given, json.dumps({"Records": records}))


def tell_text(given: Settings, body: str) -> None:
    """A message as it is."""
    sqs(given).send_message(QueueUrl=given.media.queue_url, MessageBody=body)


def drained(given: Settings) -> None:
    """Wait until intake has taken every message."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    client = sqs(given)

    def look() -> bool:
        answer = client.get_queue_attributes(QueueUrl=given.media.queue_url, AttributeNames=names)
        return all(answer["Attributes"][name] == "0" for name in names)

    eventually(look)


def of_home(home: Path) -> list[psutil.Process]:
    """Every living process that works on the folder."""
    found = []
    for one in psutil.process_iter():
        try:
            told = [*one.cmdline(), *one.environ().values()]
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
        if one.pid != os.getpid() and any(str(home) in text for text in told):
            found.append(one)
    return found
