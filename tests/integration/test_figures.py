"""What the metrics read from a real ledger."""

from __future__ import annotations

import threading
import urllib.request
from pathlib import Path
from urllib.error import URLError
from uuid import UUID

import pytest
import redis
from kombu import Connection
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from sqlalchemy import text

from config.settings import BrokerSettings, DatabaseSettings, MetricsSettings, Settings
from embedded.postgres import Postgres
from embedded.process import free_port
from embedded.valkey import Valkey
from models.admission import Line
from models.database import Sessions
from models.dead_letters import DeadLetters
from models.failures import forget_old
from models.figures import Group, Standing, standing
from models.ledger import SqlLedger
from models.rounds import Rounds
from models.tables import Run, StageFailure
from pipeline.artifacts import freeze
from pipeline.errors import PermanentError, TransientError, UnavailableError
from pipeline.plan import PLAN
from pipeline.runner import Claim, Result
from tasks.app import app
from tests.factories import recording
from tests.integration import rows
from tests.integration.evaluations import result
from tests.waiting import eventually
from workers import metrics
from workers.counts import Counts, Tail
from workers.gauges import of_ledger

AWAY = UnavailableError("It is away.", code="media-store", service="media store")


@pytest.fixture
def ledger(database: Sessions) -> SqlLedger:
    return SqlLedger(database, PLAN)


def stands(database: Sessions) -> Standing:
    with database.begin() as session:
        return standing(session, PLAN)


def counted(groups: tuple[Group, ...]) -> dict[tuple[str, str], int]:
    return {(one.name, one.state): one.count for one in groups}


def claim(ledger: SqlLedger, run_id: UUID, stage: str = "decode") -> Claim:
    found = ledger.claim(run_id, PLAN[stage], "me")
    assert found is not None
    return found


def walk(ledger: SqlLedger, run_id: UUID, *, sound: float = 60.0) -> None:
    """Every stage comes through."""
    for one in PLAN.stages:
        gave = result(one.name)
        if one.name == "decode":
            gave = Result(
                artifact=freeze(recording(sound)), key="k", engines=(), seconds=2.0, reused=False
            )
        ledger.record(claim(ledger, run_id, one.name), gave)


def backdate(database: Sessions, column: str, seconds: float, table: str = "runs") -> None:
    with database.begin() as session:
        # No trigger, which would set `updated_at`.
        session.execute(text("SET LOCAL session_replication_role = 'replica'"))
        session.execute(
            text(f"UPDATE {table} SET {column} = {column} - make_interval(secs => :seconds)"),  # noqa: S608 - our own names
            {"seconds": seconds},
        )


def test_runs_are_in_line_then_queued_then_running(database: Sessions, ledger: SqlLedger) -> None:
    assert stands(database) == Standing(runs=(), stages=(), dead=(), circuits=(), rounds=())
    _, first = rows.run(database)
    with database.begin() as session:
        session.get_one(Run, first).admitted_at = None
    backdate(database, "created_at", 500)
    (waiting,) = stands(database).runs
    assert (waiting.name, waiting.count) == ("in-line", 1)
    assert 500 <= waiting.oldest < 560
    assert stands(database).stages == (), "nothing of it is in the broker"
    Line(database, 8).next()
    assert counted(stands(database).runs) == {("queued", ""): 1}
    assert counted(stands(database).stages) == {("decode", "ready"): 1}
    claim(ledger, first)
    assert counted(stands(database).runs) == {("running", ""): 1}
    assert counted(stands(database).stages) == {("decode", "running"): 1}


def test_the_age_of_a_message_is_that_of_what_made_it_ready(
    database: Sessions, ledger: SqlLedger
) -> None:
    _, run_id = rows.run(database)
    backdate(database, "admitted_at", 1000)
    assert 1000 <= stands(database).stages[0].oldest < 1060
    # Sent again by upkeep, which does not make it younger.
    ledger.to_send(0)
    assert 1000 <= stands(database).stages[0].oldest < 1060
    ledger.record(claim(ledger, run_id), result("decode"))
    backdate(database, "finished_at", 400, "stage_results")
    ages = {one.name: one.oldest for one in stands(database).stages}
    assert set(ages) == {"transcribe", "diarize"}
    assert all(400 <= age < 460 for age in ages.values())


