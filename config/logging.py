"""Structured logs on stderr: what happened to which run, never what was said or by whom."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType

FIELDS = ("run_id", "stage", "attempt", "conversation_id", "seconds", "code", "outcome")
"""What a record may carry beside its message: ids and numbers, no personal data."""

Fields = dict[str, str | int | float]

_about: ContextVar[Fields] = ContextVar("about", default={})  # noqa: B039 - never changed, only replaced


@contextmanager
def about(**fields: str | float) -> Iterator[None]:
    """Every record in the block, whoever writes it in this thread, carries these fields."""
    token = _about.set(_about.get() | fields)
    try:
        yield
    finally:
        _about.reset(token)


def fields_of(record: logging.LogRecord) -> Fields:
    """Those of the record, and those of the block that it was written in."""
    told = _about.get() | {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
    return {
        name: told[name] if isinstance(told[name], int | float) else str(told[name])
        for name in FIELDS
        if name in told
    }


def message_of(record: logging.LogRecord) -> str:
    """The message; of what Celery says of a task that failed not the error's text, nor the arguments."""
    if record.name == "celery.app.trace" and isinstance(record.args, dict) and record.exc_info:
        kind = record.exc_info[0]
        return f"task {record.args.get('name')} failed: {kind.__name__ if kind else 'unknown'}"
    return record.getMessage()


def error_of(error: BaseException, where: TracebackType | None) -> str:
    """Kinds and places, causes first. An error's text may hold a file's name, a row, or what somebody said."""
    lines = []
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        lines = [error_of(cause, cause.__traceback__), "and then:"]
    return "\n".join([*lines, "".join(traceback.format_tb(where)) + type(error).__name__])


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON."""
        entry: Fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message_of(record),
        }
        entry |= fields_of(record)
        if record.exc_info and record.exc_info[1]:
            entry["error"] = error_of(record.exc_info[1], record.exc_info[2])
        return json.dumps(entry, ensure_ascii=False)


class Lines(logging.Formatter):
    """One readable line a record."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, message, fields."""
        told = " ".join(f"{name}={one}" for name, one in fields_of(record).items())
        time = self.formatTime(record, "%H:%M:%S")
        text = f"{time} {record.levelname.lower():<7} {message_of(record)} {told}".rstrip()
        if record.exc_info and record.exc_info[1]:
            text += "\n" + error_of(record.exc_info[1], record.exc_info[2])
        return text


def set_up(level: str, *, json_lines: bool) -> None:
    """Send all logs of this process to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if json_lines else Lines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # These tell every request and every batch.
    for noisy in (
        "botocore",
        "boto3",
        "urllib3",
        "faster_whisper",
        "elastic_transport",
        "httpx",
        "lightning",
    ):
        logging.getLogger(noisy).setLevel(logging.WARNING)
