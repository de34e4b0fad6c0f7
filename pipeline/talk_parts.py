"""The parts of `colloquy.analysis/1` that say who spoke, when, and what."""

from __future__ import annotations

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True, config=STRICT)
class MediaPart:
    """The file that was analysed; a ready transcript has no sound to tell of."""

    name: str
    sha256: str
    duration: float | None
    sample_rate: int | None
    channels: int | None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LanguagePart:
    """Which language was heard; `probability` is null when the recogniser knows one only."""

    code: str
    probability: float | None
    supported: bool


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SpeakerPart:
    """One person, and by what their role was told; `confidence` is null where nothing told it."""

    label: str
    role: str
    speech_seconds: float | None
    words: int
    how: str
    confidence: float | None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TurnPart:
    """One turn of the diarization as it was."""

    speaker_label: str
    start: float
    end: float


@dataclass(frozen=True, kw_only=True, config=STRICT)
class WordPart:
    """One word."""

    id: str
    text: str
    start: float | None
    end: float | None
    probability: float
    speaker_label: str | None
    filler: bool
    repair: bool


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SegmentPart:
    """One merged turn with its words."""

    number: int
    start: float | None
    end: float | None
    speaker: str
    speaker_label: str
    text: str
    confidence: float
    language: str
    overlap: bool
    words: tuple[WordPart, ...]
