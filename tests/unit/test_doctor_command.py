"""What `colloquy doctor` prints."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from cli.main import app
from workers import doctor
from workers.checks import Check, Contact


def test_the_doctor_tells_of_each_server_how_far_it_was_come_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    well = Contact(reached=True, version="17.6", tls="TLSv1.3", round_trip_ms=0.4)
    checks = [
        Check(name="database", good=True, told="PostgreSQL 17.6", milliseconds=9, server=well),
        Check(
            name="broker",
            good=False,
            told="The broker refuses the user or password. Check COLLOQUY_BROKER__URL.",
            milliseconds=3,
            server=Contact(reached=True),
        ),
        Check(
            name="search",
            good=False,
            told="Elasticsearch does not answer.",
            milliseconds=1,
            server=Contact(reached=False),
        ),
        Check(name="disk", good=True, told="9 GB free", milliseconds=0),
    ]
    monkeypatch.setattr(doctor, "examine", lambda _: checks)
    found = CliRunner().invoke(app, ["doctor"])
    assert found.exit_code == 1
    lines = [line.partition(" ms  ")[2] for line in found.stdout.splitlines()[1:]]
    assert lines == [
        "PostgreSQL 17.6 [reached, TLS 1.3, round trip 0.4 ms]",
        "The broker refuses the user or password. Check COLLOQUY_BROKER__URL. [reached, not encrypted]",
        "Elasticsearch does not answer. [not reached]",
        "9 GB free",
    ]
