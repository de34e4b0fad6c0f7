"""Fakes of decoder and recogniser: one takes plain WAV files only, one says what it was told to hear."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import PermanentError
from pipeline.heard import DecodedAudio, Pronounced, RecognisedSpeech
from pipeline.parts import UNKEPT, Parts
from pipeline.ports import Progress
from pipeline.values import Span, Utterance, Word


@dataclass(frozen=True)
class FakeDecoder:
    """Takes WAV files; hands the bytes on as they are."""

    truncated: bool = False
    channel_files: int = 0
    engine: str = "fake decoder"

    def decode(self, media: Path, into: Path, progress: Progress) -> DecodedAudio:
        if not media.stat().st_size:
            raise PermanentError("The file is empty.", code="empty-file", advice="Send it again.")
        try:
            with wave.open(str(media), "rb") as file:
                rate, channels, frames = (
                    file.getframerate(),
                    file.getnchannels(),
                    file.getnframes(),
                )
        except (wave.Error, EOFError) as error:
            raise PermanentError(
                "The file is not a recording.", code="not-media", advice="Send a recording."
            ) from error
        progress(0.5)
        parts = [into / f"ch{n}" for n in range(self.channel_files)]
        for path in (into / "sound", *parts):
            path.write_bytes(media.read_bytes())
        progress(1.0)
        return DecodedAudio(
            path=into / "sound",
            duration=frames / rate,
            sample_rate=rate,
            channels=channels,
            codec="pcm_s16le",
            gain_db=3.0,
            peak=0.5,
            truncated=self.truncated,
            channel_paths=tuple(parts),
        )


@dataclass
class FakeTranscriber:
    """Gives one reading after the other, the last again and again: of each, what lies in the chunks."""

    readings: Sequence[tuple[Utterance, ...]]
    engine: str = "fake recogniser"
    asked: list[tuple[Span, ...]] = field(default_factory=list)

    def transcribe(
        self,
        audio: Path,
        chunks: Sequence[Span],
        language: str,
        progress: Progress,
        parts: Parts = UNKEPT,
    ) -> RecognisedSpeech:
        del audio, parts
        reading = self.readings[min(len(self.asked), len(self.readings) - 1)]
        self.asked.append(tuple(chunks))
        for number in range(len(chunks)):
            progress((number + 1) / len(chunks))
        return RecognisedSpeech(
            language=language,
            language_probability=None,
            utterances=tuple(
                one
                for one in reading
                if any(span.start <= one.start and one.end <= span.end for span in chunks)
            ),
        )


@dataclass
class FakePronunciationJudge:
    """The same score for whoever speaks ten seconds; remembers what it listened to."""

    score: float = 7.5
    error: float = 0.6
    stretch: float = 1.0
    engine: str = "fake judge"
    asked: list[tuple[Span, ...]] = field(default_factory=list)

    def judge(self, audio: Path, spans: Sequence[Span], progress: Progress) -> Pronounced | None:
        del audio
        self.asked.append(tuple(spans))
        progress(1.0)
        seconds = sum(one.seconds for one in spans)
        if seconds < 10:  # as the real one
            return None
        return Pronounced(
            score=self.score,
            error=self.error,
            pieces=len(spans),
            seconds=seconds,
            stretch=self.stretch,
            by_span=tuple(self.score if one.seconds >= 1.5 else None for one in spans),
        )


@dataclass(frozen=True)
class FakeFilledPauses:
    """Takes the first half second of each gap that is as long for an “uh”, unless told that nobody says any."""

    none: bool = False
    engine: str = "fake filled pauses"

    def find(self, audio: Path, gaps: Sequence[Span]) -> tuple[Span, ...]:
        del audio
        return tuple(
            Span(start=one.start, end=one.start + 0.5)
            for one in gaps
            if one.seconds >= 0.5 and not self.none
        )


def said(text: str, start: float, *, probability: float = 0.9, compression: float = 1.2, mute: float = 0.0,
         log_probability: float = -0.3) -> Utterance:  # fmt: skip
    """An utterance of which each word takes half a second."""
    words = tuple(
        Word(
            id="", text=word, start=start + n / 2, end=start + n / 2 + 0.5, probability=probability
        )
        for n, word in enumerate(text.split())
    )
    return Utterance(
        start=start,
        end=words[-1].end if words else start,
        words=words,
        mean_log_probability=log_probability,
        no_speech_probability=mute,
        compression_ratio=compression,
    )
