from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from pipeline.analysis import Analysis, Step, from_json, json_schema, to_json
from pipeline.assemble import assemble
from pipeline.stages.score import score
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
