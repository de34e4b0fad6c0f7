"""What `colloquy doctor` says of workers, on a real broker."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from config.settings import BrokerSettings, Settings
from embedded.valkey import Valkey
from workers import doctor
from workers.doctor import examine


def test_a_broker_without_a_worker_is_not_enough(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("_database", "_schema", "_media", "_models", "_grammar", "_search"):
        monkeypatch.setattr(doctor, name, lambda _: "")
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
