"""What cannot be a correction of a conversation is refused, and changes nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from models.corrections import Corrections
from models.database import Sessions
from pipeline.errors import PermanentError
from pipeline.plan import PLAN
from review.correct import correct
from tests.integration import walked
from tests.integration.commands import colloquy, deeds, failure
from tests.integration.evaluations import forget
from tests.integration.mended import corrected, exported
from workers.transcripts import read

pytestmark = pytest.mark.usefixtures("corrector")


@pytest.fixture
def talk(database: Sessions) -> UUID:
    """S1 asks, S2 answers and says "she go"."""
    made = walked.conversation(database)
    walked.analysed(database, made)
    return made


GERMAN = (
    "Gestern bin ich mit meinem Bruder auf den Markt gegangen und wir haben zwei große Fische gekauft, "
    "weil meine Mutter kein Fleisch mag und weil wir am Abend zusammen kochen wollten, was schön war. "
)


def transcript(*segments: tuple[str, str, float | None, float | None], **told: str) -> str:
    made = [
        {"speaker": speaker, "text": said, "start": start, "end": end}
        for speaker, said, start, end in segments
    ]
    return json.dumps({"schema": "colloquy.transcript/1", "segments": made, **told})


LONG = "we walked along the river and then we went home again. " * 20


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (transcript(("Anna", LONG, None, None)), "Nobody in this conversation is named Anna."),
        (transcript(("S3", LONG, None, None)), "learner, partner, S1, S2"),
        (transcript(("S2", "Hello there.", None, None)), "Give the whole conversation"),
        (
            transcript(("S2", LONG, 0, 40), ("S2", LONG, 20, 60)),
            "S2 says two things at once from 20.0 s to 40.0 s",
        ),
        (transcript(("S2", LONG, 0, 4000)), "goes on to 4000.0 s"),
        (transcript(("S2", GERMAN * 8, None, None)), "another language"),
        (transcript(("S2", LONG, None, None), language="de"), "cannot be judged"),
        ("Hello", "no transcript of a kind"),
    ],
)
def test_a_transcript_that_cannot_be_this_conversations_is_refused(
    database: Sessions, talk: UUID, tmp_path: Path, given: str, told: str
) -> None:
    path = tmp_path / "talk.json"
    path.write_text(given, encoding="utf-8")
    assert told in failure("correct", talk, "--transcript", path)
    assert not deeds(database, talk)


def test_a_learner_that_nobody_is_and_one_that_is_already_are_refused(talk: UUID) -> None:
    assert "named S7" in failure("correct", talk, "--learner", "S7")
    assert "Nothing would change" in failure("correct", talk, "--learner", "learner")
    assert colloquy("correct", talk).exit_code == 2


def test_a_conversation_at_work_is_not_corrected(database: Sessions, talk: UUID) -> None:
    run_id = corrected(talk, "--learner", "S1")
    assert "is being analysed" in failure("correct", talk, "--learner", "S1")
    walked.finish(database, run_id)
    walked.heard(database, talk, etag="2")
    assert "is being analysed" in failure("correct", talk, "--learner", "S2")


def test_of_two_who_correct_at_once_one_is_told(
    database: Sessions, talk: UUID, tmp_path: Path
) -> None:
    corrections = Corrections(database, PLAN)
    seen = corrections.seen(talk)
    one = replace(seen.upload, learner_label="S1")
    first = corrections.begin(talk, seen.run_id, one)
    with pytest.raises(PermanentError, match="is being analysed"):
        corrections.begin(talk, seen.run_id, one)
    walked.finish(database, first)
    with pytest.raises(PermanentError, match="meanwhile"):
        corrections.begin(talk, seen.run_id, one)
    written = read(exported(database, talk, tmp_path))
    assert correct(corrections, talk, written=written)


def test_what_was_erased_or_never_judged_is_not_corrected(database: Sessions, talk: UUID) -> None:
    forget(database, talk)
    assert "erased" in failure("correct", talk, "--learner", "S1")
    fresh = walked.conversation(database)
    assert "no result that could be corrected" in failure("correct", fresh, "--learner", "S1")
