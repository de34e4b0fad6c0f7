"""Conversations that were heard by fakes and judged and persisted as a worker does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID, uuid4

from models.database import Sessions
from models.evaluation_store import SqlEvaluations
from models.ledger import SqlLedger
from models.reruns import Repeat, Reruns
from models.rubrics import Rubrics
from models.run_store import RunStore
from models.search import PostgresSearch
from models.shown import shown
from models.tables import StageResult
from pipeline.artifacts import content_key, freeze
from pipeline.plan import PLAN
from pipeline.ports import Tool
from pipeline.runner import Result, run_stage
from pipeline.values import Dialogue, Upload
from tests.factories import recording, speaker_turns, transcript
from tests.fakes.quick import TALK, quick_tools
from tests.fakes.voices import NamedMedia
from tests.integration import rows
from workers.toolbox import rubric

HEARD = ("decode", "transcribe", "diarize")
ENGINE = "fake hearing 1"


def tools(database: Sessions) -> Mapping[str, Tool]:
    return {
        **quick_tools(),
        "media": NamedMedia(),
        "rubric": rubric("2026.2"),
        "evaluations": SqlEvaluations(database),
        "search_index": PostgresSearch(database),
    }


def conversation(
    database: Sessions, class_name: str | None = None, learner: str | None = None
) -> UUID:
    """Of the learner of that user name, in the class of that name; both must be there if named."""
    with database.begin() as session:
        name = learner or rows.user(session).username
    return RunStore(database, PLAN).new_conversation(name, title="Talk", class_name=class_name)


def heard(
    database: Sessions, talk: UUID, said: Dialogue = TALK, *, etag: str = "1", learner: str = "S2"
) -> UUID:
    """The run of a recording in which this was heard, ready for `attribute`."""
    upload = Upload(
        name="a.ogg", key=f"uploads/{talk}/a.ogg", size=9, etag=etag, learner_label=learner
    )
    run_id, _ = RunStore(database, PLAN).create(talk, upload)
    hear(database, run_id, said)
    return run_id


def finish(database: Sessions, run_id: UUID) -> list[str]:
    """Walk the rest of the plan; which stages were worked on."""
    ledger, given = SqlLedger(database, PLAN), tools(database)
    left = [one for one in PLAN.stages if not _done(database, run_id, one.name)]
    for stage in left:
        run_stage(PLAN, stage, run_id, owner=str(uuid4()), ledger=ledger, tools=given)
    return [one.name for one in left if _done(database, run_id, one.name)]


def _done(database: Sessions, run_id: UUID, stage: str) -> bool:
    with database.begin() as session:
        return session.get_one(StageResult, (run_id, stage)).state == "done"


def repeated(database: Sessions, talk: UUID, stage: str) -> UUID:
    """A rerun from that stage on."""
    with database.begin() as session:
        source = session.scalar(shown(talk))
    assert source is not None
    anew = tuple(one.name for one in PLAN.stages if one.name in PLAN.following(stage))
    repeat = Repeat(conversation_id=talk, source_id=source, anew=anew, key=f"from {stage}")
    try_out = rubric("2026.2")
    Rubrics(database, try_out.version).try_out(try_out)
    return Reruns(database, PLAN).begin(repeat, rubric=try_out.version, admitted=True).run_id


def hear(database: Sessions, run_id: UUID, said: Dialogue = TALK) -> None:
    """What the stages that hear give, as far as they are to be done."""
    ledger = SqlLedger(database, PLAN)
    sound = replace(recording(said.duration), key=f"derived/{run_id}.flac")
    for name, value in zip(HEARD, (sound, transcript(said), speaker_turns(said)), strict=True):
        claim = ledger.claim(run_id, PLAN[name], "me")
        if claim is None:
            continue
        key = content_key(PLAN[name], claim.inputs, (ENGINE,))
        made = Result(artifact=freeze(value), key=key, engines=(ENGINE,), seconds=1.0, reused=False)
        ledger.record(claim, made)


def analysed(database: Sessions, talk: UUID, said: Dialogue = TALK, *, etag: str = "1") -> UUID:
    """The run, over."""
    run_id = heard(database, talk, said, etag=etag)
    finish(database, run_id)
    return run_id
