"""What `colloquy doctor` says of workers, on a real broker."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from config.settings import BrokerSettings, DatabaseSettings, Settings
from embedded.postgres import Postgres
from embedded.valkey import Valkey
from models.circuits import OPENS
from models.database import Sessions
from models.tables import Circuit
from pipeline.errors import PermanentError
from workers import doctor
from workers.doctor import examine
from workers.server_look import Answer, ServerLook
from workers.servers import ask_broker, broker_address

BROKER = ServerLook(address=broker_address, ask=ask_broker)


def test_an_open_circuit_is_told_until_it_closes(server: Postgres, database: Sessions) -> None:
    given = Settings(database=DatabaseSettings(url=SecretStr(server.url)))
    assert doctor._circuits(given) == "no run waits for a service"
    since = datetime(2026, 1, 31, 14, 3).astimezone()
    told = {"reason": "It does not answer.", "since": since, "failed_at": since, "retry_at": since}
    with database.begin() as session:
        session.add(Circuit(service="grammar server", stages=["grammar"], failures=1, **told))
    assert doctor._circuits(given) == "no run waits for a service", "one miss opens nothing"
    with database.begin() as session:
        session.get_one(Circuit, "grammar server").failures = OPENS
        session.add(Circuit(service="search server", stages=["index"], failures=9, **told))
    with pytest.raises(PermanentError) as caught:
        doctor._circuits(given)
    assert "wait for the grammar server since 2026-01-31 14:03." in caught.value.message
    assert "search server" in caught.value.message
    assert "It does not answer." in caught.value.advice


def test_a_broker_without_a_worker_is_not_enough(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("_schema", "_models", "_grammar", "_search", "_rubric", "_circuits"):
        monkeypatch.setattr(doctor, name, lambda _: "")
    answer = Answer(told="", version=None, round_trip_ms=0)
    fine = ServerLook(address=lambda _: None, ask=lambda _: answer)
    only = {**dict.fromkeys(("database", "media store"), fine), "broker": BROKER}
    monkeypatch.setattr(doctor, "server_looks", lambda _: only)
    monkeypatch.setattr(doctor, "ANSWER", 0.1)
    valkey = Valkey(tmp_path / "valkey")
    valkey.start()
    try:
        given = Settings(home=tmp_path, broker=BrokerSettings(url=SecretStr(valkey.url)))
        (wrong,) = [one for one in examine(given) if not one.good]
    finally:
        valkey.stop()
    assert wrong.name == "workers"
    assert "No worker answers for cpu, gpu, io, upkeep." in wrong.told
    assert "colloquy up" in wrong.told
