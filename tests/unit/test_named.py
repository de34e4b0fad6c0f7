"""What people name on the command line and cannot mean."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.analysis import document
from cli.main import app
from config.settings import Settings
from pipeline.errors import PermanentError
from workers.files import recording
from workers.submit import submit
from workers.transcripts import read


@pytest.mark.parametrize("command", [["analyze"], ["submit", "--user", "anna"]])
@pytest.mark.parametrize("learner", ["Bob", "S0", "s1"])
def test_a_learner_who_is_neither_label_nor_voice_is_wrong_use(
    command: list[str], learner: str, tmp_path: Path
) -> None:
    talk = tmp_path / "talk.wav"
    talk.write_bytes(b"talk")
    told = CliRunner().invoke(app, [*command, str(talk), "--learner", learner])
    assert told.exit_code == 2
    said = " ".join(told.stderr.replace("│", " ").split())
    assert "neither a speaker's label" in said
    assert "Name the learner as S1 or S2" in said


@pytest.mark.parametrize("name", ["talk.vtt", "talk.CHA", "talk.transcript.json"])
def test_a_transcript_among_recordings_is_told_by_what_it_is(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_text("WEBVTT\n")
    told = CliRunner().invoke(app, ["analyze", str(file), "--out", str(tmp_path / "out")])
    assert told.exit_code == 1
    said = " ".join(told.stderr.split())
    assert (
        f"{name} is a transcript, not a recording. `colloquy analyze --transcript` judges" in said
    )
    with pytest.raises(PermanentError, match="is a transcript"):
        submit(Settings(), file, user="anna")


SHORT = Path("tests/fixtures/short.ogg")


@pytest.mark.parametrize("name", ["talk.json", "talk.vtt", "talk.cha"])
def test_a_recording_is_told_by_its_content_and_not_by_its_name(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_bytes(SHORT.read_bytes())
    assert recording(file, 10**9) == SHORT.stat().st_size
    with pytest.raises(PermanentError, match="may be a recording") as caught:
        read(file)
    assert "without --transcript" in caught.value.advice


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_a_text_is_no_recording_in_whatever_letters_it_is_written(
    code: str, tmp_path: Path
) -> None:
    file = tmp_path / "talk.vtt"
    file.write_bytes("WEBVTT\n\n00:01.000 --> 00:02.000\n<v Zoé>Où ?\n".encode(code))
    with pytest.raises(PermanentError, match="is a transcript"):
        recording(file, 10**9)


def test_a_recording_needs_no_ending(tmp_path: Path) -> None:
    (tmp_path / "talk").write_bytes(b"talk")
    assert recording(tmp_path / "talk", 100) == 4


ONE = "5f0c6c1e-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("typed", "what", "lists"),
    [
        (["show", "talk"], "a conversation or an evaluation", "colloquy runs"),
        (["status", "talk"], "a conversation", "colloquy runs"),
        (["cancel", "talk"], "a conversation", "colloquy runs"),
        (["correct", "talk", "--learner", "S1"], "a conversation", "colloquy runs"),
        (["rerun", ONE, "talk"], "a conversation", "colloquy runs"),
        (["compare", "talk"], "a conversation, an evaluation or a run", "colloquy compare"),
        (["compare", ONE, "talk"], "a conversation, an evaluation or a run", "colloquy compare"),
        (["dead", "show", "talk"], "a dead letter", "colloquy dead list"),
        (["dead", "replay", ONE, "talk"], "a dead letter", "colloquy dead list"),
        (["dead", "discard", "talk", "--yes"], "a dead letter", "colloquy dead list"),
        (["assignment", "talk"], "an assignment", "platform"),
        (["submit", "a.ogg", "--user", "anna", "--assignment", "talk"], "an assignment", "platform"),
    ],
)  # fmt: skip
def test_what_is_no_id_is_told_with_where_the_ids_stand(
    typed: list[str], what: str, lists: str
) -> None:
    told = CliRunner().invoke(app, typed)
    assert told.exit_code == 2
    said = " ".join(told.stderr.replace("│", " ").split())
    assert f"'talk' is no id of {what}. " in said
    assert lists in said.partition(f"is no id of {what}")[2]
    assert "UUID" not in said


def test_what_is_neither_a_document_nor_an_id_is_told_with_where_the_ids_stand() -> None:
    with pytest.raises(PermanentError, match="no conversation's id") as caught:
        document("talk")
    assert "`colloquy runs`" in caught.value.sentence
