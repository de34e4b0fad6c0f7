from __future__ import annotations

import threading
from uuid import UUID

import pytest
from sqlalchemy import func, select

from models.database import Sessions
from models.enums import ConversationStatus
from models.ledger import SqlLedger
from models.run_store import RunStore
from models.tables import Assignment, Class, Conversation, DeadLetter, Run, StageResult, User
from pipeline.errors import PermanentError
from pipeline.plan import PLAN
from pipeline.values import Upload
from tests.integration import rows
from tests.integration.evaluations import evaluation, saved

pytestmark = pytest.mark.database


@pytest.fixture
def store(database: Sessions) -> RunStore:
    return RunStore(database, PLAN)


@pytest.fixture
def talk(database: Sessions) -> UUID:
    with database.begin() as session:
        return rows.conversation(session, rows.user(session)).id


def sent(talk: UUID, etag: str = "1") -> Upload:
    return Upload(name="a b+ü.wav", key=f"uploads/{talk}/a b+ü.wav", size=1, etag=etag)


def test_the_same_version_of_an_object_is_one_run(
    database: Sessions, store: RunStore, talk: UUID
) -> None:
    first, new = store.create(talk, sent(talk))
    assert new
    assert store.create(talk, sent(talk)) == (first, False)
    other, new = store.create(talk, sent(talk, "2"))
    assert new
    assert other != first
    with database.begin() as session:
        stages = session.scalar(select(func.count()).select_from(StageResult))
        assert stages == 2 * len(PLAN.stages)
        assert session.get_one(Conversation, talk).audio_file_url == sent(talk).key


def test_a_video_is_noted_as_one_until_a_sound_is_shown_in_its_place(
    database: Sessions, store: RunStore, talk: UUID
) -> None:
    video, sound = f"uploads/{talk}/a.mp4", f"uploads/{talk}/a.wav"

    def noted() -> tuple[str | None, str | None]:
        with database.begin() as session:
            row = session.get_one(Conversation, talk)
            return row.audio_file_url, row.video_file_url

    store.create(talk, Upload(name="a.mp4", key=video, size=1, etag="1"))
    assert noted() == (None, video)
    later, _ = store.create(talk, Upload(name="a.wav", key=sound, size=1, etag="1"))
    assert noted() == (None, video), "nothing of the later one is shown yet"
    saved(database, later, evaluation())
    assert noted() == (sound, None)


