"""What flows between the stages: frozen values, seconds for times, code points for offsets.

Every value is plain data that survives a trip through JSON; audio stays in the media store and
travels as an object key only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LEARNER = "learner"
PARTNER = "partner"
UNKNOWN = "unknown"
"""Roles; further partners are `partner-2`, `partner-3`, … in order of first speech."""

How = Literal["given", "voice", "rule", "only speaker", "unknown"]
"""By what the learner was told from the others."""
WordsBy = Literal["recogniser", "transcript", "teacher"]
"""Who wrote the words down: `transcript` is a ready one, of which nothing was heard; `teacher` put right what was."""
Times = Literal["words", "turns", "none"]
"""Of what the times are known: of each word, of turns alone (words are spread evenly over them), of nothing (times
only keep the order)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time in seconds from the start of the recording; `end >= start`."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.end - self.start

    def overlap(self, other: Span) -> float:
        """Seconds that both cover; 0 when they do not touch."""
        return max(0.0, min(self.end, other.end) - max(self.start, other.start))


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenWord:
    """One word of a transcript that a person made; None for what they did not tell."""

    text: str
    start: float | None = None
    end: float | None = None
    probability: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one speaker says in one go, by a transcript that a person made; `words` where it has them."""

    speaker: str
    text: str
    start: float | None = None
    end: float | None = None
    words: tuple[WrittenWord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What was said by a teacher's word: whole lines, each under the label of who speaks."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something a reader of the result should know; `code` is stable, `message` is for people."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A recording as it was handed in, with what the sender told about it."""

    name: str
    key: str
    size: int
    etag: str = ""
    language: str = "en"
    speakers: int | None = None
    learner_label: str | None = None
    """`S1`, `S2`, …: the learner is the first, second, … person to speak."""
    learner_voice: str | None = None
    """Object key of a sample of the learner's voice."""
    topic: str | None = None
    level: str | None = None
    feedback_language: str = "en"
    """In which the learner reads, as `de` or `de-AT`; seeds of runs from before this field have none."""
    correction: Correction | None = None
    """Takes the place of the recogniser's words, whichever recogniser it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The sound alone: 16 kHz mono FLAC at a common level, under `key` in the media store."""

    key: str
    sha256: str
    """Of the uploaded bytes."""
    duration: float
    sample_rate: int
    """Of the upload, in Hz; the stored object always has 16 kHz."""
    channels: int
    codec: str
    gain_db: float
    """What the level normalisation added."""
    channel_keys: tuple[str, ...] = ()
    """One mono object a channel where each channel carries one speaker; else empty."""
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word as it was heard; `text` carries its punctuation, no surrounding space.

    The recogniser's words have no speaker yet; a speaker that a person named stays.
    """

    id: str
    """`w0`, `w1`, … in order of time; evidence refers to it."""
    text: str
    start: float
    end: float
    probability: float
    """The recogniser's own, 0 to 1; 1 where a person wrote the word."""
    speaker_label: str | None = None
    filler: bool = False
    repair: bool = False
    """Said and taken back: a repetition or the part before a self-correction."""
    heard: float | None = None
    """Of a teacher's word, how sure the recogniser was of what it heard there; None where it heard nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """One stretch the recogniser wrote down in one go."""

    start: float
    end: float
    words: tuple[Word, ...]
    mean_log_probability: float
    no_speech_probability: float
    compression_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """What was said; by whom only where a person wrote it down."""

    language: str
    language_probability: float | None
    """None when the recogniser knows one language only and so cannot tell."""
    utterances: tuple[Utterance, ...]
    speech: tuple[Span, ...]
    """Where anybody speaks, by the voice activity detector."""
    notices: tuple[Notice, ...] = ()
    filled_pauses: tuple[Span, ...] = ()
    """Between words, where by the sound somebody says “uh” or “um”."""
    words_by: WordsBy = "recogniser"
    times: Times = "words"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One speaker's stretch of speech; turns of different speakers may overlap."""

    label: str
    start: float
    end: float

    @property
    def span(self) -> Span:
        """Its time alone."""
        return Span(start=self.start, end=self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceMatch:
    """How like the enrolled voice a speaker sounds: cosine, -1 to 1."""

    label: str
    similarity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerTurns:
    """Who spoke when: labels `S1`, `S2`, … in order of first speech, overlaps kept."""

    turns: tuple[Turn, ...]
    how: Literal["voices", "channels", "given"]
    matches: tuple[VoiceMatch, ...] = ()
    """Empty when no voice is enrolled."""
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """One person in the conversation."""

    label: str
    role: str
    speech_seconds: float
    words: int
    how: How
    confidence: float | None
    """In the role, 0 to 1; 1 where it was given, None where the role is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One merged turn: `text` is the words' texts joined by one space."""

    number: int
    start: float
    end: float
    speaker: str
    """The role."""
    speaker_label: str
    text: str
    words: tuple[Word, ...]
    confidence: float
    """Mean word probability, 0 to 1."""
    language: str
    overlap: bool
    """Another speaker talks in at least a fifth of its time."""

    def word_spans(self) -> tuple[tuple[int, int], ...]:
        """Code-point offsets (start, end exclusive) in `text`, one pair a word."""
        spans, at = [], 0
        for word in self.words:
            spans.append((at, at + len(word.text)))
            at += len(word.text) + 1
        return tuple(spans)

    def least_probability(self, first: int, last: int) -> float:
        """The lowest probability of the words from `first` to `last`, both included."""
        return min(word.probability for word in self.words[first : last + 1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """Who said what when, and which of them is the learner."""

    language: str
    language_probability: float | None
    language_supported: bool
    duration: float
    speakers: tuple[Speaker, ...]
    turns: tuple[Turn, ...]
    """The diarization as it was."""
    segments: tuple[Segment, ...]
    speech: tuple[Span, ...]
    """Where anybody speaks, by the voice activity detector."""
    notices: tuple[Notice, ...] = ()
    filled_pauses: tuple[Span, ...] = ()
    """Between words, where by the sound somebody says “uh” or “um”."""
    words_by: WordsBy = "recogniser"
    times: Times = "words"

    @property
    def learner(self) -> Speaker | None:
        """None when nobody could be told to be the learner."""
        return next((one for one in self.speakers if one.role == LEARNER), None)

    @property
    def learner_segments(self) -> tuple[Segment, ...]:
        """What the learner said."""
        return tuple(one for one in self.segments if one.speaker == LEARNER)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRef:
    """What `persist` wrote."""

    state: Literal["evaluated", "insufficient"]
    evaluation_id: str | None
    """None when there was not enough evidence for an evaluation row."""
    reason: str | None
    segments: int
    errors: int
    lemmas: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """What `index` wrote."""

    documents: int
