from __future__ import annotations

import json

import pytest

from tasks.events import keys
from tasks.intake import metadata


def event(*names: str, kind: str = "ObjectCreated:Put") -> str:
    records = [{"eventName": kind, "s3": {"object": {"key": one}}} for one in names]
    return json.dumps({"Records": records})


def test_every_created_object_is_told() -> None:
    assert list(keys(event("uploads/a/b.wav", "uploads/a/c.wav"))) == [
        "uploads/a/b.wav",
        "uploads/a/c.wav",
    ]
    assert list(keys(event("x", kind="s3:ObjectCreated:CompleteMultipartUpload"))) == ["x"]


def test_other_events_and_the_test_event_are_nothing() -> None:
    assert list(keys(event("x", kind="ObjectRemoved:Delete"))) == []
    assert list(keys('{"Service": "Amazon S3", "Event": "s3:TestEvent"}')) == []


@pytest.mark.parametrize(
    "text",
    ["", "hello", "[]", "{}", '{"Records": [{}]}', '{"Records": [1]}',
     '{"Records": null}', '{"Records": 5}', "[" * 100_000],
)  # fmt: skip
def test_what_is_no_event_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json's own error is one too
        list(keys(text))


def test_metadata_leaves_out_what_is_unknown() -> None:
    assert metadata(learner="S1", speakers=None) == {"colloquy-learner": "S1"}
