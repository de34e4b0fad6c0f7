"""Structured logs on stderr: what happened to which run, never what was said or by whom."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

FIELDS = ("run_id", "stage", "conversation_id", "seconds", "code", "attempt")
"""What a record may carry beside its message: ids and numbers, no personal data."""


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON."""
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry |= {name: str(getattr(record, name)) for name in FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[0]:
            entry["error"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


class Lines(logging.Formatter):
    """One readable line a record."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, message, fields."""
        told = " ".join(
            f"{name}={getattr(record, name)}" for name in FIELDS if hasattr(record, name)
        )
        time = self.formatTime(record, "%H:%M:%S")
        text = f"{time} {record.levelname.lower():<7} {record.getMessage()} {told}".rstrip()
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
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
        "lightning",
    ):
        logging.getLogger(noisy).setLevel(logging.WARNING)
