"""What S3 says when an object was made, as its queues carry it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import unquote_plus

LONGEST_KEY = 1024
"""Bytes, by S3."""


def keys(message: str) -> Iterator[str]:
    """The keys of the objects that an S3 event message tells of; none for a test event.

    ValueError when it is no event.
    """
    try:
        event = json.loads(message)
    except RecursionError as error:
        raise ValueError("nested without end") from error
    if not isinstance(event, dict):
        raise ValueError("not an event")  # noqa: TRY004 - a wrong message, not a wrong call
    if event.get("Event") == "s3:TestEvent":
        return
    if not isinstance(event.get("Records"), list):
        raise ValueError("no records")  # noqa: TRY004 - the same
    for record in event["Records"]:
        try:
            name, key = record["eventName"], record["s3"]["object"]["key"]
        except (KeyError, TypeError) as error:
            raise ValueError("not a record of S3") from error
        if str(name).removeprefix("s3:").startswith("ObjectCreated:"):
            yield _readable(str(key))


def _readable(key: str) -> str:
    """The key; ValueError for one that neither S3 nor PostgreSQL can hold."""
    wanted = unquote_plus(key)
    if len(wanted.encode()) > LONGEST_KEY or "\0" in wanted:
        raise ValueError("not a key of S3")
    return key
