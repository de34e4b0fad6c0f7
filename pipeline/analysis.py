"""`colloquy.analysis/1`: the whole result as one document.

Times are seconds, null where a ready transcript has none; offsets are code points in the segment's text with
the end exclusive; unknown is null and never 0. Points are decimals with two places, written as JSON numbers.
"""

from __future__ import annotations

import json
from dataclasses import field
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import JsonValue, PlainSerializer, TypeAdapter
from pydantic.dataclasses import dataclass
from pydantic.json_schema import WithJsonSchema

from pipeline.talk_parts import (
    STRICT,
    LanguagePart,
    MediaPart,
    SegmentPart,
    SpeakerPart,
    TurnPart,
)

SCHEMA: Literal["colloquy.analysis/1"] = "colloquy.analysis/1"

Points = Annotated[
    Decimal,
    PlainSerializer(float, return_type=float, when_used="json"),
    WithJsonSchema({"type": "number"}),
]
State = Literal["scored", "insufficient"]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class GrammarErrorPart:
    """One slip, with why it does not count where it does not."""

    segment: int
    start: int
    end: int
    start_time: float | None
    end_time: float | None
    words: tuple[str, ...]
    type: str
    rule: str
    source: str
    message: str
    text: str
    suggestion: str | None
    severity: Literal["low", "medium", "high", "critical"]
    counted: bool
    why_not_counted: str | None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LemmaPart:
    """One lemma the learner used; null for what no corpus (`zipf`) or no list (`cefr`) has."""

    lemma: str
    pos: str
    frequency: int
    zipf: float | None
    cefr: str | None
    complexity: float | None
    appropriateness: float | None
    context: str
    is_advanced: bool


@dataclass(frozen=True, kw_only=True, config=STRICT)
class MetricPart:
    """One measured value; `n` is how many things it was measured on."""

    value: float
    unit: str
    n: int


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ScorePart:
    """One score, or the reason why there is none."""

    score: Points | None
    cap: Points
    low: Points | None
    high: Points | None
    state: State
    reason: str | None
    evidence_level: str | None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ScoresPart:
    """The overall score and the five dimensions'."""

    overall: ScorePart
    grammar: ScorePart
    vocabulary: ScorePart
    fluency: ScorePart
    pronunciation: ScorePart
    comprehension: ScorePart


@dataclass(frozen=True, kw_only=True, config=STRICT)
class EvidencePart:
    """One row of points; those of a scored dimension sum exactly to its score."""

    dimension: str
    rule: str
    points: Points
    explanation: str
    segment: int | None
    start: int | None
    end: int | None
    words: tuple[str, ...]
    start_time: float | None
    end_time: float | None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LevelPart:
    """CEFR level with its interval."""

    cefr: str | None
    low: str | None
    high: str | None
    state: State
    reason: str | None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class RemarkPart:
    """One point of feedback; `quote` is the segment's text from `start` to `end`, the learner's own."""

    dimension: str
    kind: Literal["strength", "area"]
    about: str
    text: str
    advice: str | None
    quote: str | None
    better: str | None
    times: int
    points: Points
    segment: int | None
    start: int | None
    end: int | None
    words: tuple[str, ...]
    start_time: float | None
    end_time: float | None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class FeedbackPart:
    """What the learner reads, in `language`; each sentence of the lists is that of one of `detailed`."""

    strengths: tuple[str, ...]
    areas_for_improvement: tuple[str, ...]
    recommendations: tuple[str, ...]
    detailed: tuple[RemarkPart, ...] | None
    """Null in documents from before it was written."""
    language: str = "en"


@dataclass(frozen=True, kw_only=True, config=STRICT)
class WarningPart:
    """Something a reader should know."""

    code: str
    message: str


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Step:
    """One stage: its version, what worked in it, how long."""

    version: int
    engine: str | None
    seconds: float | None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Provenance:
    """By what the document was made."""

    colloquy: str
    rubric: str
    stages: dict[str, Step]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Analysis:
    """The document."""

    schema: Literal["colloquy.analysis/1"]
    media: MediaPart
    language: LanguagePart
    speakers: tuple[SpeakerPart, ...]
    turns: tuple[TurnPart, ...]
    segments: tuple[SegmentPart, ...]
    grammar_errors: tuple[GrammarErrorPart, ...]
    vocabulary: tuple[LemmaPart, ...]
    metrics: dict[str, MetricPart]
    scores: ScoresPart
    evidence: tuple[EvidencePart, ...]
    level: LevelPart
    feedback: FeedbackPart
    warnings: tuple[WarningPart, ...]
    provenance: Provenance
    extensions: dict[str, JsonValue] = field(default_factory=dict)
    """What stages of other packages gave, by the stage's name."""

    def to_pandas(self) -> dict[str, Any]:
        """Its tables as pandas DataFrames, by name, with the columns of `docs/dataset.md`."""
        from pipeline.frames import frames  # noqa: PLC0415 - pandas takes a second to import

        return frames(self)


ADAPTER = TypeAdapter(Analysis)


def to_json(analysis: Analysis) -> str:
    """The document, indented."""
    return ADAPTER.dump_json(analysis, indent=2).decode()


def from_json(text: str) -> Analysis:
    """The document read back; ValueError when it is none."""
    return ADAPTER.validate_json(text)


def json_schema() -> str:
    """The JSON Schema (2020-12) of the document, made from the types."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **ADAPTER.json_schema(mode="serialization"),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
