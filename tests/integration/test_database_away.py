"""A database that goes away in the middle of a stage: what it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from sqlalchemy.exc import OperationalError

from config.settings import ReliabilitySettings
from models.database import Sessions, connect, sessions
from models.ledger import SqlLedger
from models.tables import StageResult
from pipeline.artifacts import Artifact
from pipeline.errors import TransientError, UnavailableError
from pipeline.plan import PLAN, Plan
from pipeline.runner import Claim, Outcome, Result, run_stage
from pipeline.stage import Context, stage
from pipeline.values import Recording, Upload
from tests.factories import recording
from tests.integration import rows
from tests.servers import free_port

DECODE = PLAN["decode"]
RESULT = Result(
    artifact=Artifact(type="Recording", body="{}"), key="k", engines=(), seconds=1.0, reused=False
)


@pytest.fixture
def ledger(database: Sessions) -> SqlLedger:
    return SqlLedger(database, PLAN)


@pytest.fixture
def away() -> Iterator[Sessions]:
    engine = connect(f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none")
    yield sessions(engine)
    engine.dispose()


@pytest.fixture
def back(ledger: SqlLedger, database: Sessions, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The database is back after the first pause; the pauses."""
    pauses = list[float]()

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        ledger._sessions = database

    monkeypatch.setattr("models.database.time.sleep", pause)
    return pauses


def claimed(ledger: SqlLedger, run_id: UUID) -> Claim:
    claim = ledger.claim(run_id, DECODE, "me")
    assert claim is not None
    return claim


def row(database: Sessions, run_id: UUID) -> StageResult:
    with database.begin() as session:
        return session.get_one(StageResult, (run_id, "decode"))


@pytest.mark.parametrize(
    "ask",
    [
        lambda ledger, claim: ledger.reusable(claim, "k"),
        lambda ledger, claim: ledger.begin(claim, ("engine 1",)),
        lambda ledger, claim: ledger.parts(claim, "k"),
    ],
    ids=["reusable", "begin", "parts"],
)
def test_what_the_ledger_is_asked_in_a_stage_says_that_the_database_is_away(
    database: Sessions,
    ledger: SqlLedger,
    away: Sessions,
    ask: Callable[[SqlLedger, Claim], object],
) -> None:
    claim = claimed(ledger, rows.run(database)[1])
    ledger._sessions = away
    with pytest.raises(UnavailableError, match="The database does not answer"):
        ask(ledger, claim)


@pytest.mark.parametrize("does", ["load", "save"])
@pytest.mark.usefixtures("back")
def test_a_database_that_goes_away_in_the_middle_of_a_stage_costs_no_attempt(
    database: Sessions, ledger: SqlLedger, away: Sessions, does: str
) -> None:
    @stage(version=1)
    def decode(upload: Upload, *, context: Context) -> Recording:
        del upload
        ledger._sessions = context.parts._sessions = away  # type: ignore[attr-defined]
        if does == "save":
            context.parts.save("first", b"1")
        else:
            context.parts.load("first")
        return recording()

    _, run_id = rows.run(database)
    ledger._plan = plan = Plan(seed=Upload, stages=(decode,))
    told = run_stage(plan, plan["decode"], run_id, owner="me", ledger=ledger, tools={})
    assert told == Outcome()
    found = row(database, run_id)
    assert (found.state, found.attempt - found.waits) == ("ready", 0)
    assert (found.waiting_for, found.error_code) == ("database", "database")


def test_a_result_is_offered_again_until_the_database_is_back(
    database: Sessions, ledger: SqlLedger, away: Sessions, back: list[float]
) -> None:
    _, run_id = rows.run(database)
    claim = claimed(ledger, run_id)
    ledger._sessions = away
    assert [one.name for one in ledger.record(claim, RESULT)] == [
        one.name for one in PLAN.ready({"decode"})
    ]
    assert len(back) == 1
    assert (row(database, run_id).state, row(database, run_id).attempt) == ("done", 1)


def test_a_failure_is_told_again_until_the_database_is_back(
    database: Sessions, ledger: SqlLedger, away: Sessions, back: list[float]
) -> None:
    _, run_id = rows.run(database)
    claim = claimed(ledger, run_id)
    ledger._sessions = away
    assert ledger.fail(claim, TransientError("Something else.", code="else"))
    assert len(back) == 1
    assert row(database, run_id).error_code == "else"


def test_a_database_that_is_away_for_longer_than_a_lease_is_left_to_upkeep(
    database: Sessions, away: Sessions
) -> None:
    short = SqlLedger(database, PLAN, ReliabilitySettings(lease_seconds=0.2, heartbeat_seconds=0.1))
    claim = claimed(short, rows.run(database)[1])
    short._sessions = away
    with pytest.raises(OperationalError):
        short.record(claim, RESULT)
