"""What the tools that hear give to their stages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.values import Turn, Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedAudio:
    """What the decoder made of a media file: local 16 kHz mono FLAC files and what it read."""

    path: Path
    duration: float
    sample_rate: int
    channels: int
    codec: str
    gain_db: float
    peak: float
    """Of the upload before the gain, 0 to 1."""
    truncated: bool
    """The file broke off: what could be read was kept."""
    channel_paths: tuple[Path, ...] = ()
    """One file a channel where each channel carries one speaker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognisedSpeech:
    """What the recogniser heard; word ids are not yet given (empty)."""

    language: str
    language_probability: float | None
    utterances: tuple[Utterance, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiarizedSpeech:
    """Turns under the engine's own labels, overlaps kept, with one voice vector a label."""

    turns: tuple[Turn, ...]
    voices: dict[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pronounced:
    """How experts would score somebody's pronunciation, 0 to 10, as far as the sound tells."""

    score: float
    error: float
    """Standard error of the score, for a speaker and a microphone never heard before."""
    pieces: int
    seconds: float
    """Of speech that was listened to."""
    stretch: float
    """By how much the error was widened because the sound is unlike what the judge knows; 1 for not at all."""
    by_span: tuple[float | None, ...]
    """Of each span that was given, 0 to 10; None of one that is too short to be judged."""
