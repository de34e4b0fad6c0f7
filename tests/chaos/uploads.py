"""The stream of uploads: each by a student of its own, told of twice, and known to the test when S3 has it."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote
from uuid import UUID, uuid4

from sqlalchemy import select

from config.settings import Settings
from models.database import Sessions
from models.enums import UserRole
from models.runs import RUN_OVER
from models.tables import Assignment, Class, Conversation, Run, User
from tasks.intake import UPLOADS, metadata
from tests.waiting import answered
from workers.intake_sqs import sqs
from workers.toolbox import s3_media

T = TypeVar("T")

EVERY = 2.5
"""Seconds between two uploads on average."""
MOST_OPEN = 8
"""Uploads on their way at once, as many as have their turn: to stand in line is no healing."""
PATIENCE = 300.0
"""Seconds after the last fault in which everything must have come to its end, on a busy machine."""
PAUSE = 0.3
"""Seconds until the same is asked again."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One kind of upload; all of a kind must end in the same rows."""

    name: str
    file: str
    learner: str
    handed_in: bool = False


VARIANTS = (
    Variant("completed", "short.ogg", "S2"),
    Variant("handed in", "short.ogg", "S2", handed_in=True),
    Variant("other learner", "short.ogg", "S1"),
    Variant("no recording", "broken.wav", "S2"),
)


@dataclass(frozen=True, slots=True)
class Sent:
    """An upload that S3 has accepted."""

    variant: Variant
    conversation: UUID
    user: UUID
    at: float


def patiently(action: Callable[[], T]) -> T:
    """Again until the database answers; the test itself must not fail by what it breaks."""
    return answered(action, PATIENCE, PAUSE)


def unfinished(store: Sessions, sent: Sequence[Sent]) -> list[UUID]:
    """Conversations whose run is not over, or that have none yet."""
    with store.begin() as session:
        over = set(
            session.scalars(select(Run.conversation_id).where(Run.state.in_(RUN_OVER))).all()
        )
    return [one.conversation for one in sent if one.conversation not in over]


class Uploads:
    """Sends by the servers' own addresses; `given` are the settings without proxies."""

    def __init__(self, given: Settings, store: Sessions, fixtures: Path, folder: Path) -> None:
        self.given, self._store = given, store
        self._fixtures, self._folder = fixtures, folder
        self.sent: list[Sent] = []
        (folder / "broken.wav").write_bytes(b"RIFF\0\0\0\0 no recording")

    def send(self, variant: Variant, dice: random.Random) -> Sent:
        user, conversation, assignment = patiently(lambda: self._rows(variant))
        path = self._fixtures / variant.file
        if not path.exists():
            path = self._folder / variant.file
        key = f"{UPLOADS}/{conversation}/{variant.file}"
        told = metadata(learner=variant.learner, speakers=2, assignment=assignment)
        s3_media(self.given).upload(key, path, told)
        made = Sent(variant, conversation, user, time.time())
        self.sent.append(made)
        record = {"eventName": "ObjectCreated:Put", "s3": {"object": {"key": quote(key)}}}
        sqs(self.given).send_message(
            QueueUrl=self.given.media.queue_url,
            MessageBody=json.dumps({"Records": [record]}),
            DelaySeconds=dice.randrange(10),
        )
        return made

    def stream(self, seed: int, over: threading.Event) -> None:
        """Until it is over."""
        dice = random.Random(seed)  # noqa: S311 - chance, no secret
        while not over.wait(dice.uniform(0, 2 * EVERY)):
            if len(patiently(lambda: unfinished(self._store, self.sent))) < MOST_OPEN:
                self.send(dice.choice(VARIANTS), dice)

    def _rows(self, variant: Variant) -> tuple[UUID, UUID, UUID | None]:
        with self._store.begin() as session:
            group = session.scalars(select(Class)).first()
            assert group is not None, "the seed has one"
            name = uuid4().hex
            user = User(
                email=f"{name}@example.org",
                username=name,
                password_hash="!",
                first_name="First",
                last_name="Last",
                role=UserRole.STUDENT,
            )
            session.add(user)
            session.flush()
            talk = Conversation(
                user_id=user.id,
                class_id=group.id,
                title=variant.name,
                difficulty_level="B1",
                language="en",
                status="recording",
            )
            session.add(talk)
            task = None
            if variant.handed_in:
                task = Assignment(
                    class_id=group.id,
                    title="Talk",
                    description="d",
                    instructions="i",
                    difficulty_level="B1",
                )
                session.add(task)
            session.flush()
            return user.id, talk.id, task.id if task else None
