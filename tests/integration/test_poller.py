"""The SQS poller on a real database, while the store, the keys or our code fail."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import pytest
from celery.exceptions import Retry
from sqlalchemy import select

from models.admission import Line
from models.database import Sessions
from models.ledger import SqlLedger
from models.run_store import RunStore
from models.tables import Conversation, DeadLetter, Run
from pipeline.errors import PermanentError, TransientError, UnavailableError
from pipeline.plan import PLAN
from pipeline.uploads import ObjectHead
from tasks import dispatch, intake
from tasks.intake import TRIES, attempt, find
from tasks.intake import intake as intake_task
from tasks.services import Services
from tests.fakes.uploads import MemoryUploads
from tests.integration import rows
from workers.intake_sqs import hidden, poll

MOST = 1000


@pytest.fixture
def uploads() -> MemoryUploads:
    return MemoryUploads()


@pytest.fixture
def made(database: Sessions, uploads: MemoryUploads, monkeypatch: pytest.MonkeyPatch) -> Services:
    monkeypatch.setattr(dispatch, "send", lambda *_: None)
    return Services(
        ledger=SqlLedger(database, PLAN),
        line=Line(database, 8),
        runs=RunStore(database, PLAN),
        uploads=uploads,
        tools={},
        max_bytes=MOST,
    )


@pytest.fixture
def talk(database: Sessions) -> UUID:
    with database.begin() as session:
        return rows.conversation(session, rows.user(session)).id


def status(database: Sessions, talk: UUID) -> str:
    with database.begin() as session:
        return str(session.get_one(Conversation, talk).status)


def letters(database: Sessions) -> list[tuple[str | None, str]]:
    with database.begin() as session:
        found = session.execute(select(DeadLetter.media_key, DeadLetter.code))
        return [(key, code) for key, code in found]


def message(*keys: str) -> str:
    records = [{"eventName": "ObjectCreated:Put", "s3": {"object": {"key": one}}} for one in keys]
    return json.dumps({"Records": records})


@dataclass
class OneMessage:
    """A queue with one message that was taken so many times."""

    body: str
    tries: int = 1
    deleted: list[str] = field(default_factory=list)

    def receive_message(self, **_: object) -> dict[str, object]:
        told = {"ApproximateReceiveCount": str(self.tries)}
        return {"Messages": [{"Body": self.body, "ReceiptHandle": "r", "Attributes": told}]}

    def delete_message_batch(
        self,
        *,
        QueueUrl: str,  # noqa: N803 - boto3's names
        Entries: list[dict[str, Any]],  # noqa: N803 - the same
    ) -> dict[str, object]:
        assert QueueUrl == "url"
        self.deleted += [one["ReceiptHandle"] for one in Entries]
        return {}


class Broken(MemoryUploads):
    """Fails as it is told to."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def head(self, key: str) -> ObjectHead | None:
        del key
        raise self._error

    def newest(self, prefix: str) -> str | None:
        del prefix
        raise self._error


