"""Bad recordings on an upload's whole way: each run ends with its state and reason, and the next is analysed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import select

from config.settings import Settings
from models.database import Sessions
from models.run_store import RunStore
from models.tables import Conversation, DeadLetter
from pipeline.plan import PLAN
from tests import sounds
from tests.e2e.conftest import LONG
from tests.e2e.recordings import Recordings
from tests.waiting import ended
from workers.submit import submit
from workers.toolbox import s3_media


@dataclass(frozen=True)
class Case:
    """A file and what its run must tell."""

    state: str
    said: str
    code: str | None = None
    """Of its dead letter; None where there is none."""


CASES = {
    "without-index.mp4": Case("failed", "not a recording that can be read", "not-media"),
    "mute-film.mp4": Case("failed", "no sound track", "no-audio"),
    "renamed.mp3": Case("failed", "is a playlist", "playlist"),
    "empty.wav": Case("failed", "The file is empty.", "empty-file"),
    "silence.wav": Case("insufficient", "No words were heard"),
    "french.wav": Case("insufficient", "another language than English"),
    "breaks-off.wav": Case("insufficient", "The learner said"),
}


@pytest.fixture(scope="module")
def sent(
    given: Settings, store: Sessions, fixtures: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, UUID]:
    """All of them at once, then a good one."""
    folder = tmp_path_factory.mktemp("bad")
    made = Recordings(fixtures, folder)
    made.no_recordings()
    sounds.wav(folder / "silence.wav", np.zeros(160_000))
    made.french()
    made.breaks_off()
    talks = {
        name: submit(given, folder / name, user="demo", learner="S1")
        for name in CASES
        if name != "empty.wav"
    }
    # `submit` refuses this one itself; a platform that uploads on its own may not.
    runs = RunStore(store, PLAN)
    talks["empty.wav"] = runs.new_conversation("demo", title="empty", language="en")
    s3_media(given).upload(f"uploads/{talks['empty.wav']}/empty.wav", folder / "empty.wav", {})
    talks["good"] = submit(given, made.monologue(), user="demo", learner="S1")
    return talks


@pytest.mark.parametrize("name", CASES)
def test_the_run_ends_with_its_state_and_a_reason(
    sent: dict[str, UUID], store: Sessions, name: str
) -> None:
    case, found = CASES[name], ended(store, sent[name], LONG)
    assert found.state == case.state
    assert case.said in str(found.reason)
    assert str(found.reason).endswith(".")
    with store.begin() as session:
        query = select(DeadLetter.code).where(DeadLetter.run_id == found.id)
        assert session.scalars(query).all() == ([case.code] if case.code else [])
        status = session.get_one(Conversation, sent[name]).status
    assert (status == "failed") == (case.state == "failed")


def test_the_next_upload_is_analysed(sent: dict[str, UUID], store: Sessions) -> None:
    found = ended(store, sent["good"], LONG)
    assert {one.state for one in found.stages} == {"done"}
    assert found.state == "insufficient", "without a partner there is no overall score"
    assert "comprehension. Only one speaker was heard" in str(found.reason)
