"""Files and learners as people name them on the command line."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from pipeline.errors import PermanentError

LABEL = re.compile(r"S[1-9][0-9]*")
TRANSCRIPTS = frozenset({".vtt", ".cha", ".json"})
"""Ends of the names of what `analyze --transcript` reads."""
HEAD = 8000
"""Bytes at a file's head in which git looks for a zero byte, too: texts have none; of twelve kinds of recordings each had one within 64."""


def size_of(path: Path, most: int) -> int:
    """Bytes; PermanentError where there is no file, nothing in it, or more than `most`."""
    if path.is_dir():
        raise PermanentError(
            f"{path} is a folder.", code="no-file", advice="Name the recordings in it."
        )
    if not path.is_file():
        raise PermanentError(
            f"There is no file {path}.", code="no-file", advice="Check the name and the folder."
        )
    size = path.stat().st_size
    if not size:
        raise PermanentError(
            "The file is empty.",
            code="empty-file",
            advice="Record or export it again and upload that.",
        )
    if size > most:
        raise PermanentError(
            f"The file has {size / 1024**3:.1f} GB, more than the {most / 1024**3:.1f} GB allowed.",
            code="too-large",
            advice="Export it with a smaller picture, or the sound alone.",
        )
    return size


def recording(path: Path, most: int) -> int:
    """As `size_of`; PermanentError for a transcript, too, of which a decoder could only say that it is no sound."""
    size = size_of(path, most)
    if path.suffix.lower() in TRANSCRIPTS and not binary(path):
        raise PermanentError(
            f"{path.name} is a transcript, not a recording.",
            code="transcript",
            advice="`colloquy analyze --transcript` judges it; upload the recording.",
        )
    return size


def binary(path: Path) -> bool:
    """Whether it is no text, whatever its name says."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    return b"\0" in head and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


def learner_named(told: str | None, most: int) -> tuple[str | None, Path | None]:
    """The learner's label (S1, S2, …) or the file with their voice, whichever was told."""
    if told is None or LABEL.fullmatch(told):
        return told, None
    voice = Path(told)
    if not voice.exists():
        raise PermanentError(
            f"{told} is neither a speaker's label nor a file with a voice.",
            code="no-file",
            advice="Name the learner as S1 or S2, in order of first speech, or give a recording of them alone.",
        )
    size_of(voice, most)
    return None, voice
