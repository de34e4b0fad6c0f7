"""Dead letters of uploads that never became a run."""

from __future__ import annotations

from uuid import UUID

import pytest

from models.database import Sessions
from models.dead_letters import DeadLetters
from pipeline.plan import PLAN
from tasks import intake
from tasks.intake import receive
from tasks.services import Services
from tests.fakes.uploads import MemoryUploads
from tests.integration.commands import colloquy, deeds, failure
from tests.integration.evaluations import (
    conversation,
)

pytestmark = pytest.mark.usefixtures("command")


def test_a_refused_upload_is_looked_at_again(
    database: Sessions, made: Services, told: list[tuple[str, UUID]]
) -> None:
    talk = conversation(database)
    key = f"uploads/{talk}/my talk+1.wav"
    assert receive(key, made, encoded=False).outcome == "refused"
    (letter,) = DeadLetters(database, PLAN).open()
    assert "refused again: The object was gone" in failure("dead", "replay", letter.id)
    assert isinstance(made.uploads, MemoryUploads)
    made.uploads.put(key)
    assert "1 replayed" in colloquy("dead", "replay", letter.id).stdout
    assert [stage for stage, _ in told] == ["decode"]
    assert deeds(database, letter.id) == [("replay", {})]
    assert "already" in failure("dead", "replay", letter.id)
    made.uploads.remove(key)
    receive(key, made, encoded=False)
    assert [one.id for one in DeadLetters(database, PLAN).open()] == [letter.id], "open again"


def test_an_enqueued_upload_is_looked_for_again_and_a_wrong_message_cannot_be(
    database: Sessions, made: Services
) -> None:
    talk = conversation(database)
    intake.find(talk, made)
    (letter,) = DeadLetters(database, PLAN).open()
    assert letter.media_key == f"uploads/{talk}/"
    assert isinstance(made.uploads, MemoryUploads)
    made.uploads.put(f"uploads/{talk}/a.wav")
    assert colloquy("dead", "replay", letter.id).exit_code == 0
    intake.read_message("no event", made)
    (letter,) = DeadLetters(database, PLAN).open()
    assert "names no upload" in failure("dead", "replay", letter.id)
