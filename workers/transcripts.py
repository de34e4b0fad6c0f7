"""Ready transcripts as people keep them: WebVTT, CHAT, JSON, told apart by how they begin."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from pipeline.adapters.chat import read_chat
from pipeline.adapters.webvtt import read_webvtt
from pipeline.errors import PermanentError
from pipeline.transcript import read_transcript
from pipeline.written import WrittenTranscript, checked
from workers.files import binary, size_of

MOST = 64 * 1024**2
"""Bytes: ten hours of talk with the times of every word are some 15 MB of JSON."""
CHAT = re.compile(r"@|\*[^\s:]+:")
"""A header or an utterance."""


def read(path: Path, language: str | None = None) -> WrittenTranscript:
    """The transcript, checked; PermanentError, with what to do, where there is none that can be used.

    `language` for a file that does not name its own.
    """
    size_of(path, MOST)
    if binary(path):
        raise PermanentError(
            f"{path.name} is no text: it may be a recording.",
            code="not-transcript",
            advice="Give a transcript here; `colloquy analyze` without --transcript takes recordings.",
        )
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise PermanentError(
            "The file is no text in UTF-8.", code="not-transcript", advice="Save it as UTF-8."
        ) from error
    return checked(_read(text, path.name, hashlib.sha256(content).hexdigest()), language)


def _read(text: str, name: str, sha256: str) -> WrittenTranscript:
    begin = text.lstrip()
    if begin.startswith("WEBVTT"):
        lines, language = read_webvtt(begin)
        return WrittenTranscript(name=name, sha256=sha256, lines=tuple(lines), language=language)
    if CHAT.match(begin):
        chat = read_chat(text)
        return WrittenTranscript(
            name=name,
            sha256=sha256,
            lines=tuple(chat.lines),
            language=chat.language,
            learner=chat.learner,
        )
    if begin.startswith("{"):
        return read_transcript(text, name=name, sha256=sha256)
    raise PermanentError(
        "The file is no transcript of a kind that can be read.",
        code="not-transcript",
        advice="Give WebVTT with voices, CHAT, or JSON of the kind colloquy.transcript/1.",
    )
