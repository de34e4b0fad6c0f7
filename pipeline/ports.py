"""What the stages need from outside, by role; `adapters` has the products, `tests.fakes` the fakes.

Every tool names itself in `engine`: product, version, and those settings that change its results.
The name goes into the content hash of what was made with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

from pipeline.heard import DecodedAudio, DiarizedSpeech, Pronounced, RecognisedSpeech
from pipeline.parts import UNKEPT, Parts
from pipeline.reports import Report
from pipeline.scores import Scorecard
from pipeline.search import SearchDocument, SearchFilters, SearchHit
from pipeline.values import (
    Dialogue,
    EvaluationRef,
    Recording,
    Span,
    Upload,
)

Progress = Callable[[float], None]
"""Told now and then which fraction, 0 to 1, of the stage is done."""


class Tool(Protocol):
    """Whatever a stage takes by keyword."""

    @property
    def engine(self) -> str:
        """Product, version and the settings that change results; empty when it cannot change any."""
        ...


class MediaStore(Tool, Protocol):
    """Objects by key. A missing object is a PermanentError, a server away a TransientError."""

    def fetch(self, key: str, etag: str = "") -> AbstractContextManager[Path]:
        """A local file with the object's bytes, gone when the block ends.

        PermanentError `replaced` where an ETag is given and the object has another one by now.
        """
        ...

    def store(self, key: str, path: Path) -> None:
        """Put the file's bytes under the key, whole or not at all; the same key is replaced."""
        ...

    def exists(self, key: str) -> bool:
        """Whether an object is there."""
        ...

    def remove(self, key: str) -> None:
        """Take the object away; one that is not there is no error."""
        ...


class MediaDecoder(Tool, Protocol):
    """Any audio or video to 16 kHz mono FLAC at a common level, in bounded memory."""

    def decode(self, media: Path, into: Path, progress: Progress) -> DecodedAudio:
        """Write the sound into the folder; PermanentError when there is no sound that can be read."""
        ...


class VoiceActivity(Tool, Protocol):
    """Tells speech from everything else."""

    def detect(self, audio: Path, progress: Progress) -> tuple[Span, ...]:
        """Where anybody speaks, in order, not overlapping."""
        ...


class Transcriber(Tool, Protocol):
    """Speech to words with times and probabilities."""

    def transcribe(
        self,
        audio: Path,
        chunks: Sequence[Span],
        language: str,
        progress: Progress,
        parts: Parts = UNKEPT,
    ) -> RecognisedSpeech:
        """The words in the given chunks of a 16 kHz mono file; times count from the file's start."""
        ...


class FilledPauses(Tool, Protocol):
    """Tells “uh” and “um” by their sound: recognisers leave them out."""

    def find(self, audio: Path, gaps: Sequence[Span]) -> tuple[Span, ...]:
        """At most one in each gap, a stretch of a 16 kHz mono file with a voice but no word."""
        ...


class Diarizer(Tool, Protocol):
    """Who speaks when."""

    def diarize(
        self, audio: Path, speakers: int | None, progress: Progress, parts: Parts = UNKEPT
    ) -> DiarizedSpeech:
        """Turns in a 16 kHz mono file; `speakers` fixes their number where it is known."""
        ...

    def voice(self, audio: Path) -> tuple[float, ...]:
        """The voice vector of a sample in which one person speaks."""
        ...

    def voice_in(self, audio: Path, speech: Sequence[Span]) -> tuple[float, ...] | None:
        """The voice vector of these spans of a 16 kHz mono file; None where they are too short for one."""
        ...


class PronunciationJudge(Tool, Protocol):
    """Scores pronunciation by ear, without a text."""

    def judge(self, audio: Path, spans: Sequence[Span], progress: Progress) -> Pronounced | None:
        """One person's speech in a 16 kHz mono file; gain does not count; None when it is too short."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GrammarFinding:
    """One finding in one text; code points, end exclusive."""

    start: int
    end: int
    rule: str
    category: str
    message: str
    suggestions: tuple[str, ...]


class GrammarChecker(Tool, Protocol):
    """Finds slips in texts."""

    def check(self, texts: Sequence[str], language: str) -> list[tuple[GrammarFinding, ...]]:
        """The findings of each text, in the order of the texts."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One token of an analysed text: code points, universal part of speech, dependency."""

    start: int
    end: int
    text: str
    lemma: str
    pos: str
    tag: str
    dep: str
    head: int
    """Index of the head token in the same text."""
    morph: str
    entity: str
    """Entity type, empty for none."""
    sentence_start: bool


class TextAnalyzer(Tool, Protocol):
    """Lemmas, parts of speech, dependencies."""

    def analyze(self, texts: Sequence[str], language: str = "en") -> list[tuple[Token, ...]]:
        """The tokens of each text, in the order of the texts; PermanentError for a language it does not have."""
        ...


class WordFrequencies(Tool, Protocol):
    """How common words are."""

    def zipf(self, word: str, language: str) -> float:
        """Zipf frequency, log10 of occurrences in 10^9 words; 0 for a word never seen."""
        ...


class LevelList(Tool, Protocol):
    """CEFR levels of English words."""

    def level(self, lemma: str, pos: str) -> str | None:
        """A1 to C2 for a lemma as a universal part of speech; None when no list has it."""
        ...


class SentenceVectors(Tool, Protocol):
    """Texts as vectors."""

    def vectors(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        """One vector of unit length a text, so that a dot product is the cosine."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Everything that `persist` writes of one run."""

    upload: Upload
    recording: Recording
    dialogue: Dialogue
    scorecard: Scorecard
    reports: tuple[Report, ...]
    sha256: str
    """Content hash of what the evaluation was computed from."""
    rubric_sha256: str


class EvaluationStore(Tool, Protocol):
    """Where evaluations live."""

    def save(self, run_id: UUID, attempt: int, evaluation: Evaluation) -> EvaluationRef:
        """Write all of it in one transaction; a second call for the same run changes nothing.

        What readers see of the conversation stays where a newer run has written it.
        """
        ...

    def documents(self, conversation_id: UUID) -> tuple[SearchDocument, ...]:
        """What readers see, as it is searched; PermanentError when the conversation is gone."""
        ...


class SearchWriter(Protocol):
    """Where documents are kept to be found."""

    def replace(self, conversation_id: UUID, documents: Sequence[SearchDocument]) -> int:
        """Make these the conversation's only documents; how many there are now."""
        ...

    def remove(self, conversation_id: UUID) -> None:
        """Take the conversation's documents away."""
        ...


class Rebuild(SearchWriter, Protocol):
    """An index that is being filled."""

    def add(self, documents: Sequence[SearchDocument]) -> None:
        """Write these, of many conversations; faster than to replace, and none is taken away."""
        ...

    def conversations(self) -> set[UUID]:
        """Those that something is kept of."""
        ...


class SearchIndex(Tool, SearchWriter, Protocol):
    """Full text over segments."""

    def search(self, query: str, filters: SearchFilters) -> list[SearchHit]:
        """The best hits first, those with every word; what a query has besides its words is passed over."""
        ...

    def rebuilding(self) -> AbstractContextManager[Rebuild]:
        """An index to be filled, which is searched once the block ends without an error.

        What other processes write and remove meanwhile goes there, too. One that was broken off before is thrown away.
        Two at once are not meant to be.
        """
        ...
