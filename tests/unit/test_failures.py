"""What people read of an outage or of wrong settings: what to do, no secret, no talk of a bug."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from cli.main import app, main
from config.settings import (
    BY_STACK,
    BrokerSettings,
    DatabaseSettings,
    MediaSettings,
    Settings,
    settings,
)
from embedded.process import free_port
from workers import doctor
from workers.doctor import examine

RIGHT = "postgresql+psycopg://anna:hush@127.0.0.1:{port}/talks"


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder for a settings file that this process then reads."""
    monkeypatch.setenv("COLLOQUY_HOME", str(tmp_path))
    monkeypatch.delenv("COLLOQUY_SETTINGS", raising=False)
    monkeypatch.setattr("cli.conversations.settings", settings.__wrapped__)
    monkeypatch.setattr("cli.operation.settings", settings.__wrapped__)
    monkeypatch.setattr("cli.searching.settings", settings.__wrapped__)
    return tmp_path


@pytest.mark.parametrize("command", [["runs"], ["db", "current"], ["search", "summer"]])
@pytest.mark.parametrize(
    ("file", "told"),
    [
        (f'[database]\nurl = "{RIGHT}"', "The database does not answer."),
        ('[database]\nurl = "anna:hush"', "The database's address cannot be read."),
        ("[database\nurl = 'hush'", "The settings file is not TOML:"),
        ("[media]\nmax_bytes = 'hush'", "Settings are wrong: media.max_bytes:"),
    ],
)
def test_what_operators_can_mend_is_told_as_such(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    command: list[str],
    file: str,
    told: str,
) -> None:
    (home / "settings.toml").write_text(file.format(port=free_port()))
    monkeypatch.setattr(sys, "argv", ["colloquy", *command])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    said = " ".join(capsys.readouterr().err.split())
    assert told in said
    assert "hush" not in said
    assert "should not have" not in said


def test_the_doctor_looks_at_the_settings_first(home: Path) -> None:
    (home / "settings.toml").write_text("[media]\nmax_bytes = 'much'")
    result = CliRunner().invoke(app, ["doctor", "--json"])
    assert result.exit_code == 1
    (check,) = json.loads(result.stdout)
    assert check["name"] == "settings"
    assert "media.max_bytes" in check["told"]


@pytest.fixture
def no_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor loads none of them."""
    monkeypatch.setattr(doctor, "_models", lambda _: "")
    monkeypatch.setattr(doctor, "_grammar", lambda _: "")


@pytest.mark.usefixtures("no_engines")
def test_the_doctor_says_how_to_begin_where_no_server_is_configured(home: Path) -> None:
    told = {one.name: one.told for one in examine(Settings(home=home)) if not one.good}
    begins = {
        "database": "COLLOQUY_DATABASE__URL",
        "broker": "COLLOQUY_BROKER__URL",
        "media store": "COLLOQUY_MEDIA__ENDPOINT_URL",
    }
    for name, setting in begins.items():
        said = told.pop(name)
        assert f"No {name} is configured." in said
        assert f"Start the embedded servers with `colloquy up`, or set {setting}" in said
    assert all("not looked at" in one for one in told.values())


@pytest.mark.usefixtures("no_engines")
@pytest.mark.parametrize("by_stack", [True, False])
def test_the_doctor_says_how_the_embedded_servers_come_back(
    home: Path,
    by_stack: bool,  # noqa: FBT001 - a table
) -> None:
    """A stack that was killed leaves its addresses behind."""
    away = f"127.0.0.1:{free_port()}"
    (home / "settings.toml").write_text(
        (BY_STACK if by_stack else "")
        + f'[database]\nurl = "postgresql+psycopg://u:hush@{away}/d"\n'
        f'[broker]\nurl = "redis://{away}"\n'
        f'[media]\nendpoint_url = "http://{away}"\nqueue_url = "http://{away}/1/events"\n'
    )
    checks = {one.name: one for one in examine(Settings(home=home))}
    for name in ("database", "broker", "media store", "event queue"):
        server = checks[name].server
        assert server
        assert not server.reached
        assert ("start them with `colloquy up`" in checks[name].told) == by_stack


@pytest.mark.usefixtures("no_engines")
def test_the_doctor_says_what_to_do_about_a_server_that_is_not_reached(
    tmp_path: Path,
) -> None:
    given = Settings(
        home=tmp_path,
        media=MediaSettings(endpoint_url=f"http://127.0.0.1:{free_port()}"),
        database=DatabaseSettings(url=SecretStr(RIGHT.format(port="hush"))),
        broker=BrokerSettings(url=SecretStr(f"redis://:hush@127.0.0.1:{free_port()}/0")),
    )
    told = {one.name: one.told for one in examine(given) if not one.good}
    needing = {"schema", "circuits", "rubric", "search", "workers"}
    assert {"database", "broker", "media store", *needing} <= set(told)
    assert all("not looked at" in told[one] for one in needing)
    assert "COLLOQUY_MEDIA__ENDPOINT_URL" in told["media store"]
    assert "COLLOQUY_BROKER__URL" in told["broker"]
    assert "COLLOQUY_DATABASE__URL" in told["database"]
    assert "hush" not in " ".join(told.values())