@dataclass
class Several(OneMessage):
    """A queue with messages by their handles, that notes what is asked of it."""

    bodies: dict[str, str] = field(default_factory=dict)
    kept: list[set[str]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    asked: threading.Event = field(default_factory=threading.Event)

    def receive_message(self, **_: object) -> dict[str, object]:
        told = {"ApproximateReceiveCount": "1"}
        return {
            "Messages": [
                {"Body": body, "ReceiptHandle": handle, "Attributes": told}
                for handle, body in self.bodies.items()
            ]
        }

    def change_message_visibility_batch(
        self,
        *,
        QueueUrl: str,  # noqa: N803 - boto3's names
        Entries: list[dict[str, Any]],  # noqa: N803 - the same
    ) -> dict[str, object]:
        assert QueueUrl == "url"
        self.kept.append({one["ReceiptHandle"] for one in Entries})
        self.asked.set()
        return {}

    def delete_message_batch(
        self,
        *,
        QueueUrl: str,  # noqa: N803 - boto3's names
        Entries: list[dict[str, Any]],  # noqa: N803 - the same
    ) -> dict[str, object]:
        super().delete_message_batch(QueueUrl=QueueUrl, Entries=Entries)
        return {"Failed": [{"Id": "0"} for _ in self.failed]}


def broken(made: Services, error: Exception) -> Services:
    return Services(
        ledger=made.ledger,
        line=made.line,
        runs=made.runs,
        uploads=Broken(error),
        tools={},
        max_bytes=MOST,
    )


def test_a_message_is_deleted_when_it_is_done_with(
    made: Services, uploads: MemoryUploads, talk: UUID
) -> None:
    uploads.put(f"uploads/{talk}/a")
    queue = OneMessage(message(f"uploads/{talk}/a"))
    assert poll(queue, "url", made) == 1
    assert queue.deleted == ["r"]


def test_a_message_stays_while_the_store_is_away(made: Services, talk: UUID) -> None:
    queue = OneMessage(message(f"uploads/{talk}/a"), tries=99)
    with pytest.raises(TransientError):
        poll(queue, "url", broken(made, TransientError("Away.", code="media-store")))
    assert queue.deleted == []


def test_what_was_done_is_deleted_in_one_request_though_the_next_message_meets_an_outage(
    made: Services, talk: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    class Half(MemoryUploads):
        def head(self, key: str) -> ObjectHead | None:
            if key.endswith("/c"):
                raise TransientError("Away.", code="media-store")
            return super().head(key)

    half = Half()
    for name in "abc":
        half.put(f"uploads/{talk}/{name}")
    queue = Several("", bodies={name: message(f"uploads/{talk}/{name}") for name in "abc"})
    queue.failed = ["a"]
    with pytest.raises(TransientError):
        poll(queue, "url", replace(made, uploads=half))
    assert queue.deleted == ["a", "b"]
    assert "1 messages were not deleted" in caplog.text


def test_messages_that_are_not_done_with_stay_hidden_while_a_slow_one_is_worked_on() -> None:
    queue, left = Several(""), {"0": "a", "1": "b"}
    with hidden(queue, "url", left, every=0.01):
        assert queue.asked.wait(30)
        assert queue.kept[0] == {"a", "b"}
        left.pop("0")
        queue.asked.clear()
        assert queue.asked.wait(30)
        # One may have been on its way.
        queue.asked.clear()
        assert queue.asked.wait(30)
        assert queue.kept[-1] == {"b"}
    known = len(queue.kept)
    assert not [one for one in threading.enumerate() if one.name == "hidden"]
    assert len(queue.kept) == known


def test_a_message_at_which_our_code_fails_does_not_loop_for_ever(
    made: Services, database: Sessions, talk: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    queue = OneMessage(message(f"uploads/{talk}/a"))
    bug = broken(made, ZeroDivisionError("Anna.wav"))
    poll(queue, "url", bug)
    assert (queue.deleted, letters(database)) == ([], [])
    queue.tries = TRIES
    poll(queue, "url", bug)
    assert queue.deleted == ["r"]
    assert letters(database) == [(f"uploads/{talk}/a", "bug-ZeroDivisionError")]
    assert "Anna" not in caplog.text


@pytest.mark.parametrize("code", ["media-refused", "no-bucket"])
def test_an_upload_outlasts_wrong_keys_and_a_wrong_bucket(
    made: Services,
    uploads: MemoryUploads,
    database: Sessions,
    talk: UUID,
    code: str,
) -> None:
    queue = OneMessage(message(f"uploads/{talk}/a"), tries=99)
    fault = broken(made, UnavailableError("No.", code=code, service="media store"))
    with pytest.raises(TransientError):
        poll(queue, "url", fault)
    with pytest.raises(TransientError):
        find(talk, fault)
    assert (queue.deleted, letters(database), status(database, talk)) == ([], [], "recording")
    uploads.put(f"uploads/{talk}/a")
    poll(queue, "url", made)
    assert queue.deleted == ["r"]
    with database.begin() as session:
        assert session.scalars(select(Run.media_key)).all() == [f"uploads/{talk}/a"]


def test_an_enqueued_upload_at_which_our_code_fails_is_tried_again_then_a_dead_letter(
    made: Services,
    database: Sessions,
    talk: UUID,
    *,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    bug = broken(made, ZeroDivisionError("Anna.wav"))
    monkeypatch.setattr(intake, "services", lambda: bug)
    with pytest.raises(Retry) as caught:
        intake_task(str(talk))
    assert caught.value.__context__ is None, "Celery would log its text"
    assert not attempt(talk, TRIES - 1, lambda: bug)
    assert (letters(database), status(database, talk)) == ([], "recording")
    assert attempt(talk, TRIES, lambda: bug)
    assert letters(database) == [(f"uploads/{talk}/", "bug-ZeroDivisionError")]
    assert status(database, talk) == "failed"
    assert "Anna" not in caplog.text


def test_an_enqueued_upload_waits_while_nothing_can_be_written(made: Services, talk: UUID) -> None:
    def no_services() -> Services:
        raise PermanentError("No.", code="no-services")

    class NoTable(RunStore):
        def conversation(self, conversation_id: UUID) -> None:
            raise LookupError(conversation_id)

    mute = replace(made, runs=NoTable(made.runs._sessions, PLAN))
    assert not attempt(talk, 99, no_services)
    assert not attempt(talk, 99, lambda: mute)


def test_what_the_store_says_for_good_is_told_to_the_conversation(
    made: Services, database: Sessions, talk: UUID
) -> None:
    find(talk, broken(made, PermanentError("Outside.", code="key")))
    assert letters(database) == [(f"uploads/{talk}/", "key")]
    assert status(database, talk) == "failed"
