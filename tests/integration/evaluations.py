"""Runs walked up to `persist`, and evaluations to write."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

from sqlalchemy import func, select

from models.base import Base
from models.database import Sessions
from models.evaluation_store import SqlEvaluations
from models.ledger import SqlLedger
from models.run_store import RunStore
from models.search import PostgresSearch
from models.tables import Conversation, Run, StageResult, User
from pipeline.artifacts import Artifact, freeze
from pipeline.plan import PLAN
from pipeline.ports import Evaluation
from pipeline.runner import Claim, Result
from pipeline.scores import Scorecard
from pipeline.stage import Context
from pipeline.stages.index import index
from pipeline.values import EvaluationRef, Upload
from tests.factories import dialogue, recording, upload
from tests.integration import rows
from tests.report_factories import grammar_error, grammar_report, reports, scorecard

TALK = dialogue("P: Where did you go?", "L: I goed home and he go too.", "P: 😀 Nice.", "L: Yes.")
FIRST = dialogue("P: Hello there.", "L: Hi Tom.")
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
        talk = session.get_one(Run, run_id).conversation_id
    mine = Claim(run_id=run_id, conversation_id=talk, stage="persist", attempt=attempt, inputs={})
    ledger.record(mine, replace(result("persist"), artifact=freeze(ref)))
    claim = ledger.claim(run_id, PLAN["index"], "me")
    assert claim is not None
    assert ledger.record(claim, result("index")) == ()


def older(card: Scorecard | None = None) -> Evaluation:
    """Of another talk than `evaluation()`: shorter, without a slip, and better."""
    card = card or scorecard("25", "20", "20", "15", "20")
    return replace(
        evaluation(card), dialogue=FIRST, recording=recording(9.0), reports=reports(FIRST)
    )


def sent(database: Sessions, talk: UUID, name: str, task: UUID | None = None) -> UUID:
    given = Upload(name=name, key=f"uploads/{talk}/{name}", size=1, etag="1")
    return RunStore(database, PLAN).create(talk, given, task)[0]


def conversation(database: Sessions) -> UUID:
    with database.begin() as session:
        return rows.conversation(session, rows.user(session), rows.group(session).id).id


def indexed(database: Sessions, talk: UUID, search: PostgresSearch | None = None) -> None:
    """What the stage does in whichever run."""
    context = Context(
        run_id=uuid4(), conversation_id=talk, attempt=1, progress=lambda _fraction: None
    )
    ref = EvaluationRef(
        state="evaluated", evaluation_id=None, reason=None, segments=0, errors=0, lemmas=0
    )
    store = SqlEvaluations(database)
    index(ref, search_index=search or PostgresSearch(database), evaluations=store, context=context)


def forget(database: Sessions, talk: UUID) -> None:
    """The learner, and with them all that is theirs."""
    with database.begin() as session:
        session.delete(session.get_one(User, session.get_one(Conversation, talk).user_id))


def ended(database: Sessions, run_id: UUID, made: Evaluation) -> EvaluationRef:
    """Persisted, indexed, over."""
    ref = saved(database, run_id, made)
    with database.begin() as session:
        talk = session.get_one(Run, run_id).conversation_id
    indexed(database, talk)
    finish(database, run_id, ref)
    return ref
