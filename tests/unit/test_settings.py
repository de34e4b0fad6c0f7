from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from config.settings import ReliabilitySettings, Settings


def test_a_lease_outlasts_at_least_one_missed_beat() -> None:
    told = ReliabilitySettings()
    assert told.lease_seconds >= 2 * told.heartbeat_seconds
    with pytest.raises(ValidationError, match="at least twice"):
        ReliabilitySettings(lease_seconds=10, heartbeat_seconds=6)


def test_secrets_are_read_from_files_and_the_environment_goes_before_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {
        "colloquy_database__url": "postgresql+psycopg://a:p%40ss@db/colloquy\n",
        "colloquy_broker__url": "redis://:secret@broker/0\n",
        "colloquy_service__tokens__moodle": "token\n",
        "postgres_password": "not ours",
    }
    for name, text in told.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("COLLOQUY_SECRETS", str(tmp_path))
    monkeypatch.setenv("COLLOQUY_SETTINGS", str(tmp_path / "none"))
    monkeypatch.setenv("COLLOQUY_BROKER__URL", "redis://elsewhere/0")
    found = Settings()
    assert found.database.url is not None
    assert found.database.url.get_secret_value() == "postgresql+psycopg://a:p%40ss@db/colloquy"
    assert found.broker.url is not None
    assert found.broker.url.get_secret_value() == "redis://elsewhere/0"
    assert found.service.tokens["moodle"].get_secret_value() == "token"
    assert "p%40ss" not in repr(found)


def test_no_folder_of_secrets_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLLOQUY_HOME", str(tmp_path))
    monkeypatch.setenv("COLLOQUY_SECRETS", str(tmp_path / "none"))
    assert Settings().service.tokens == {}


def test_an_empty_variable_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLLOQUY_HOME", str(tmp_path))
    monkeypatch.setenv("COLLOQUY_MEDIA__QUEUE_URL", "")
    assert Settings().media.queue_url is None
