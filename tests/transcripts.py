"""Ready transcripts for tests, and how they are read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipeline.written import WrittenTranscript
from workers.transcripts import read


def written(folder: Path, text: str) -> WrittenTranscript:
    path = folder / "given"
    path.write_bytes(text.encode())
    return read(path)


def transcript(*segments: dict[str, Any], **told: str | None) -> str:
    return json.dumps({"schema": "colloquy.transcript/1", "segments": segments, **told})


def said(
    speaker: str, text: str, start: float | None = None, end: float | None = None
) -> dict[str, Any]:
    return {"speaker": speaker, "text": text, "start": start, "end": end}
