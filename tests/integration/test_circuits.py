"""Services that are away: what waits, what tries, and what it costs."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select, text

from models.admission import Line
from models.circuits import OPENS
from models.database import Sessions
from models.ledger import SqlLedger
from models.run_store import RunStore
from models.status import Waiting
from models.tables import Circuit, DeadLetter, Run, StageResult
from pipeline.artifacts import Artifact
from pipeline.errors import TransientError, UnavailableError
from pipeline.plan import PLAN
from pipeline.runner import Claim, Result
from tests.integration import rows

STORE = "media store"
AWAY = UnavailableError("The media store does not answer.", code="media-store", service=STORE)
FULL = UnavailableError(
    "Too little disk space is free.", code="disk-full", service="disk space", shared=False
)
DECODE = PLAN["decode"]


@pytest.fixture
def ledger(database: Sessions) -> SqlLedger:
    return SqlLedger(database, PLAN)


@pytest.fixture
def line(database: Sessions) -> Line:
    return Line(database, 100)


def claimed(ledger: SqlLedger, run_id: UUID) -> Claim:
    claim = ledger.claim(run_id, DECODE, "me")
    assert claim is not None
    return claim


def recorded(ledger: SqlLedger, claim: Claim, *, reused: bool = False) -> None:
    artifact = Artifact(type=DECODE.gives.__name__, body="{}")
    ledger.record(claim, Result(artifact=artifact, key="k", engines=(), seconds=1.0, reused=reused))


def later(database: Sessions) -> None:
    """As if every pause were over."""
    with database.begin() as session:
        session.execute(text("UPDATE circuits SET retry_at = now() - interval '1 s'"))
        session.execute(
            text(
                "UPDATE stage_results SET next_attempt_at = now() - interval '1 s' "
                "WHERE next_attempt_at IS NOT NULL"
            )
        )


def opened(database: Sessions, ledger: SqlLedger) -> list[UUID]:
    """Runs that missed the store until its circuit opened."""
    runs = [rows.run(database, etag=f"open {n}")[1] for n in range(OPENS)]
    for one in runs:
        assert ledger.fail(claimed(ledger, one), AWAY) is None
    assert circuit(database).failures == OPENS
    return runs


def circuit(database: Sessions) -> Circuit:
    with database.begin() as session:
        return session.scalars(select(Circuit)).one()


def circuits(database: Sessions) -> list[str]:
    with database.begin() as session:
        return list(session.scalars(select(Circuit.service)))


def stage(database: Sessions, run_id: UUID) -> StageResult:
    with database.begin() as session:
        return session.get_one(StageResult, (run_id, "decode"))


def test_an_outage_of_days_uses_up_no_attempt(
    database: Sessions, ledger: SqlLedger, line: Line
) -> None:
    _, run_id = rows.run(database)
    for _ in range(10 * DECODE.attempts):
        assert ledger.fail(claimed(ledger, run_id), AWAY) is None
        later(database)
        assert line.next() == [(run_id, "decode")]
    assert ledger.bury_exhausted() == 0
    row = stage(database, run_id)
    assert (row.attempt, row.waits) == (10 * DECODE.attempts, 10 * DECODE.attempts)
    other = TransientError("Something else.", code="else")
    waits = [ledger.fail(claimed(ledger, run_id), other) for _ in range(DECODE.attempts)]
    assert [one is None for one in waits] == [False] * (DECODE.attempts - 1) + [True]
    with database.begin() as session:
        assert session.scalars(select(DeadLetter.code)).all() == ["else"]


def test_a_miss_is_waited_out_and_shown(database: Sessions, ledger: SqlLedger, line: Line) -> None:
    talk, run_id = rows.run(database)
    ledger.fail(claimed(ledger, run_id), AWAY)
    row = stage(database, run_id)
    found = RunStore(database, PLAN).latest(talk)
    assert found is not None
    assert found.waiting == Waiting(service=STORE, since=row.waiting_since)
    assert found.waiting.told.startswith("waiting for media store since ")
    assert found.stages[0].waiting == found.waiting
    assert found.stages[0].attempt == 0
    assert [one.waiting for one in RunStore(database, PLAN).runs()] == [found.waiting]
    assert line.next() == [], "its pause is not over"
    assert ledger.to_send(older_than=-1) == [], "upkeep does not hurry it"
    later(database)
    assert line.next() == [(run_id, "decode")]
    assert line.next() == [], "it is sent once"
    recorded(ledger, claimed(ledger, run_id))
    assert circuits(database) == []
    done = RunStore(database, PLAN).latest(talk)
    assert done is not None
    assert done.waiting is None


def test_an_open_circuit_holds_back_every_run_but_its_probe(
    database: Sessions, ledger: SqlLedger, line: Line
) -> None:
    waiting = opened(database, ledger)
    _, fresh = rows.run(database, etag="fresh")
    assert ledger.claim(fresh, DECODE, "me") is None, "it does not even try"
    assert stage(database, fresh).waiting_for == STORE
    assert stage(database, fresh).attempt - stage(database, fresh).waits == 0
    assert line.next() == [], "the first probe has its time"
    later(database)
    assert line.next() == [(fresh, "decode")], "one, and one that has not tried yet"
    assert line.next() == []
    claim = claimed(ledger, fresh)
    for one in waiting:
        assert ledger.claim(one, DECODE, "me") is None
    assert ledger.fail(claim, AWAY) is None
    later(database)
    ((probe, _),) = line.next()
    assert probe in waiting, "the next probe is another run"


def test_the_first_success_lets_all_go_on(
    database: Sessions, ledger: SqlLedger, line: Line
) -> None:
    waiting = opened(database, ledger)
    later(database)
    ((probe, _),) = line.next()
    recorded(ledger, claimed(ledger, probe))
    assert circuits(database) == []
    assert sorted(line.next()) == sorted((one, "decode") for one in waiting if one != probe)


def test_a_success_that_began_before_the_last_miss_tells_nothing(
    database: Sessions, ledger: SqlLedger
) -> None:
    _, early = rows.run(database, etag="early")
    before = claimed(ledger, early)
    opened(database, ledger)
    recorded(ledger, before)
    assert circuits(database) == [STORE]


def test_a_result_that_was_used_again_tells_nothing(
    database: Sessions, ledger: SqlLedger, line: Line
) -> None:
    opened(database, ledger)
    later(database)
    ((probe, _),) = line.next()
    recorded(ledger, claimed(ledger, probe), reused=True)
    assert circuits(database) == [STORE]


def test_a_probe_that_is_lost_is_followed_by_another(
    database: Sessions, ledger: SqlLedger, line: Line
) -> None:
    waiting = opened(database, ledger)
    later(database)
    assert line.next() == [(waiting[0], "decode")]
    later(database)
    assert line.next() == [(waiting[1], "decode")]


def test_many_misses_at_once_do_not_put_the_probe_off(
    database: Sessions, ledger: SqlLedger
) -> None:
    others = [rows.run(database, etag=f"busy {n}")[1] for n in range(10)]
    busy = [claimed(ledger, one) for one in others]
    opened(database, ledger)
    first = circuit(database).retry_at
    for claim in busy:
        ledger.fail(claim, AWAY)
    assert circuit(database).retry_at == first


def test_what_fails_while_the_service_works_for_others_is_no_outage(
    database: Sessions, ledger: SqlLedger, line: Line
) -> None:
    _, wrong = rows.run(database)
    for turn in range(DECODE.attempts + 1):
        assert stage(database, wrong).state == "ready"
        wait = ledger.fail(claimed(ledger, wrong), AWAY)
        assert (wait is None) == (turn in {0, DECODE.attempts})
        _, good = rows.run(database, etag=str(turn))
        recorded(ledger, claimed(ledger, good))
        later(database)
        line.next()
    with database.begin() as session:
        assert session.get_one(Run, wrong).state == "failed"
        assert session.scalars(select(DeadLetter.code)).all() == ["media-store"]


def test_a_wait_for_something_else_before_is_not_held_against_a_run(
    database: Sessions, ledger: SqlLedger
) -> None:
    _, run_id = rows.run(database)
    assert ledger.fail(claimed(ledger, run_id), FULL) is None
    opened(database, ledger)
    with database.begin() as session:
        # As a probe, so that it may try.
        session.scalars(select(Circuit)).one().probe = run_id
    assert ledger.fail(claimed(ledger, run_id), AWAY) is None
    row = stage(database, run_id)
    assert (row.attempt - row.waits, row.waiting_for) == (0, STORE)


def test_of_two_first_misses_at_once_the_earlier_is_not_charged(
    database: Sessions, ledger: SqlLedger
) -> None:
    _, run_id = rows.run(database)
    _, other = rows.run(database, etag="other")
    assert ledger.fail(claimed(ledger, other), AWAY) is None
    with database.begin() as session:
        # As if the other's transaction had begun later, and was counted first.
        session.execute(text("UPDATE circuits SET since = since + interval '1 s'"))
    for _ in range(2):
        assert ledger.fail(claimed(ledger, run_id), AWAY) is None
        with database.begin() as session:
            session.scalars(select(Circuit)).one().probe = run_id
    assert stage(database, run_id).attempt - stage(database, run_id).waits == 0


def test_what_one_machine_lacks_holds_nobody_else_back(
    database: Sessions, ledger: SqlLedger, line: Line
) -> None:
    runs = [rows.run(database, etag=str(n))[1] for n in range(OPENS + 1)]
    for one in runs:
        assert ledger.fail(claimed(ledger, one), FULL) is None
    assert circuits(database) == []
    _, elsewhere = rows.run(database, etag="elsewhere")
    recorded(ledger, claimed(ledger, elsewhere))
    assert stage(database, runs[0]).waiting_for == "disk space"
    assert line.next() == []
    later(database)
    assert line.next() == [(one, "decode") for one in runs]


def test_a_cancelled_run_is_no_probe(database: Sessions, ledger: SqlLedger, line: Line) -> None:
    waiting = opened(database, ledger)
    with database.begin() as session:
        session.get_one(Run, waiting[0]).state = "cancelled"
    later(database)
    assert line.next() == [(waiting[1], "decode")]


def test_a_circuit_that_nothing_waits_for_is_taken_away(
    database: Sessions, ledger: SqlLedger, line: Line
) -> None:
    *waiting, last = opened(database, ledger)
    with database.begin() as session:
        for one in waiting:
            session.get_one(Run, one).state = "cancelled"
    later(database)
    assert line.next() == [(last, "decode")]
    later(database)
    assert line.next() == []
    assert circuits(database) == [STORE], "its probe is on its way"
    with database.begin() as session:
        session.get_one(Run, last).state = "cancelled"
    later(database)
    assert line.next() == []
    assert circuits(database) == []


def test_a_probe_that_has_kept_a_part_lets_the_others_go_on(
    database: Sessions, ledger: SqlLedger, line: Line
) -> None:
    waiting = opened(database, ledger)
    later(database)
    ((probe, _),) = line.next()
    ledger.parts(claimed(ledger, probe), "key").save("first", b"1")
    assert circuits(database) == []
    assert sorted(line.next()) == sorted((one, "decode") for one in waiting if one != probe)