def test_a_stage_that_waits_for_a_service_or_for_its_next_attempt_keeps_no_worker_busy(
    database: Sessions, ledger: SqlLedger
) -> None:
    runs = [rows.run(database, etag=str(n))[1] for n in range(4)]
    backdate(database, "admitted_at", 1000)
    ledger.fail(claim(ledger, runs[3]), TransientError("Again.", code="busy"))
    for run_id in runs[:3]:
        ledger.fail(claim(ledger, run_id), AWAY)
    told = stands(database)
    assert counted(told.stages) == {("decode", "waiting"): 3, ("decode", "ready"): 1}
    assert all(one.oldest < 60 for one in told.stages)
    (circuit,) = told.circuits
    assert (circuit.name, circuit.count) == ("media store", 3)


def test_open_dead_letters_by_code_bugs_as_one(database: Sessions, ledger: SqlLedger) -> None:
    for n, error in enumerate((ZeroDivisionError("x"), KeyError("y"))):
        _, run_id = rows.run(database, etag=f"bug {n}")
        for _ in range(PLAN["decode"].attempts):
            ledger.fail(claim(ledger, run_id), error)
    _, run_id = rows.run(database)
    ledger.fail(claim(ledger, run_id), PermanentError("No sound.", code="no-sound"))
    assert counted(stands(database).dead) == {("bug", ""): 2, ("no-sound", ""): 1}
    letters = DeadLetters(database, PLAN)
    letters.discard([letters.open(code="no-sound")[0].id])
    assert counted(stands(database).dead) == {("bug", ""): 2}


def test_rounds_are_as_old_as_their_last_end(database: Sessions) -> None:
    Rounds(database).ended("upkeep")
    backdate(database, "ended_at", 100, "rounds")
    (told,) = stands(database).rounds
    assert told.name == "upkeep"
    assert 100 <= told.oldest < 160
    Rounds(database).ended("upkeep")
    assert stands(database).rounds[0].oldest < 60


