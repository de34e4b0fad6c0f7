"""Intake on a real database, with the objects in memory."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote_plus
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from models.admission import Line
from models.database import Sessions
from models.enums import ConversationStatus
from models.ledger import SqlLedger
from models.run_store import RunStore
from models.tables import Conversation, DeadLetter, Run, User
from pipeline.plan import PLAN
from pipeline.uploads import ObjectHead
from pipeline.values import Upload
from tasks import dispatch
from tasks.intake import META, find, give_up, read_message, receive
from tasks.services import Services
from tests.fakes.uploads import MemoryUploads
from tests.integration import rows

NOBODYS = "9a52ab4c-6c5f-4d67-8a8a-6ad1a3c5b1f0"
"""An id that no row has."""

MOST = 1000


@pytest.fixture
def uploads() -> MemoryUploads:
    return MemoryUploads()


@pytest.fixture
def made(database: Sessions, uploads: MemoryUploads) -> Services:
    return Services(
        ledger=SqlLedger(database, PLAN),
        line=Line(database, 8),
        runs=RunStore(database, PLAN),
        uploads=uploads,
        tools={},
        max_bytes=MOST,
    )


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, UUID]]:
    """What was sent to the broker."""
    found: list[tuple[str, UUID]] = []
    monkeypatch.setattr(dispatch, "send", lambda stage, run_id: found.append((stage, run_id)))
    return found


@pytest.fixture
def talk(database: Sessions) -> UUID:
    with database.begin() as session:
        return rows.conversation(session, rows.user(session)).id


def seed(database: Sessions, run_id: UUID | None) -> Upload:
    with database.begin() as session:
        return Upload(**session.get_one(Run, run_id).seed)


def status(database: Sessions, talk: UUID) -> ConversationStatus | None:
    with database.begin() as session:
        return session.get_one(Conversation, talk).status


def letters(database: Sessions) -> list[tuple[str | None, str]]:
    with database.begin() as session:
        found = session.execute(select(DeadLetter.media_key, DeadLetter.code))
        return [(key, code) for key, code in found]


def test_an_upload_is_accepted_and_its_first_stage_sent_after_the_commit(
    made: Services,
    uploads: MemoryUploads,
    database: Sessions,
    talk: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    uploads.put(f"uploads/{talk}/a.wav", b"four")
    seen: list[tuple[str, int | None]] = []

    def look(stage: str, run_id: UUID) -> None:
        with database.begin() as session:
            found = select(func.count()).select_from(Run).where(Run.id == run_id)
            seen.append((stage, session.scalar(found)))

    monkeypatch.setattr(dispatch, "send", look)
    answer = receive(f"uploads/{talk}/a.wav", made)
    assert answer.outcome == "accepted"
    assert seen == [("decode", 1)]
    upload = seed(database, answer.run_id)
    assert (upload.name, upload.size, upload.language) == ("a.wav", 4, "en")
    assert (upload.speakers, upload.learner_label, upload.learner_voice) == (None, None, None)


@pytest.mark.parametrize("preference", ["en", "de", "zh-Hant"])
def test_feedback_is_in_the_language_that_the_learner_prefers(
    made: Services, uploads: MemoryUploads, database: Sessions, talk: UUID, preference: str
) -> None:
    with database.begin() as session:
        owner = session.get_one(Conversation, talk).user_id
        session.execute(update(User).where(User.id == owner).values(language_preference=preference))
    uploads.put(f"uploads/{talk}/a.wav", b"four")
    answer = receive(f"uploads/{talk}/a.wav", made)
    assert seed(database, answer.run_id).feedback_language == preference


def test_without_a_user_feedback_is_in_english(
    made: Services, uploads: MemoryUploads, database: Sessions, talk: UUID
) -> None:
    with database.begin() as session:
        row = session.get_one(Conversation, talk)
        owner, row.user_id = row.user_id, None
    uploads.put(f"uploads/{talk}/a.wav", b"four")
    answer = receive(f"uploads/{talk}/a.wav", made)
    upload = seed(database, answer.run_id)
    with database.begin() as session:
        # What follows starts with an empty database: rows go with their user.
        session.get_one(Conversation, talk).user_id = owner
    assert upload.feedback_language == "en"


def test_the_same_object_again_is_known_and_another_version_is_new(
    made: Services, uploads: MemoryUploads, talk: UUID, sent: Sequence[object]
) -> None:
    key = f"uploads/{talk}/a.wav"
    uploads.put(key, b"one")
    first = receive(key, made)
    assert receive(key, made).outcome == "known"
    assert receive(key, made).run_id == first.run_id
    uploads.put(key, b"two")
    assert receive(key, made).outcome == "accepted"
    assert len(sent) == 2


@pytest.mark.parametrize("name", ["my talk.wav", "a+b.wav", "100%25.wav", "Zürich 東京.m4a"])
def test_keys_come_encoded_or_as_they_are(
    made: Services, uploads: MemoryUploads, database: Sessions, talk: UUID, name: str
) -> None:
    key = f"uploads/{talk}/{name}"
    uploads.put(key)
    answer = receive(quote_plus(key, safe="/"), made)
    assert (answer.outcome, seed(database, answer.run_id).key) == ("accepted", key)
    assert receive(key, made, encoded=False).outcome == "known"
    if "%" not in name:
        assert receive(key, made).outcome == "known", "a server that does not encode"


@pytest.mark.parametrize(
    ("told", "upload"),
    [
        (
            {"learner": "S2", "speakers": "3"},
            {"learner_label": "S2", "speakers": 3, "learner_voice": None},
        ),
        ({"topic": "Food", "level": "C1"}, {"topic": "Food", "level": "C1"}),
        ({"speakers": "two"}, {"speakers": None}),
        ({"speakers": "²"}, {"speakers": None}),
        ({"speakers": "0"}, {"speakers": None}),
        ({}, {"level": "B1", "learner_voice": "voices/{user}"}),
    ],
)
def test_the_sender_tells_by_metadata(
    made: Services,
    uploads: MemoryUploads,
    database: Sessions,
    talk: UUID,
    *,
    told: Mapping[str, str],
    upload: Mapping[str, Any],
) -> None:
    with database.begin() as session:
        user = session.get_one(Conversation, talk).user_id
    uploads.put(f"voices/{user}")
    uploads.put(f"uploads/{talk}/a", metadata={META + name: one for name, one in told.items()})
    found = seed(database, receive(f"uploads/{talk}/a", made).run_id)
    for name, wanted in upload.items():
        text = wanted.format(user=user) if isinstance(wanted, str) else wanted
        assert getattr(found, name) == text


def test_what_lies_elsewhere_is_ignored(made: Services, database: Sessions) -> None:
    for key in ("derived/a.flac", "voices/a", "uploads", "x"):
        assert receive(key, made).outcome == ("refused" if key == "uploads" else "ignored")
    assert letters(database) == [("uploads", "no-conversation")]


@pytest.mark.parametrize("key", ["uploads/a.wav", "uploads/x/a.wav", f"uploads/{NOBODYS}/a.wav"])
def test_a_key_that_fits_no_conversation_is_one_dead_letter(
    made: Services, uploads: MemoryUploads, database: Sessions, key: str
) -> None:
    uploads.put(key)
    for _ in range(2):
        assert receive(key, made).outcome == "refused"
    assert letters(database) == [(key, "no-conversation")]


def test_a_file_that_is_too_large_fails_its_conversation(
    made: Services, uploads: MemoryUploads, database: Sessions, talk: UUID
) -> None:
    key = f"uploads/{talk}/a.wav"
    uploads.heads[key] = ObjectHead(size=MOST + 1, etag="1", metadata={})
    answer = receive(key, made)
    assert (answer.outcome, answer.run_id) == ("refused", None)
    assert letters(database) == [(key, "too-large")]
    assert status(database, talk) == ConversationStatus.FAILED


def test_a_late_event_of_a_lost_object_leaves_a_finished_conversation_alone(
    made: Services, database: Sessions, talk: UUID
) -> None:
    with database.begin() as session:
        session.get_one(Conversation, talk).status = ConversationStatus.COMPLETED
    assert receive(f"uploads/{talk}/my%20talk.wav", made).outcome == "refused"
    assert letters(database) == [(f"uploads/{talk}/my talk.wav", "media-missing")]
    assert status(database, talk) == ConversationStatus.COMPLETED


@pytest.mark.parametrize("assignment", ["no id", NOBODYS])
def test_an_assignment_that_does_not_exist_is_told(
    made: Services, uploads: MemoryUploads, database: Sessions, talk: UUID, assignment: str
) -> None:
    uploads.put(f"uploads/{talk}/a", metadata={META + "assignment": assignment})
    assert receive(f"uploads/{talk}/a", made).outcome == "refused"
    assert letters(database) == [(f"uploads/{talk}/a", "unknown-assignment")]


def test_a_conversation_deleted_while_its_upload_is_received_is_no_wrong_assignment(
    made: Services, uploads: MemoryUploads, database: Sessions, talk: UUID
) -> None:
    key = f"uploads/{talk}/a"
    uploads.put(key)

    class Deleting(RunStore):
        def create(
            self, conversation_id: UUID, upload: Upload, assignment_id: UUID | None = None
        ) -> tuple[UUID, bool]:
            with database.begin() as session:
                session.delete(session.get_one(Conversation, conversation_id))
            return super().create(conversation_id, upload, assignment_id)

    answer = receive(key, replace(made, runs=Deleting(database, PLAN)))
    assert answer.outcome == "refused"
    assert letters(database) == [(key, "no-conversation")]


def test_enqueued_is_the_newest_upload(
    made: Services, uploads: MemoryUploads, database: Sessions, talk: UUID
) -> None:
    assert find(talk, made).outcome == "refused"
    for name in ("b.wav", "a+%20.wav"):
        uploads.put(f"uploads/{talk}/{name}")
    assert seed(database, find(talk, made).run_id).name == "a+%20.wav"


def message(*keys: str) -> str:
    records = [{"eventName": "ObjectCreated:Put", "s3": {"object": {"key": one}}} for one in keys]
    return json.dumps({"Records": records})


def test_one_message_may_tell_of_many_objects(
    made: Services, uploads: MemoryUploads, talk: UUID
) -> None:
    uploads.put(f"uploads/{talk}/a")
    body = message("derived/x", f"uploads/{talk}/a", f"uploads/{talk}/a")
    assert [one.outcome for one in read_message(body, made)] == ["ignored", "accepted", "known"]


@pytest.mark.parametrize(
    "body", ["", "[1]", message("a%00b"), message("a" * 1025), message("\udc80")]
)
def test_a_message_that_nobody_can_read_is_a_dead_letter(
    made: Services, database: Sessions, body: str
) -> None:
    assert [one.outcome for one in read_message(body, made)] == ["refused"]
    ((key, code),) = letters(database)
    assert str(key).startswith("queue message ")
    assert code == "bad-event"


def test_giving_up_keeps_the_key(made: Services, database: Sessions, talk: UUID) -> None:
    give_up(message(f"uploads/{talk}/a+b"), KeyError("x"), made)
    assert letters(database) == [(f"uploads/{talk}/a b", "bug-KeyError")]
    assert status(database, talk) == ConversationStatus.FAILED
