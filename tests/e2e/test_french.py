"""`colloquy analyze` on a French transcript, on the engines that ship, and what it refuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from pages.report import report_page
from pipeline.analysis import from_json

pytestmark = pytest.mark.filterwarnings("ignore")  # torch warns of its own parts

SLIPS = {
    ("j'ai", "je suis"), ("grande poisson.", "grand poisson"), ("un soupe,", None), ("de le", "du"),
    ("content,", "contente"), ("que il", "qu'il"), ("de un", "d'un"), ("j'aurais", None),
    ("suis", "ai"),
}  # fmt: skip
"""The slips in the dialogue that LanguageTool knows, with what is better where only one thing is."""
WORKS = "Transcripts can be in English (en) or French (fr), recordings in English (en)."


def analyze(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["analyze", *map(str, arguments)])


def sentence(result: Result) -> str:
    """What was told on stderr, in one line and out of its frame."""
    return " ".join(result.stderr.replace("│", " ").split())


@pytest.fixture(scope="module")
def result(fixtures: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("french")
    talk = fixtures / "french-dialogue.vtt"
    return analyze("--transcript", talk, "--learner", "Anna", "--out", folder, "--json")


@pytest.fixture(scope="module")
def document(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_french_dialogue_is_analysed(result: Result, document: dict[str, Any]) -> None:
    assert result.exit_code == 0
    assert document["language"] == {"code": "fr", "probability": None, "supported": True}
    assert len(document["segments"]) == 20


def test_its_slips_stand_where_they_were_said(document: dict[str, Any]) -> None:
    texts = {one["number"]: one for one in document["segments"]}
    found = [one for one in document["grammar_errors"] if one["counted"]]
    for one in found:
        segment = texts[one["segment"]]
        assert segment["speaker"] == "learner"
        assert segment["text"][one["start"] : one["end"]] == one["text"]
    better = {one["text"]: one["suggestion"] for one in found}
    assert better.keys() == {text for text, _ in SLIPS}
    assert all(better[text] == only for text, only in SLIPS if only)


def test_what_is_measured_has_no_points(document: dict[str, Any]) -> None:
    metrics, scores = document["metrics"], document["scores"]
    assert 3 < metrics["errors_per_100_words"]["value"] < 6
    assert 0.7 < metrics["mattr"]["value"] < 0.9
    assert metrics["mtld"]["n"] > 200
    assert "structure_variety" not in metrics
    assert "independent_words" not in metrics
    assert all(one["score"] is None and "French" in one["reason"] for one in scores.values())
    assert "“Variety of structures”" in scores["grammar"]["reason"]
    assert "“Words of level B1 and above”" in scores["vocabulary"]["reason"]
    assert "English only" in scores["pronunciation"]["reason"]
    assert document["evidence"] == []
    assert document["feedback"]["detailed"] == []
    rows = {one["lemma"]: one for one in document["vocabulary"]}
    assert rows["poisson"]["zipf"] > 4
    assert rows["poisson"]["complexity"] == 50
    assert {one["cefr"] for one in rows.values()} == {None}
    assert "euh" not in rows


def test_the_page_and_the_terminal_show_what_was_found(
    result: Result, tmp_path: Path, fixtures: Path
) -> None:
    page = report_page(from_json(result.stdout))
    assert 'lang="fr"' in page
    assert "Better: contente" in page
    talk = fixtures / "french-dialogue.vtt"
    told = analyze("--transcript", talk, "--learner", "Anna", "--out", tmp_path)
    shown = " ".join(told.stdout.split())
    assert '"de le", better “du”' in shown
    assert "… 7 more" in shown
    assert "Counted slips, weighted by severity. 4.464 per 100 words" in shown


def test_another_language_is_refused_with_those_that_work(fixtures: Path) -> None:
    found = analyze(fixtures / "short.ogg", "--language", "ja")
    assert found.exit_code == 2
    assert f"Talk in the language 'ja' cannot be judged. {WORKS}" in sentence(found)


def test_a_french_recording_is_refused_before_any_work(fixtures: Path, tmp_path: Path) -> None:
    found = analyze(fixtures / "french.ogg", "--language", "fr-CA", "--out", tmp_path)
    assert found.exit_code == 1
    assert f"and the recording is in French. {WORKS} For others set" in sentence(found)
    assert list(tmp_path.iterdir()) == []


def test_the_file_and_the_option_must_agree(fixtures: Path, tmp_path: Path) -> None:
    talk = fixtures / "french-dialogue.vtt"
    found = analyze("--transcript", talk, "--language", "en", "--out", tmp_path)
    assert found.exit_code == 1
    assert "says that it is in French, not in English" in sentence(found)
    nameless = tmp_path / "nameless.vtt"
    shutil.copyfile(talk, nameless)
    nameless.write_text(nameless.read_text("utf-8").replace("Language: fr\n", ""), "utf-8")
    found = analyze("--transcript", nameless, "--out", tmp_path)
    assert found.exit_code == 1
    assert "seems to be in French, another language than English" in sentence(found)
    assert "give --language fr" in sentence(found)


def test_too_little_french_fails_with_the_reason(tmp_path: Path) -> None:
    few = tmp_path / "few.vtt"
    few.write_text("WEBVTT\n\n00:00.000 --> 00:02.000\n<v A>Je suis content, merci.\n", "utf-8")
    found = analyze("--transcript", few, "--language", "fr", "--out", tmp_path)
    assert found.exit_code == 1
    assert "The learner said 4 words in French; at least 40" in sentence(found)
