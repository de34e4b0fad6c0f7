from __future__ import annotations

import io
import json
from pathlib import Path

import jsonschema
import pytest
import srt
import webvtt
from pyannote.database.util import load_rttm

from pipeline.analysis import Analysis, Step, from_json, json_schema, to_json
from pipeline.assemble import assemble
from pipeline.stages.score import score
from review.exports import FORMATS
from tests import factories, report_factories
from workers.toolbox import rubric


@pytest.fixture
def analysis() -> Analysis:
    talk = factories.dialogue(
        "P: Where do you live?",
        "L: I lives in a small town <1.2> near Zürich & I like it.",
        "P: Really? Why?",
        "L: Because it is quiet -> and green.",
    )
    values = [
        factories.upload(name="my talk.wav"),
        factories.recording(),
        factories.transcript(talk),
        factories.speaker_turns(talk),
        talk,
        *report_factories.reports(talk),
        score(factories.upload(), talk, *report_factories.reports(talk), rubric=rubric("2026.2")),
    ]
    steps = {"decode": Step(version=1, engine=None, seconds=0.1)}
    return assemble({type(one).__name__: one for one in values}, steps)


def test_the_document_is_valid_against_the_published_schema(analysis: Analysis) -> None:
    schema = json.loads(Path("docs/analysis.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    document = json.loads(to_json(analysis))
    validator.validate(document)
    del document["media"]["sha256"]
    assert not validator.is_valid(document)


def test_the_published_schema_is_made_from_the_types() -> None:
    assert Path("docs/analysis.schema.json").read_text(encoding="utf-8") == json_schema()


def test_the_document_reads_back(analysis: Analysis) -> None:
    assert from_json(to_json(analysis)) == analysis


def test_points_are_numbers(analysis: Analysis) -> None:
    document = json.loads(to_json(analysis))
    assert isinstance(document["scores"]["overall"]["score"], float)


def test_subrip_is_read_by_srt(analysis: Analysis) -> None:
    read = list(srt.parse(FORMATS["srt"](analysis)))
    assert [one.index for one in read] == [1, 2, 3, 4]
    for one, segment in zip(read, analysis.segments, strict=True):
        assert one.start.total_seconds() == pytest.approx(segment.start, abs=0.001)
        assert one.content == f"{segment.speaker}: {segment.text}"


def milliseconds(stamp: str) -> int:
    hours, minutes, seconds = stamp.split(":")
    whole, part = seconds.split(".")
    return ((int(hours) * 60 + int(minutes)) * 60 + int(whole)) * 1000 + int(part)


def test_webvtt_is_read_by_webvtt(analysis: Analysis) -> None:
    read = webvtt.from_buffer(io.StringIO(FORMATS["vtt"](analysis)))
    assert [one.voice for one in read] == [one.speaker for one in analysis.segments]
    for one, segment in zip(read, analysis.segments, strict=True):
        assert milliseconds(one.start) == round(1000 * segment.start)
        assert milliseconds(one.end) == round(1000 * segment.end)
    assert any(round(1000 * one.start) % 1000 for one in analysis.segments)
    assert "-&gt;" in read[3].text


def test_rttm_is_read_by_pyannote(analysis: Analysis, tmp_path: Path) -> None:
    file = tmp_path / "talk.rttm"
    file.write_text(FORMATS["rttm"](analysis))
    read = load_rttm(str(file))["my_talk.wav"]
    assert len(read) == len(analysis.turns)
    assert set(read.labels()) == {one.speaker_label for one in analysis.turns}
