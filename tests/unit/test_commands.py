from __future__ import annotations

from pathlib import Path
from uuid import UUID, uuid4

import pytest
from typer.testing import CliRunner

from cli import conversations
from cli.analysis import _targets
from cli.main import app
from pipeline.errors import PermanentError
from workers.local import Analyst


class Nothing:
    """A store that knows of no run."""

    def __init__(self, *, known: bool) -> None:
        self.known = known

    def conversation(self, conversation_id: UUID) -> object | None:
        return conversation_id if self.known else None

    def latest(self, conversation_id: UUID) -> None:
        del conversation_id

    def refusal(self, conversation_id: UUID) -> None:
        del conversation_id


def test_a_conversation_that_is_not_there_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conversations, "store", lambda: Nothing(known=False))
    with pytest.raises(PermanentError, match="no run") as caught:
        conversations.follow_run(uuid4())
    assert "colloquy doctor" in caught.value.advice


def test_an_event_that_never_comes_is_not_waited_for_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conversations, "store", lambda: Nothing(known=True))
    monkeypatch.setattr(conversations, "NO_RUN", 0.0)
    with pytest.raises(PermanentError, match="no run"):
        conversations.follow_run(uuid4())


def test_waiting_ends_when_the_stack_does(monkeypatch: pytest.MonkeyPatch) -> None:
    def ended() -> None:
        raise PermanentError("The worker has ended.", code="process-ended")

    monkeypatch.setattr(conversations, "store", lambda: Nothing(known=True))
    with pytest.raises(PermanentError, match="worker has ended"):
        conversations.follow_run(uuid4(), ended)


def test_documents_of_files_of_one_name_never_replace_each_other() -> None:
    media = [Path(one) for one in ("x/a.wav", "y/a.wav", "a-2.wav", "z/a.mp3")]
    names = [one.name.removesuffix(".analysis.json") for one in _targets(media, Path("out"))]
    assert names == ["a", "a-3", "a-2", "a-4"]


def test_a_bug_at_one_file_is_told_and_the_next_is_analysed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[str] = []

    def broken(_: Analyst, path: Path, **__: object) -> None:
        seen.append(path.name)
        raise RuntimeError("secret words")

    monkeypatch.setattr(Analyst, "analyze", broken)
    files = [str(tmp_path / name) for name in ("a.wav", "b.wav")]
    result = CliRunner().invoke(app, ["analyze", *files])
    assert result.exit_code == 1
    assert seen == ["a.wav", "b.wav"]
    told = " ".join(result.stderr.split())
    assert "a.wav: Something went wrong that should not have (RuntimeError)." in told
    assert "secret words" not in told


def test_feedback_is_in_the_language_that_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[object] = []

    def broken(_: Analyst, __: Path, **told: object) -> None:
        asked.append(told["feedback_language"])
        raise PermanentError("Enough.", code="enough")

    monkeypatch.setattr(Analyst, "analyze", broken)
    file = str(tmp_path / "a.wav")
    CliRunner().invoke(app, ["analyze", file, "--feedback-language", "de"])
    CliRunner().invoke(app, ["analyze", file])
    assert asked == ["de", "en"]
