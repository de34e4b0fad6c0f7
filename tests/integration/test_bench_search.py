from __future__ import annotations

import pytest

from bench import reindex, search
from config.settings import Settings


def test_it_prints_a_table_of_what_was_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(search, "TIMES", 2)
    search.main(["--conversations", "4", "--rounds", "1", "--engine", "postgres"])
    told = capsys.readouterr().out
    assert "PostgreSQL: 4 conversations, 320 segments" in told
    kinds = [line.split("|")[1].strip() for line in told.splitlines() if line.startswith("| ")]
    assert kinds[1:] == [*search.kinds(search.vocabulary()), "all"]


def test_it_tells_what_a_reindex_took(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reindex, "DIFFERENT", 2)
    monkeypatch.setattr(reindex, "settings", Settings)
    reindex.main(["--conversations", "3", "--rounds", "2"])
    lines = capsys.readouterr().out.splitlines()[1:]
    told = [line.partition(": ")[2].partition(" in ")[0] for line in lines]
    assert told == ["3 conversations, 240 segments"] * 2
