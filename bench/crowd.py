"""A crowd of uploads on a running stack, and what is looked at while it drains."""

from __future__ import annotations

import time
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
from tasks.intake import UPLOADS, metadata, receive
from tasks.services import Services
from workers.toolbox import s3_media


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process at one moment."""

    name: str
    pid: int
    memory: int
    """Bytes that are resident."""
    files: int
    """Open ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was seen at one moment."""

    at: float
    """Seconds, by a clock that nobody sets."""
    over: int
    """Runs that had ended."""
    left: int
    """Runs that had not."""
    messages: int
    """In all queues of the broker together."""
    processes: tuple[Process, ...]
    """The worker's pool, its parent, and upkeep."""

    @property
    def pool(self) -> tuple[Process, ...]:
        """The processes that work at stages."""
        return tuple(one for one in self.processes if one.name == "pool")


@dataclass(slots=True)
class Crowd:
    """Classes, their uploads, and looks at all runs of the stack's database."""

    given: Settings
    store: Sessions
    stack: Stack
    made: Services = field(init=False)
    looks: list[Look] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """Runs whose conversation's status said something else."""

    def __post_init__(self) -> None:
        """Once: a client takes longer to make than an upload."""
        self.made = Services(
            ledger=SqlLedger(self.store, PLAN, self.given.reliability),
            line=Line(self.store, self.given.workers.runs_at_once),
            runs=RunStore(self.store, PLAN),
            uploads=s3_media(self.given),
            tools={},
            max_bytes=self.given.media.max_bytes,
        )

    def upload(self, class_name: str, recording: Path, count: int = 1) -> list[UUID]:
        """Conversations of the class, each with the recording, as intake takes them."""
        talks = self._conversations(class_name, count)
        for talk in talks:
            key = f"{UPLOADS}/{talk}/{recording.name}"
            self.made.uploads.upload(key, recording, metadata(learner="S2"))
            answer = receive(key, self.made, encoded=False)
            if answer.outcome != "accepted":
                raise RuntimeError(f"{key}: {answer.outcome}, {answer.reason}")
        return talks

    def _conversations(self, class_name: str, count: int) -> list[UUID]:
        with self.store.begin() as session:
            owner = session.scalars(select(User).where(User.username == "demo")).one()
            group = session.scalar(select(Class).where(Class.name == class_name))
            if group is None:
                group = Class(name=class_name, teacher_id=owner.id, language="en", level="B1")
                session.add(group)
                session.flush()
            rows = [
                Conversation(
                    user_id=owner.id,
                    class_id=group.id,
                    title="Talk",
                    difficulty_level="B1",
                    language="en",
                    status=ConversationStatus.RECORDING,
                )
                for _ in range(count)
            ]
            session.add_all(rows)
            session.flush()
            return [one.id for one in rows]

    def look(self) -> Look:
        """See where everything stands, and keep it."""
        with redis.Redis.from_url(self.stack.valkey.url) as broker:
            messages = sum(int(str(broker.llen(name))) for name in QUEUES)
        over = 0
        with self.store.begin() as session:
            found = session.execute(
                select(Run.id, Run.state, Run.scorecard.is_not(None), Conversation.status).join(
                    Conversation, Conversation.id == Run.conversation_id
                )
            ).all()
        for run_id, state, scored, status in found:
            over += state in RUN_OVER
            if status != _expected(state, scored=scored):
                self.wrong.append(f"{run_id}: {state}, scored {scored}, shown as {status}")
        seen = Look(
            at=time.monotonic(),
            over=over,
            left=len(found) - over,
            messages=messages,
            processes=self._processes(),
        )
        self.looks.append(seen)
        return seen

    def left(self, talks: list[UUID]) -> int:
        """How many of their runs are not over."""
        with self.store.begin() as session:
            query = select(func.count()).where(
                Run.conversation_id.in_(talks), Run.state.not_in(RUN_OVER)
            )
            return session.scalar(query) or 0

    def _processes(self) -> tuple[Process, ...]:
        worker, upkeep = (
            psutil.Process(self.stack.children[name].process.pid) for name in ("worker", "upkeep")
        )
        named = [("parent", worker), ("upkeep", upkeep)]
        named += [("pool", one) for one in worker.children()]
        return tuple(
            Process(name=name, pid=one.pid, memory=one.memory_info().rss, files=one.num_fds())
            for name, one in named
        )


def _expected(state: str, *, scored: bool) -> ConversationStatus:
    if scored:
        return ConversationStatus.COMPLETED
    return {
        "queued": ConversationStatus.RECORDING,
        "running": ConversationStatus.PROCESSING,
    }.get(state, ConversationStatus.FAILED)