def test_every_end_is_counted_once_however_often_it_is_seen(
    database: Sessions, ledger: SqlLedger
) -> None:
    registry, tail = CollectorRegistry(), Tail(database)
    counts = Counts(registry)
    _, before = rows.run(database, etag="before")
    walk(ledger, before)
    counts.add(tail.fresh())
    assert registry.get_sample_value("colloquy_runs_ended_total", {"state": "completed"}) == 0
    _, run_id = rows.run(database)
    ledger.fail(claim(ledger, run_id), ZeroDivisionError("secret"))
    ledger.fail(claim(ledger, run_id), AWAY)
    walk(ledger, run_id, sound=61.4)
    for _ in range(3):
        counts.add(tail.fresh())

    def value(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(f"colloquy_{name}", labels)

    assert value("runs_ended_total", state="completed") == 1
    assert value("stages_ended_total", stage="score", reused="false") == 1
    assert value("stage_attempts_total", stage="decode") == 2, "the wait costs none"
    assert value("stage_seconds_sum", stage="decode") == 2.0
    assert value("stage_seconds_count", stage="decode") == 1
    assert value("stage_failures_total", stage="decode", code="bug", outcome="again") == 1
    assert value("stage_failures_total", stage="decode", code="media-store", outcome="waits") == 1
    assert (value("audio_seconds_in_total"), value("audio_seconds_out_total")) == (61.4, 61.4)
    assert value("run_seconds_count") == 1


def test_an_end_that_becomes_visible_late_is_counted_all_the_same(
    database: Sessions, ledger: SqlLedger
) -> None:
    tail = Tail(database)
    _, run_id = rows.run(database)
    held = claim(ledger, run_id)
    tail.fresh()
    ledger.record(held, result("decode"))
    # As where the transaction that recorded it began before the look and ended after it.
    backdate(database, "finished_at", 30, "stage_results")
    assert [one.stage for one in tail.fresh().stages] == ["decode"]
    assert tail.fresh().stages == ()


def test_failures_are_forgotten_after_a_month(database: Sessions, ledger: SqlLedger) -> None:
    _, run_id = rows.run(database)
    ledger.fail(claim(ledger, run_id), AWAY)
    for days, left in ((29, 1), (2, 0)):
        backdate(database, "at", days * 24 * 3600, "stage_failures")
        with database.begin() as session:
            forget_old(session)
            assert session.query(StageFailure).count() == left


def test_gauges_name_every_state_and_queue_even_where_nothing_is() -> None:
    empty = Standing(runs=(), stages=(), dead=(), circuits=(), rounds=())
    found = {one.name: one.samples for one in of_ledger(empty)}
    assert {one.labels["state"] for one in found["colloquy_runs"]} == {
        "in-line",
        "queued",
        "running",
    }
    assert {one.labels["queue"] for one in found["colloquy_queue_oldest_seconds"]} == {
        "cpu",
        "gpu",
        "io",
    } & {one.resource for one in PLAN.stages}


def test_a_broker_that_goes_away_between_two_questions_is_not_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    valkey = Valkey(tmp_path)
    valkey.start()
    app.conf.broker_url = valkey.url
    app._after_fork()
    answered = Connection.ensure_connection

    def answered_once_more(connection: Connection, **given: float) -> Connection:
        reached: Connection = answered(connection, **given)
        valkey.stop()
        return reached

    monkeypatch.setattr(Connection, "ensure_connection", answered_once_more)
    try:
        (reached,) = metrics.read({"broker": metrics.broker})
    finally:
        valkey.stop()
    assert [sample.value for sample in reached.samples] == [0]


def test_the_page_tells_what_is_reached_and_goes_on_without_the_rest(
    server: Postgres, database: Sessions, tmp_path: Path
) -> None:

    valkey = Valkey(tmp_path)
    valkey.start()
    given = Settings(
        database=DatabaseSettings(url=SecretStr(server.url)),
        broker=BrokerSettings(url=SecretStr(valkey.url)),
        metrics=MetricsSettings(port=free_port(), every_seconds=0.1),
    )
    app.conf.broker_url = valkey.url
    app._after_fork()
    with redis.Redis.from_url(valkey.url) as client:
        client.lpush("io", "a message")
    rows.run(database)
    over = threading.Event()
    thread = threading.Thread(target=metrics.serve, args=(given, over))
    thread.start()
    try:

        def page() -> dict[tuple[str, tuple[str, ...]], float]:
            url = f"http://127.0.0.1:{given.metrics.port}/metrics"
            try:
                with urllib.request.urlopen(url, timeout=10) as answer:
                    told = answer.read().decode()
            except URLError:
                return {}
            return {
                (sample.name.removeprefix("colloquy_"), tuple(sample.labels.values())): sample.value
                for family in text_string_to_metric_families(told)
                for sample in family.samples
            }

        first = eventually(lambda: page() if ("reached", ("broker",)) in page() else None)
        assert first["reached", ("broker",)] == first["reached", ("database",)] == 1
        assert first["queue_messages", ("io",)] == 1
        assert first["queue_messages", ("gpu",)] == 0
        assert first["runs", ("queued",)] == 1
        assert first["figures_age_seconds", ()] < 60
        valkey.stop()
        last = eventually(lambda: page() if not page().get(("reached", ("broker",)), 1) else None)
        assert ("queue_messages", ("io",)) not in last, "nobody knows"
        assert last["reached", ("database",)] == last["runs", ("queued",)] == 1
    finally:
        over.set()
        thread.join(30)
        valkey.stop()
    assert not thread.is_alive()
