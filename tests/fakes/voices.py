"""Fakes of the tools that hear: they answer by the file's name, and of a media store around them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.heard import DiarizedSpeech
from pipeline.parts import UNKEPT, Parts
from pipeline.ports import Progress
from pipeline.values import Span, Turn


@dataclass
class FakeDiarizer:
    """Answers by file name; an unknown file holds nobody. Remembers what it was asked."""

    speech: Mapping[str, DiarizedSpeech] = field(default_factory=dict)
    samples: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    engine: str = "fake diarizer"
    asked: list[tuple[str, int | None]] = field(default_factory=list)

    def diarize(
        self, audio: Path, speakers: int | None, progress: Progress, parts: Parts = UNKEPT
    ) -> DiarizedSpeech:
        del parts
        self.asked.append((audio.name, speakers))
        progress(1.0)
        return self.speech.get(audio.name, DiarizedSpeech(turns=(), voices={}))

    def voice(self, audio: Path) -> tuple[float, ...]:
        self.asked.append((audio.name, None))
        return self.samples[audio.name]

    def voice_in(self, audio: Path, speech: Sequence[Span]) -> tuple[float, ...] | None:
        return self.samples.get(audio.name) if speech else None


@dataclass(frozen=True)
class FakeVoiceActivity:
    """Answers by file name; an unknown file is silent."""

    speech: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    engine: str = "fake voice activity"

    def detect(self, audio: Path, progress: Progress) -> tuple[Span, ...]:
        progress(1.0)
        return self.speech.get(audio.name, ())


@dataclass(frozen=True)
class NamedMedia:
    """Every object is there, as a path of the key's last part; nothing is read or written."""

    engine: str = ""
    fetched: list[str] = field(default_factory=list)

    @contextmanager
    def fetch(self, key: str, etag: str = "") -> Iterator[Path]:
        del etag
        self.fetched.append(key)
        yield Path(key).relative_to(Path(key).parent)

    def store(self, key: str, path: Path) -> None:
        raise AssertionError(f"diarize stores nothing, not {key} from {path}")

    def exists(self, key: str) -> bool:
        return bool(key)

    def remove(self, key: str) -> None:
        raise AssertionError(f"diarize removes nothing, not {key}")


def voices(*turns: tuple[str, float, float], **vectors: tuple[float, ...]) -> DiarizedSpeech:
    """Turns as (label, start, end) and a vector a label."""
    return DiarizedSpeech(
        turns=tuple(Turn(label=label, start=start, end=end) for label, start, end in turns),
        voices=vectors,
    )
