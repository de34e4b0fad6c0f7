"""The poller's own requests by the real protocol, on the embedded stack's server."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from config.settings import MediaSettings, Settings
from embedded.storage import BUCKET, REGION, Storage
from models.database import Sessions
from models.tables import DeadLetter
from pipeline.uploads import ObjectHead
from tasks.intake import TRIES
from tasks.services import Services
from tests.fakes.uploads import MemoryUploads
from tests.waiting import eventually
from workers import intake_sqs
from workers.intake_sqs import hidden, poll, sqs

SHOWN_AGAIN = 1
"""Seconds, the shortest that SQS knows."""


@dataclass(frozen=True)
class Queue:
    """One of the test's own, by our client."""

    client: Any
    url: str

    def send(self, *bodies: str) -> None:
        for one in bodies:
            self.client.send_message(QueueUrl=self.url, MessageBody=one)

    def take(self, *, wait: int = 0) -> list[Any]:
        answer = self.client.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=SHOWN_AGAIN,
            WaitTimeSeconds=wait,
        )
        found: list[Any] = answer.get("Messages", [])
        return found

    def left(self) -> int:
        """Messages, whoever has them."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = self.client.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)
        return sum(int(told["Attributes"][one]) for one in names)


@pytest.fixture
def queue(storage: Storage) -> Queue:
    media = MediaSettings(
        endpoint_url=storage.endpoint_url,
        bucket=BUCKET,
        region=REGION,
        access_key=SecretStr("k"),
        secret_key=SecretStr("s"),
    )
    client = sqs(Settings(media=media))
    return Queue(client, client.create_queue(QueueName=f"test-{uuid4()}")["QueueUrl"])


class Broken(MemoryUploads):
    """A bug of ours."""

    def head(self, key: str) -> ObjectHead | None:
        raise ZeroDivisionError(key)


def event(key: str) -> str:
    record = {"eventName": "ObjectCreated:Put", "s3": {"object": {"key": key}}}
    return json.dumps({"Records": [record]})


def test_messages_that_are_worked_on_come_to_nobody_else_for_longer_than_they_were_taken(
    queue: Queue,
) -> None:
    queue.send("a", "b")
    taken = eventually(queue.take)
    assert len(taken) == 2
    with hidden(queue.client, queue.url, {"0": taken[0]["ReceiptHandle"]}, every=0.1):
        # The second one, which nobody keeps, shows that the time of both is over.
        shown = eventually(queue.take)
        assert [one["Body"] for one in shown] == [taken[1]["Body"]]
        assert queue.take() == []
    assert queue.left() == 2


def test_all_that_is_done_with_is_deleted_in_one_request(queue: Queue, made: Services) -> None:
    asked: list[str] = []
    queue.client.meta.events.register(
        "before-call.sqs", lambda model, **_: asked.append(model.name)
    )
    queue.send(*(event(f"elsewhere/{number}") for number in range(5)))
    asked.clear()
    assert eventually(lambda: poll(queue.client, queue.url, made)) == 5
    assert queue.left() == 0
    assert asked.count("DeleteMessageBatch") == 1
    assert "DeleteMessage" not in asked


def test_a_message_at_which_our_code_fails_comes_again_so_many_times_and_is_kept_as_a_dead_letter(
    queue: Queue, made: Services, database: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The count is the queue's own."""
    monkeypatch.setattr(intake_sqs, "HIDDEN", SHOWN_AGAIN)
    monkeypatch.setattr(intake_sqs, "WAIT", 2)
    broken = replace(made, uploads=Broken())
    key = "uploads/00000000-0000-0000-0000-000000000001/a.wav"
    queue.send(event(key))
    polls = 0
    while queue.left() and polls < 3 * TRIES:
        polls += poll(queue.client, queue.url, broken)
    assert polls == TRIES
    with database.begin() as session:
        found = session.execute(select(DeadLetter.media_key, DeadLetter.code)).all()
    assert [tuple(one) for one in found] == [(key, "bug-ZeroDivisionError")]
