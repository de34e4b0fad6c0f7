"""Objects of conversations that are gone."""

from __future__ import annotations

import logging
from uuid import UUID, uuid4

import pytest

from models.database import Sessions
from models.tables import Conversation
from pipeline.errors import PermanentError, UnavailableError
from tasks import orphans
from tasks.orphans import FEW, sweep_derived
from tasks.services import Services
from tests.fakes.uploads import MemoryUploads
from tests.integration import rows


@pytest.fixture
def uploads(made: Services) -> MemoryUploads:
    assert isinstance(made.uploads, MemoryUploads)
    return made.uploads


def stored(uploads: MemoryUploads, talk: UUID) -> set[str]:
    keys = {f"derived/{talk}/a.flac", f"derived/{talk}/a-ch0.flac"}
    for key in keys:
        uploads.put(key)
    return keys


def test_only_what_was_derived_for_a_conversation_that_is_gone_is_deleted(
    database: Sessions, made: Services, uploads: MemoryUploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, deleted = rows.run(database)[0], rows.run(database)[0]
    left = stored(uploads, kept) | {f"uploads/{deleted}/a.wav", "derived/notes.txt"}
    for key in left:
        uploads.put(key)
    stored(uploads, deleted)
    assert sweep_derived(made) == 0, "all of it is somebody's"
    with database.begin() as session:
        session.delete(session.get_one(Conversation, deleted))
    monkeypatch.setattr(orphans, "services", lambda: made)
    orphans.orphans()
    assert set(uploads.bodies) == left


def test_a_round_deletes_no_more_than_its_share_and_the_next_goes_on(
    made: Services, uploads: MemoryUploads
) -> None:
    for _ in range(3):
        stored(uploads, uuid4())
    assert sweep_derived(made, most=4) == 4
    assert sweep_derived(made, most=4) == 2
    assert uploads.bodies == {}


def test_a_bucket_of_conversations_that_the_database_does_not_know_is_left_alone(
    made: Services, uploads: MemoryUploads
) -> None:
    for _ in range(FEW + 1):
        stored(uploads, uuid4())
    with pytest.raises(PermanentError, match="nothing is deleted"):
        sweep_derived(made)
    assert len(uploads.bodies) == 2 * (FEW + 1)


def test_a_store_that_is_away_costs_one_round(
    made: Services,
    uploads: MemoryUploads,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    stored(uploads, uuid4())
    away = UnavailableError("It does not answer.", code="media-store", service="media store")

    def refuse(_: str) -> None:
        raise away

    monkeypatch.setattr(orphans, "services", lambda: made)
    monkeypatch.setattr(uploads, "remove", refuse)
    with caplog.at_level(logging.WARNING):
        orphans.orphans()
    assert "media-store" in caplog.text
    monkeypatch.undo()
    assert sweep_derived(made) == 2
