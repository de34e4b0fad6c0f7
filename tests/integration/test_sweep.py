"""Uploads whose event was lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from config.settings import settings
from models.database import Sessions
from models.rounds import Look, Rounds
from models.tables import Conversation, DeadLetter, Run
from pipeline.errors import UnavailableError
from pipeline.uploads import ObjectHead
from tasks import dispatch, sweep
from tasks.intake import receive
from tasks.services import Services
from tasks.sweep import FIRST, SKEW, sweep_uploads
from tests.fakes.uploads import MemoryUploads
from tests.integration import rows
from tests.integration.stacks import counts, database_of, ended, eventually, running
from workers.submit import submit

NOW = datetime.now(UTC)
LOOK = Look(until=NOW - timedelta(hours=1), begun=NOW)


@pytest.fixture
def uploads(made: Services) -> MemoryUploads:
    assert isinstance(made.uploads, MemoryUploads)
    return made.uploads


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three objects are many, and nothing is sent."""
    monkeypatch.setattr(dispatch, "send", lambda *_: None)
    monkeypatch.setattr(sweep, "AT_ONCE", 3)


def talks(database: Sessions, number: int) -> list[UUID]:
    with database.begin() as session:
        owner = rows.user(session)
        return sorted((rows.conversation(session, owner).id for _ in range(number)), key=str)


def taken(database: Sessions) -> list[str]:
    with database.begin() as session:
        return sorted(session.scalars(select(Run.media_key)))


def letters(database: Sessions) -> list[tuple[str | None, str]]:
    with database.begin() as session:
        return [(one.media_key, one.code) for one in session.scalars(select(DeadLetter))]


def test_every_upload_without_a_run_is_taken_once(
    made: Services, uploads: MemoryUploads, database: Sessions
) -> None:
    keys = [f"uploads/{talk}/a + b%20.wav" for talk in talks(database, 7)]
    for key in keys:
        uploads.put(key)
    uploads.put(f"voices/{uuid4()}")
    receive(keys[3], made, encoded=False)
    found, after = sweep_uploads(made, LOOK)
    assert (found, taken(database)) == (6, keys)
    assert after == Look(until=NOW, begun=NOW)
    assert sweep_uploads(made, LOOK) == (0, after)


def test_a_newer_version_of_a_known_object_is_taken(
    made: Services, uploads: MemoryUploads, database: Sessions
) -> None:
    (talk,) = talks(database, 1)
    for body in (b"one", b"two"):
        uploads.put(f"uploads/{talk}/a.wav", body)
        assert sweep_uploads(made, LOOK)[0] == 1
    assert len(taken(database)) == 2


def test_only_what_was_written_since_the_last_whole_look_is_looked_up(
    made: Services, uploads: MemoryUploads, database: Sessions
) -> None:
    old, new = (f"uploads/{talk}/a.wav" for talk in talks(database, 2))
    for key in (old, new):
        uploads.put(key)
    uploads.modified = {old: LOOK.until - 2 * SKEW, new: LOOK.until - SKEW / 2}
    assert sweep_uploads(made, LOOK)[0] == 1
    assert taken(database) == [new]


def test_a_large_bucket_is_gone_through_in_several_rounds(
    made: Services, uploads: MemoryUploads, database: Sessions
) -> None:
    ids = talks(database, 5)
    for talk in ids:
        for name in "ab":
            uploads.put(f"uploads/{talk}/{name}")
    look, places = LOOK, []
    while look.until == LOOK.until:
        _, look = sweep_uploads(made, look, pages=1)
        places.append(look.place)
    assert places == [
        f"uploads/{ids[1]}",
        f"uploads/{ids[2]}",
        f"uploads/{ids[3]}",
        f"uploads/{ids[4]}",
        None,
    ]
    assert len(taken(database)) == 10
    assert look == Look(until=NOW, begun=NOW)


def test_more_objects_of_one_conversation_than_a_round_sees_do_not_stop_it(
    made: Services, uploads: MemoryUploads, database: Sessions
) -> None:
    ids = talks(database, 2)
    for name in "abcdef":
        uploads.put(f"uploads/{ids[0]}/{name}")
    uploads.put(f"uploads/{ids[1]}/last")
    look, rounds = LOOK, 0
    while look.until == LOOK.until:
        _, look = sweep_uploads(made, look, pages=1)
        rounds += 1
        assert rounds < 10
    assert f"uploads/{ids[1]}/last" in taken(database)


def test_what_belongs_to_nobody_any_more_is_left_alone(
    made: Services, uploads: MemoryUploads, database: Sessions
) -> None:
    (talk,) = talks(database, 1)
    uploads.put(f"uploads/{talk}/a.wav")
    with database.begin() as session:
        session.delete(session.get_one(Conversation, talk))
    assert sweep_uploads(made, LOOK)[0] == 0
    assert letters(database) == []


def test_a_key_that_fits_no_conversation_is_a_dead_letter_once(
    made: Services, uploads: MemoryUploads, database: Sessions
) -> None:
    uploads.put("uploads/somewhere.wav")
    for _ in range(2):
        sweep_uploads(made, LOOK)
    assert letters(database) == [("uploads/somewhere.wav", "no-conversation")]
    with database.begin() as session:
        session.scalars(select(DeadLetter)).one().discarded_at = datetime.now(UTC)
    assert sweep_uploads(made, LOOK)[0] == 0, "what was dealt with stays so"


def test_an_outage_leaves_the_look_where_it_was_and_a_bug_stops_nobody_else(
    made: Services,
    uploads: MemoryUploads,
    database: Sessions,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    first, second = (f"uploads/{talk}/Anna.wav" for talk in talks(database, 2))
    for key in (first, second):
        uploads.put(key)
    error: Exception = UnavailableError("Away.", code="media-store", service="media store")
    good = uploads.head

    def head(key: str) -> ObjectHead | None:
        if key == first:
            raise error
        return good(key)

    monkeypatch.setattr(uploads, "head", head)
    monkeypatch.setattr(sweep, "services", lambda: made)
    sweep.sweep(at_once=True)
    assert not Rounds(database).lately(sweep.TASK, 60)
    assert taken(database) == []
    error = ZeroDivisionError(first)
    sweep.sweep(at_once=True)
    assert taken(database) == [second]
    assert letters(database) == [(first, "bug-ZeroDivisionError")]
    assert Rounds(database).lately(sweep.TASK, 60)
    assert "Anna" not in caplog.text


def test_rounds_that_piled_up_are_left_out_unless_one_is_asked_for(
    made: Services, uploads: MemoryUploads, database: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "services", lambda: made)
    ids = talks(database, 2)
    sweep.sweep()
    uploads.put(f"uploads/{ids[0]}/a.wav")
    sweep.sweep()
    assert taken(database) == []
    sweep.sweep(at_once=True)
    assert len(taken(database)) == 1
    look = Rounds(database).look(sweep.TASK, FIRST)
    assert look.until > datetime.now(UTC) - timedelta(seconds=60)


def test_an_upload_that_no_event_told_of_is_analysed_once(tmp_path: Path, fixtures: Path) -> None:
    with (
        running(tmp_path, intake=False, COLLOQUY_RELIABILITY__SWEEP_SECONDS="1") as stack,
        database_of(stack) as store,
    ):
        talk = submit(settings(), fixtures / "short.ogg", user="demo", learner="S2")
        assert ended(store, talk).state == "completed"
        before = Rounds(store).look("sweep", 0).until
        eventually(lambda: Rounds(store).look("sweep", 0).until != before)
        assert counts(store, talk) == (1, 1)
