"""An archive: conversations that were analysed with made-up reports, and scored as ever."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select

from models.database import Sessions
from models.evaluation_store import SqlEvaluations
from models.ledger import SqlLedger
from models.run_store import RunStore
from models.search import PostgresSearch
from models.tables import (
    Conversation,
    ConversationEvaluation,
    ConversationSegment,
    GrammarErrorRow,
    ProgressTracking,
    Run,
    SearchDocumentRow,
)
from pipeline.artifacts import freeze
from pipeline.plan import PLAN
from pipeline.reports import Report
from pipeline.rubric import Rubric, parse, shipped
from pipeline.runner import Result, Tools, run_stage
from pipeline.values import Upload
from review import archive
from tests.factories import recording, speaker_turns, transcript
from tests.fakes.quick import TALK
from tests.integration import rows
from tests.integration.commands import colloquy
from tests.report_factories import grammar_report, reports

USUAL = parse(shipped()["2026.2"])
MINE = (
    shipped()["2026.2"]
    .replace('version = "2026.2"', 'version = "mine"')
    .replace("points = 17\n", "points = 9\n")
    .replace("points = 5\n", "points = 13\n", 1)
)
"""Eight points of grammar lie on structures that now lie on slips."""
MOVED = parse(MINE)


@cache
def judged(rate: float) -> tuple[Report, ...]:
    """The five reports, with so many slips in a hundred words."""
    return (grammar_report(TALK, ("she go", "she goes"), rate=rate), *reports(TALK)[1:])


def archived(
    database: Sessions,
    owner: UUID | None = None,
    class_id: UUID | None = None,
    *,
    rate: float = 4.0,
    rubric: Rubric = USUAL,
    etag: str = "1",
) -> UUID:
    """A conversation that was uploaded, analysed and scored."""
    with database.begin() as session:
        owner = owner or rows.user(session).id
        talk = Conversation(
            user_id=owner, class_id=class_id, title="Talk", difficulty_level="B1", language="en",
            status="recording",
        )  # fmt: skip
        session.add(talk)
        session.flush()
        made = talk.id
    analysed(database, made, judged(rate), rubric=rubric, etag=etag)
    return made


def analysed(
    database: Sessions,
    talk: UUID,
    found: Sequence[Report],
    *,
    rubric: Rubric = USUAL,
    etag: str = "1",
) -> UUID:
    """An upload of the conversation and its run, from the first stage to the last."""
    upload = Upload(name="a.ogg", key=f"uploads/{talk}/a.ogg", size=9, etag=etag)
    run_id, _ = RunStore(database, PLAN).create(talk, upload)
    ledger = SqlLedger(database, PLAN)
    values = [recording(TALK.duration), transcript(TALK), speaker_turns(TALK), TALK, *found]
    for stage, value in zip(PLAN.until("comprehension").stages, values, strict=True):
        claim = ledger.claim(run_id, stage, "archive")
        assert claim is not None
        given = Result(
            artifact=freeze(value), key=f"{stage.name} {talk} {etag}", engines=(f"{stage.name} 1",),
            seconds=1.0, reused=False,
        )  # fmt: skip
        ledger.record(claim, given)
    finish(database, run_id, rubric)
    return run_id


def finish(database: Sessions, run_id: UUID, rubric: Rubric) -> None:
    """Score, persist, index, as a worker does."""
    ledger = SqlLedger(database, PLAN)
    tools: Tools = {
        "rubric": rubric,
        "evaluations": SqlEvaluations(database),
        "search_index": PostgresSearch(database),
    }
    for name in ("score", "persist", "index"):
        run_stage(PLAN, PLAN[name], run_id, owner=str(uuid4()), ledger=ledger, tools=tools)


def told(*arguments: object) -> dict[str, Any]:
    found = colloquy(*arguments, "--json")
    assert found.exit_code == 0, (found.output, found.exception)
    answer: dict[str, Any] = json.loads(found.stdout)
    return answer


def seen(database: Sessions, talk: UUID) -> dict[str, object]:
    """What readers see, with the ids of the rows."""
    with database.begin() as session:
        row = session.get_one(Conversation, talk)
        found: dict[str, object] = {
            "run": session.scalar(select(Run.id).where(Run.conversation_id == talk, Run.shown)),
            "status": str(row.status),
            "transcript": row.transcript,
            "completed": row.completed_at,
        }
        for table in (ConversationSegment, GrammarErrorRow):
            ids = select(table.id).where(table.conversation_id == talk)
            found[table.__tablename__] = sorted(session.scalars(ids))
        for name in ("overall_score", "grammar_score"):
            found[name] = session.scalars(
                select(ProgressTracking.metric_value).where(
                    ProgressTracking.metric_name == name,
                    ProgressTracking.context["conversation"].astext == str(talk),
                )
            ).one()
        documents = select(func.count()).where(SearchDocumentRow.conversation_id == talk)
        found["documents"] = session.scalar(documents)
    analysis = archive.analysis(RunStore(database, PLAN), talk)
    return found | {
        "rubric": analysis.provenance.rubric,
        "score": analysis.scores.overall.score,
        "steps": sorted(analysis.provenance.stages),
    }


def rubrics(database: Sessions, talk: UUID) -> list[str | None]:
    with database.begin() as session:
        return list(
            session.scalars(
                select(ConversationEvaluation.rubric_version)
                .where(ConversationEvaluation.conversation_id == talk)
                .order_by(ConversationEvaluation.rubric_version)
            )
        )
