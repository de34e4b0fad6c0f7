from __future__ import annotations

from pathlib import Path
from uuid import UUID, uuid4

import pytest
from typer.testing import CliRunner

from cli import conversations
from cli.analysis import _targets
from cli.main import app
from models.status import RunStatus
from pipeline.analysis import Analysis
from pipeline.errors import PermanentError
from tests.documents import scored, unscored
from workers.local import Analyst


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


@pytest.mark.parametrize(
    "wrong",
    [["runs", "--state", "bogus"], ["submit", "talk.wav", "--user", "demo", "--level", "B7"]],
)
def test_what_there_is_not_is_wrong_use(wrong: list[str]) -> None:
    assert CliRunner().invoke(app, wrong).exit_code == 2


def test_runs_are_asked_for_by_their_state(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | None] = []

    class Runs:
        def runs(self, state: str | None) -> list[RunStatus]:
            asked.append(state)
            return []

    monkeypatch.setattr(conversations, "store", Runs)
    for told in (["--state", "failed"], []):
        assert CliRunner().invoke(app, ["runs", *told]).exit_code == 0
    assert asked == ["failed", None]


@pytest.mark.parametrize(
    "files", [["good.wav"], ["broken.wav"], ["mute.wav"], ["mute.wav", "good.wav"]]
)
def test_one_bad_file_alone_makes_the_exit_status_1(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, files: list[str]
) -> None:
    good, mute = scored(), unscored()

    def analyze(_: Analyst, path: Path, **__: object) -> Analysis:
        if path.name == "broken.wav":
            raise PermanentError("No sound can be read.", code="unreadable")
        return mute if path.name == "mute.wav" else good

    monkeypatch.setattr(Analyst, "analyze", analyze)
    result = CliRunner().invoke(app, ["analyze", *files, "--out", str(tmp_path)])
    assert result.exit_code == (0 if files == ["good.wav"] else 1)
    written = {one.name.split(".")[0] for one in tmp_path.iterdir()}
    assert written == {one.split(".")[0] for one in files} - {"broken"}


def test_a_level_is_handed_on_only_where_it_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def submit(*_: object, level: str | None, **__: object) -> UUID:
        asked.append(level)
        return uuid4()

    monkeypatch.setattr("workers.submit.submit", submit)
    for told in (["--level", "c1"], []):
        result = CliRunner().invoke(app, ["submit", "talk.wav", "--user", "demo", *told])
        assert result.exit_code == 0
    assert asked == ["C1", None]


def test_transcripts_are_analysed_by_the_same_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[tuple[str, object]] = []

    def analyze(_: Analyst, path: Path, *, learner: str | None, **__: object) -> Analysis:
        asked.append((path.name, learner))
        return scored()

    monkeypatch.setattr(Analyst, "analyze_transcript", analyze)
    given = ["--transcript", "a.vtt", "b.cha", "--learner", "Frau Müller", "--out", str(tmp_path)]
    assert CliRunner().invoke(app, ["analyze", *given]).exit_code == 0
    assert asked == [("a.vtt", "Frau Müller"), ("b.cha", "Frau Müller")]
    assert CliRunner().invoke(app, ["analyze", *given, "--speakers", "2"]).exit_code == 2


def test_a_transcript_that_cannot_be_used_is_told_and_the_next_is_analysed(tmp_path: Path) -> None:
    mute, empty = tmp_path / "mute.vtt", tmp_path / "empty.vtt"
    mute.write_text("WEBVTT\n")
    empty.write_text("")
    result = CliRunner().invoke(app, ["analyze", "--transcript", str(mute), str(empty)])
    assert result.exit_code == 1
    told = " ".join(result.stderr.split())
    assert "mute.vtt: Nobody says anything in the transcript." in told
    assert "empty.vtt: The file is empty." in told
