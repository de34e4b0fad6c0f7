"""What S3 and a platform's rows may be like between an upload and its evaluation."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn
from unittest.mock import Mock
from uuid import UUID

import pytest
from sqlalchemy import select

from config.settings import MediaSettings
from models.database import Sessions
from models.enums import ConversationStatus
from models.run_store import RunStore
from models.tables import (
    Class,
    Conversation,
    ConversationEvaluation,
    DeadLetter,
    ProgressTracking,
    Run,
    User,
)
from pipeline.plan import PLAN
from pipeline.runner import Outcome, run_stage
from pipeline.uploads import ObjectHead
from pipeline.values import Upload
from tasks.intake import receive
from tasks.services import Services
from tests.fakes.uploads import MemoryUploads
from tests.integration.evaluations import (
    conversation,
    count,
    ended,
    evaluation,
    indexed,
    saved,
    sent,
)

pytestmark = pytest.mark.usefixtures("command")


@pytest.fixture
def uploads(made: Services) -> MemoryUploads:
    assert isinstance(made.uploads, MemoryUploads)
    return made.uploads


def decoded(made: Services, run_id: UUID | None) -> Outcome:
    """One attempt at the run's first stage, with a decoder that would take anything."""
    assert run_id is not None
    tools = {"media": made.uploads, "decoder": Mock(engine="any")}
    return run_stage(PLAN, PLAN["decode"], run_id, owner="me", ledger=made.ledger, tools=tools)


def end(database: Sessions, run_id: UUID | None) -> tuple[str, str | None]:
    with database.begin() as session:
        run = session.get_one(Run, run_id)
        return run.state, run.reason_code


@pytest.mark.parametrize("status", ConversationStatus)
def test_an_upload_is_analysed_whatever_the_status_of_its_row(
    database: Sessions, made: Services, uploads: MemoryUploads, status: ConversationStatus
) -> None:
    talk = conversation(database)
    with database.begin() as session:
        session.get_one(Conversation, talk).status = status
    uploads.put(f"uploads/{talk}/a.wav")
    answer = receive(f"uploads/{talk}/a.wav", made)
    assert answer.outcome == "accepted"
    assert answer.run_id is not None
    ended(database, answer.run_id, evaluation())
    with database.begin() as session:
        assert session.get_one(Conversation, talk).status == "completed"


def test_an_event_that_comes_after_its_object_was_replaced_is_of_the_newer_one(
    database: Sessions, made: Services, uploads: MemoryUploads
) -> None:
    """Both events, in either order, find the object as it is now: one run."""
    talk = conversation(database)
    key = f"uploads/{talk}/my talk+1 東京.wav"
    for body in (b"one", b"two"):
        uploads.put(key, body)
    answers = [receive(key, made, encoded=False) for _ in range(2)]
    assert [one.outcome for one in answers] == ["accepted", "known"]
    with database.begin() as session:
        assert session.scalars(select(Run.media_etag)).all() == [uploads.heads[key].etag]


def test_an_object_deleted_between_event_and_decode_ends_its_run_with_a_reason(
    database: Sessions, made: Services, uploads: MemoryUploads
) -> None:
    talk = conversation(database)
    uploads.put(f"uploads/{talk}/a.wav")
    answer = receive(f"uploads/{talk}/a.wav", made)
    uploads.remove(f"uploads/{talk}/a.wav")
    assert decoded(made, answer.run_id) == Outcome()
    assert end(database, answer.run_id) == ("failed", "media-missing")
    with database.begin() as session:
        assert session.get_one(Conversation, talk).status == "failed"
        assert session.scalars(select(DeadLetter.reason)).one().startswith("The recording is not")


def test_of_an_object_replaced_between_event_and_decode_the_newer_one_is_seen(
    database: Sessions, made: Services, uploads: MemoryUploads
) -> None:
    talk = conversation(database)
    key = f"uploads/{talk}/a.wav"
    uploads.put(key, b"one")
    older = receive(key, made)
    uploads.put(key, b"two")
    newer = receive(key, made)
    assert newer.outcome == "accepted"
    assert newer.run_id is not None
    assert decoded(made, older.run_id) == Outcome()
    assert end(database, older.run_id) == ("failed", "replaced")
    with database.begin() as session:
        assert session.get_one(Conversation, talk).status == "processing"
    ended(database, newer.run_id, evaluation())
    assert RunStore(database, PLAN).scored(talk) == newer.run_id
    with database.begin() as session:
        assert session.get_one(Conversation, talk).status == "completed"


