"""A backlog of uploads on a running stack, and what is looked at while it drains."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import psutil
import redis
from sqlalchemy import func, select

from config.settings import Settings
from embedded.stack import Stack
from models.admission import Line
from models.database import Sessions
from models.enums import ConversationStatus
from models.ledger import SqlLedger
from models.run_store import RunStore
from models.runs import RUN_OVER
from models.tables import Class, Conversation, Run, User
from pipeline.plan import PLAN
from tasks.app import QUEUES
from tasks.intake import metadata, receive
from tasks.services import Services
from tests.integration import rows
from workers.toolbox import s3_media


@dataclass
class Seen:
    """What was looked at again and again."""

    messages: list[int] = field(default_factory=list)
    """In all queues of the broker together."""
    memory: list[int] = field(default_factory=list)
    """Bytes of the pool processes together."""
    files: list[int] = field(default_factory=list)
    """Open files of the pool processes together."""
    processes: set[int] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    """Runs whose conversation's status said something else."""


def group(store: Sessions, name: str) -> UUID:
    """A class."""
    with store.begin() as session:
        found = session.scalar(select(Class.id).where(Class.name == name))
        return found or rows.group(session, name).id


def upload(
    given: Settings, store: Sessions, class_id: UUID, recording: Path, count: int
) -> list[UUID]:
    """Conversations of the class, each with the recording, as intake takes them."""
    media = s3_media(given)
    made = Services(
        ledger=SqlLedger(store, PLAN),
        line=Line(store, given.workers.runs_at_once),
        runs=RunStore(store, PLAN),
        uploads=media,
        tools={},
        max_bytes=given.media.max_bytes,
    )
    with store.begin() as session:
        owner = session.scalars(select(User).where(User.username == "demo")).one()
        talks = [rows.conversation(session, owner, class_id).id for _ in range(count)]
    for talk in talks:
        key = f"uploads/{talk}/{recording.name}"
        media.upload(key, recording, metadata(learner="S2"))
        assert receive(key, made, encoded=False).outcome == "accepted"
    return talks


def watch(
    stack: Stack, store: Sessions, talks: Sequence[UUID], *, every: float, patience: float
) -> Seen:
    """Look until all of the runs are over; AssertionError when that takes longer than `patience`."""
    seen, limit = Seen(), time.monotonic() + patience
    with redis.Redis.from_url(stack.valkey.url) as broker:
        while left(store, talks):
            assert time.monotonic() < limit, f"{left(store, talks)} runs are not over"
            _look(stack, store, broker, seen)
            time.sleep(every)
        _look(stack, store, broker, seen)
    return seen


def left(store: Sessions, talks: Sequence[UUID]) -> int:
    """How many runs are not over."""
    with store.begin() as session:
        return (
            session.scalar(
                select(func.count()).where(
                    Run.conversation_id.in_(talks), Run.state.not_in(RUN_OVER)
                )
            )
            or 0
        )


def _look(stack: Stack, store: Sessions, broker: redis.Redis, seen: Seen) -> None:
    seen.messages.append(sum(int(str(broker.llen(name))) for name in QUEUES))
    pool = psutil.Process(stack.children["worker"].process.pid).children()
    seen.processes.update(one.pid for one in pool)
    seen.memory.append(sum(one.memory_info().rss for one in pool))
    seen.files.append(sum(one.num_fds() for one in pool))
    with store.begin() as session:
        found = session.execute(
            select(Run.id, Run.state, Run.scorecard.is_not(None), Conversation.status).join(
                Conversation, Conversation.id == Run.conversation_id
            )
        )
        for run_id, state, scored, status in found:
            if status != _expected(state, scored=scored):
                seen.wrong.append(f"{run_id}: {state}, scored {scored}, shown as {status}")


def _expected(state: str, *, scored: bool) -> ConversationStatus:
    if scored:
        return ConversationStatus.COMPLETED
    return {
        "queued": ConversationStatus.RECORDING,
        "running": ConversationStatus.PROCESSING,
    }.get(state, ConversationStatus.FAILED)