def test_many_events_at_once_make_one_run(database: Sessions, store: RunStore, talk: UUID) -> None:
    gate, made = threading.Barrier(5), []

    def create() -> None:
        gate.wait()
        made.append(store.create(talk, sent(talk)))

    threads = [threading.Thread(target=create) for _ in range(5)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len({run_id for run_id, _ in made}) == 1
    assert sum(new for _, new in made) == 1
    with database.begin() as session:
        assert session.scalar(select(func.count()).select_from(Run)) == 1


def assignment(database: Sessions, class_id: UUID | None) -> UUID:
    with database.begin() as session:
        row = Assignment(
            class_id=class_id, title="T", description="d", instructions="i", difficulty_level="B1"
        )
        session.add(row)
        session.flush()
        return row.id


def test_an_assignment_must_be_of_the_conversations_class(
    database: Sessions, store: RunStore, talk: UUID
) -> None:
    with database.begin() as session:
        ours, theirs = rows.group(session, "Ours").id, rows.group(session, "Theirs").id
        session.get_one(Conversation, talk).class_id = ours
    for named, code in (
        (assignment(database, theirs), "foreign-assignment"),
        (UUID(int=0), "unknown-assignment"),
    ):
        with pytest.raises(PermanentError) as caught:
            store.create(talk, sent(talk), named)
        assert caught.value.code == code
    assert store.runs() == []
    mine = assignment(database, ours)
    run_id, new = store.create(talk, sent(talk), mine)
    assert new
    with database.begin() as session:
        session.delete(session.get_one(Assignment, mine))
    assert store.create(talk, sent(talk), mine) == (run_id, False), "a late event of what is known"


def test_a_conversation_that_was_deleted_meanwhile_is_told_as_such(store: RunStore) -> None:
    with pytest.raises(PermanentError) as caught:
        store.create(UUID(int=0), sent(UUID(int=0)))
    assert caught.value.code == "no-conversation"


def test_a_refusal_is_noted_once_and_told(database: Sessions, store: RunStore, talk: UUID) -> None:
    for _ in range(2):
        store.refuse(sent(talk).key, "too-large", "The file is too large.", talk)
    assert store.refusal(talk) == "The file is too large."
    with database.begin() as session:
        letter = session.scalars(select(DeadLetter)).one()
        assert (letter.run_id, letter.code) == (None, "too-large")
        assert session.get_one(Conversation, talk).status == "failed"


@pytest.mark.parametrize("status", list(ConversationStatus))
def test_a_refusal_fails_only_a_conversation_that_waits(
    database: Sessions, store: RunStore, talk: UUID, status: ConversationStatus
) -> None:
    with database.begin() as session:
        session.get_one(Conversation, talk).status = status
    store.refuse(sent(talk).key, "media-missing", "It is gone.", talk)
    waited = status == ConversationStatus.RECORDING
    with database.begin() as session:
        now = session.get_one(Conversation, talk).status
    assert now == (ConversationStatus.FAILED if waited else status)


def test_a_refusal_waits_for_an_upload_that_is_just_accepted(
    database: Sessions, store: RunStore, talk: UUID
) -> None:
    late = threading.Thread(
        target=lambda: store.refuse(sent(talk).key, "media-missing", "It is gone.", talk)
    )
    with database.begin() as session:
        # As `create` does, before its commit.
        session.get_one(Conversation, talk, with_for_update={"read": True, "key_share": True})
        session.add(Run(conversation_id=talk, lane=talk, media_key="k", media_etag="1", seed={}))
        session.flush()
        late.start()
        late.join(0.3)
        assert late.is_alive()
    late.join()
    with database.begin() as session:
        assert session.get_one(Conversation, talk).status == "recording"


def test_pollers_that_refuse_the_same_upload_at_once_note_it_once(
    database: Sessions, store: RunStore, talk: UUID
) -> None:
    noted, gate = threading.Event(), threading.Event()

    def first() -> None:
        with database.begin() as session:
            session.add(DeadLetter(media_key=sent(talk).key, code="too-large", reason="First."))
            session.flush()
            noted.set()
            gate.wait()

    threads = [
        threading.Thread(target=first),
        threading.Thread(target=lambda: store.refuse(sent(talk).key, "too-large", "2nd.", talk)),
    ]
    threads[0].start()
    assert noted.wait(10)
    threads[1].start()
    # The second one waits for the first one's commit; before there was an index it did not see it.
    threads[1].join(0.3)
    gate.set()
    for one in threads:
        one.join()
    assert store.refusal(talk) == "First."
    with database.begin() as session:
        assert len(session.scalars(select(DeadLetter)).all()) == 1
        session.add(DeadLetter(media_key=sent(talk).key, code="other", reason="Another."))


def test_runs_are_listed_newest_first_and_by_state(store: RunStore, talk: UUID) -> None:
    first, _ = store.create(talk, sent(talk, "1"))
    second, _ = store.create(talk, sent(talk, "2"))
    assert [one.id for one in store.runs()] == [second, first]
    assert [one.id for one in store.runs(limit=1)] == [second]
    assert store.runs(state="completed") == []
    newest = store.latest(talk)
    assert newest is not None
    assert newest.id == second


def test_a_stage_whose_worker_fell_silent_says_so(database: Sessions, store: RunStore) -> None:
    mine, run_id = rows.run(database)
    ledger = SqlLedger(database, PLAN)
    claim = ledger.claim(run_id, PLAN["decode"], "me")
    assert claim is not None

    def seen() -> tuple[bool, str]:
        status = store.latest(mine)
        assert status is not None
        return status.stages[0].silent, status.stages[0].told

    assert seen() == (False, "running")
    rows.kill(database)
    assert seen() == (True, "its worker fell silent, another begins it again")
    assert ledger.claim(run_id, PLAN["decode"], "another") is not None
    assert seen() == (False, "running")


def test_a_conversation_is_made_for_a_user_by_name_or_address(
    database: Sessions, store: RunStore
) -> None:
    with database.begin() as session:
        anna, group = rows.user(session, "anna").id, rows.group(session, "Ours").id
    for name in ("anna", "ANNA@example.org"):
        made = store.conversation(store.new_conversation(name, title="T", class_name="Ours"))
        assert made is not None
        assert (made.user_id, made.status) == (anna, "recording")
        with database.begin() as session:
            assert session.get_one(Conversation, made.id).class_id == group
    with pytest.raises(PermanentError, match="nobody"):
        store.new_conversation("nobody", title="T")
    with pytest.raises(PermanentError, match="Theirs"):
        store.new_conversation("anna", title="T", class_name="Theirs")
    assert store.conversation(UUID(int=0)) is None


def test_erasing_a_user_erases_the_runs(database: Sessions, store: RunStore, talk: UUID) -> None:
    store.create(talk, sent(talk))
    with database.begin() as session:
        for row in session.scalars(select(User)):
            session.delete(row)
    with database.begin() as session:
        for table in (Class, Conversation, Run, StageResult):
            assert session.scalar(select(func.count()).select_from(table)) == 0
