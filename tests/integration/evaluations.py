"""Runs walked up to `persist`, and evaluations to write."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from sqlalchemy import func, select

from models.base import Base
from models.database import Sessions
from models.evaluation_store import SqlEvaluations
from models.ledger import SqlLedger
from models.run_store import RunStore
from models.tables import (
    StageResult,
)
from pipeline.artifacts import Artifact, freeze
from pipeline.plan import PLAN
from pipeline.ports import Evaluation
from pipeline.runner import Result
from pipeline.scores import Scorecard
from pipeline.values import EvaluationRef, Upload
from tests.factories import dialogue, recording, upload
from tests.report_factories import grammar_error, grammar_report, reports, scorecard

TALK = dialogue("P: Where did you go?", "L: I goed home and he go too.", "P: 😀 Nice.", "L: Yes.")
BEFORE = tuple(one.name for one in PLAN.until("score").stages)


def evaluation(card: Scorecard | None = None) -> Evaluation:
    """One counted slip, one that is not, two lemmas."""
    grammar = grammar_report(TALK, ("goed", "went"))
    unsure = grammar_error(TALK, "he go", "he goes", counted=False)
    grammar = replace(grammar, errors=(*grammar.errors, unsure))
    card = card or scorecard()
    return Evaluation(
        upload=upload(),
        recording=recording(61.4),
        dialogue=TALK,
        scorecard=card,
        reports=(grammar, *reports(TALK)[1:]),
        sha256="f" * 64,
        rubric_sha256=card.rubric_sha256,
    )


def result(name: str) -> Result:
    artifact = Artifact(type=PLAN[name].gives.__name__, body="{}")
    return Result(artifact=artifact, key=name, engines=(), seconds=0.1, reused=False)


def at_persist(database: Sessions, run_id: UUID) -> int:
    """Walk the run up to `persist` and claim it; the attempt."""
    ledger = SqlLedger(database, PLAN)
    for name in BEFORE:
        claim = ledger.claim(run_id, PLAN[name], "me")
        assert claim is not None
        ledger.record(claim, result(name))
    claim = ledger.claim(run_id, PLAN["persist"], "me")
    assert claim is not None
    return claim.attempt


def saved(
    database: Sessions, run_id: UUID, made: Evaluation, attempt: int | None = None
) -> EvaluationRef:
    attempt = at_persist(database, run_id) if attempt is None else attempt
    return SqlEvaluations(database).save(run_id, attempt, made)


def rerun(database: Sessions, talk: UUID, etag: str) -> UUID:
    sent = Upload(name="a.wav", key=f"uploads/{talk}/a.wav", size=1, etag=etag)
    return RunStore(database, PLAN).create(talk, sent)[0]


def count(database: Sessions, table: type[Base]) -> int:
    with database.begin() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def finish(database: Sessions, run_id: UUID, ref: EvaluationRef) -> None:
    """Record `persist` and `index`."""
    ledger = SqlLedger(database, PLAN)
    with database.begin() as session:
        attempt = session.get_one(StageResult, (run_id, "persist")).attempt
    claim = ledger.claim(run_id, PLAN["persist"], "me")
    assert claim is not None
    assert claim.attempt == attempt + 1, "the message came twice"
    ledger.record(claim, replace(result("persist"), artifact=freeze(ref)))
    claim = ledger.claim(run_id, PLAN["index"], "me")
    assert claim is not None
    assert ledger.record(claim, result("index")) == ()
