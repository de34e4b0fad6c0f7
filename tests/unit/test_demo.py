from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Self
from uuid import UUID, uuid4

import pytest
import typer

from cli import demo
from pipeline.errors import PermanentError
from pipeline.search import SearchHit
from tests.documents import scored


class Quiet:
    """A stack in which nothing happens."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def check(self) -> None:
        """All live."""


def test_the_demo_does_not_wait_for_ever_for_a_run_that_hangs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clock = [1000.0]

    def hangs(_: UUID, alive: Callable[[], None]) -> None:
        alive()
        clock[0] += demo.DEADLINE - 1
        alive()
        clock[0] += 2
        alive()

    # So that they are put back afterwards.
    monkeypatch.setenv("COLLOQUY_HOME", "")
    monkeypatch.setenv("COLLOQUY_SETTINGS", "")
    monkeypatch.setattr(demo, "Stack", Quiet)
    monkeypatch.setattr(demo, "submit", lambda *_, **__: uuid4())
    monkeypatch.setattr(demo, "follow_run", hangs)
    monkeypatch.setattr("cli.demo.time.monotonic", lambda: clock[0])
    with pytest.raises(PermanentError, match="not done within 15 minutes"):
        demo.demo(tmp_path)
    assert clock[0] > 1000.0 + demo.DEADLINE


@pytest.mark.parametrize("error", [PermanentError("It hangs.", code="demo-late"), typer.Exit(1)])
def test_a_demo_that_fails_keeps_its_logs_and_says_where(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    made: list[Path] = []

    def fails(folder: Path) -> None:
        made.append(folder)
        raise error

    monkeypatch.setattr(demo, "demo", fails)
    assert demo.main() == 1
    told = capsys.readouterr().err
    assert str(made[0] / "logs") in told
    assert ("It hangs." in told) == isinstance(error, PermanentError)
    assert made[0].is_dir()
    shutil.rmtree(made[0])


def test_a_demo_that_is_done_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Path] = []
    monkeypatch.setattr(demo, "demo", made.append)
    assert demo.main() == 0
    assert not made[0].exists()


def test_the_demo_leaves_the_report_page_and_names_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    class Found:
        def search(self, *_: object) -> list[SearchHit]:
            return []

    monkeypatch.setenv("COLLOQUY_HOME", "")
    monkeypatch.setenv("COLLOQUY_SETTINGS", "")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(demo, "Stack", Quiet)
    monkeypatch.setattr(demo, "submit", lambda *_, **__: uuid4())
    monkeypatch.setattr(demo, "follow_run", lambda *_: None)
    monkeypatch.setattr(demo, "store", lambda: None)
    monkeypatch.setattr(demo, "database_url", lambda _: "postgresql+psycopg://h/d")
    monkeypatch.setattr(demo, "search_index", lambda *_: Found())
    monkeypatch.setattr("review.archive.analysis", lambda *_: scored())
    demo.demo(tmp_path / "home")
    (page,) = tmp_path.glob("*.html")
    assert "He goes to town" in page.read_text(encoding="utf-8")
    assert f"wrote {page.resolve()}," in capsys.readouterr().out


def test_the_demo_looks_for_a_word_that_search_finds() -> None:
    # Of all words heard as well, "to" came first once: no index has it.
    assert demo.telling(scored()) == "goes"