def test_five_gigabytes_are_refused_by_their_size_and_never_fetched(
    database: Sessions, made: Services
) -> None:
    class Huge(MemoryUploads):
        def fetch(self, key: str, etag: str = "") -> NoReturn:
            raise AssertionError((key, etag))

        def head(self, key: str) -> ObjectHead:
            return ObjectHead(size=5 * 1024**3, etag=key, metadata={})

    talk = conversation(database)
    services = Services(
        ledger=made.ledger,
        line=made.line,
        runs=made.runs,
        uploads=Huge(),
        tools={},
        max_bytes=MediaSettings().max_bytes,
    )
    answer = receive(f"uploads/{talk}/a.mp4", services)
    assert (answer.outcome, answer.run_id) == ("refused", None)
    assert answer.reason == "The file has 5.0 GB, more than the 4.0 GB allowed."
    assert count(database, Run) == 0


def test_a_class_that_is_deleted_meanwhile_does_not_stop_the_evaluation(database: Sessions) -> None:
    talk = conversation(database)
    run_id = sent(database, talk, "a.wav")
    with database.begin() as session:
        session.delete(session.get_one(Class, session.get_one(Conversation, talk).class_id))
    ended(database, run_id, evaluation())
    assert end(database, run_id) == ("completed", None)
    with database.begin() as session:
        assert session.get_one(Conversation, talk).class_id is None


def test_a_conversation_without_a_user_is_evaluated_and_moves_nobodys_curve(
    database: Sessions,
) -> None:
    talk = conversation(database)
    with database.begin() as session:
        session.get_one(Conversation, talk).user_id = None
    run_id = sent(database, talk, "a.wav")
    saved(database, run_id, evaluation())
    indexed(database, talk)
    assert count(database, ConversationEvaluation) == 1
    assert count(database, ProgressTracking) == 0


def test_an_upload_of_a_user_who_was_deleted_is_a_dead_letter(
    database: Sessions, made: Services, uploads: MemoryUploads
) -> None:
    talk = conversation(database)
    uploads.put(f"uploads/{talk}/a.wav")
    with database.begin() as session:
        session.delete(session.get_one(User, session.get_one(Conversation, talk).user_id))
    assert receive(f"uploads/{talk}/a.wav", made).outcome == "refused"
    with database.begin() as session:
        assert session.scalars(select(DeadLetter.code)).one() == "no-conversation"


def test_two_uploads_of_one_conversation_are_two_runs(
    database: Sessions, made: Services, uploads: MemoryUploads
) -> None:
    talk = conversation(database)
    for name in ("a.wav", "b.wav"):
        uploads.put(f"uploads/{talk}/{name}", b"the same sound")
    found = [receive(f"uploads/{talk}/{name}", made).run_id for name in ("b.wav", "a.wav")]
    assert len({*found}) == 2
    assert None not in found
    assert count(database, Run) == 2
    with database.begin() as session:
        seeds = session.scalars(select(Run.seed)).all()
    assert {Upload(**one).name for one in seeds} == {"a.wav", "b.wav"}


CODES = {"en-GB": "en", "English": "en", "fr": "fr"}
REFUSED = {"ja": "'ja' cannot be judged", "fr": "knows English only"}


def in_language(database: Sessions, language: str) -> UUID:
    talk = conversation(database)
    with database.begin() as session:
        session.get_one(Conversation, talk).language = language
    return talk


@pytest.mark.parametrize("language", CODES)
def test_the_language_of_a_conversation_is_known_by_its_code(
    database: Sessions, made: Services, uploads: MemoryUploads, language: str
) -> None:
    talk = in_language(database, language)
    uploads.put(f"uploads/{talk}/a.wav", b"four")
    answer = receive(f"uploads/{talk}/a.wav", replace(made, multilingual=True))
    with database.begin() as session:
        assert Upload(**session.get_one(Run, answer.run_id).seed).language == CODES[language]


@pytest.mark.parametrize("language", REFUSED)
def test_a_language_that_cannot_be_judged_is_refused_with_those_that_can(
    database: Sessions, made: Services, uploads: MemoryUploads, language: str
) -> None:
    talk = in_language(database, language)
    uploads.put(f"uploads/{talk}/a.wav", b"four")
    answer = receive(f"uploads/{talk}/a.wav", made)
    assert answer.outcome == "refused"
    assert REFUSED[language] in answer.reason
    assert "recordings in English (en)" in answer.reason
    with database.begin() as session:
        assert session.scalars(select(DeadLetter.code)).all() == ["language"]
