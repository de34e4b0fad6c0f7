"""What the five judging stages say of the learner; `score` turns it into points."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Dimension(StrEnum):
    """The five rubric dimensions, in the order in which they are shown."""

    GRAMMAR = "grammar"
    VOCABULARY = "vocabulary"
    FLUENCY = "fluency"
    PRONUNCIATION = "pronunciation"
    COMPREHENSION = "comprehension"


CAPS = {
    Dimension.GRAMMAR: 25,
    Dimension.VOCABULARY: 20,
    Dimension.FLUENCY: 20,
    Dimension.PRONUNCIATION: 15,
    Dimension.COMPREHENSION: 20,
}
"""Points at most, by the database's own checks; together 100."""

Severity = Literal["low", "medium", "high", "critical"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One measured value by its name in `pipeline.metrics`; `n` is how many things it was measured on."""

    name: str
    value: float
    n: int
    low: float | None = None
    high: float | None = None
    """95 % bounds over the learner's turns (`pipeline.bootstrap`), None where they are too few to tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the conversation: a segment, code points in its text (end exclusive), words, seconds."""

    segment: int
    start: int
    end: int
    words: tuple[str, ...]
    start_time: float
    end_time: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One thing a judge noticed at one place, bearing on one metric."""

    metric: str
    rule: str
    message: str
    weight: float
    """How much it counts beside the metric's other observations; > 0."""
    place: Place | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one judge found; `insufficient` holds the reason when it could not judge."""

    dimension: Dimension
    metrics: tuple[Metric, ...]
    observations: tuple[Observation, ...]
    evidence_level: str
    """How good the evidence is, in a few words: `recogniser probabilities`, `text`, `timing`, …"""
    insufficient: str | None = None

    def metric(self, name: str) -> Metric | None:
        """The metric of that name, None when it was not measured."""
        return next((one for one in self.metrics if one.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class GrammarError:
    """One slip: `type` is the family (`agreement`, …), `rule` the engine's id of it."""

    type: str
    rule: str
    source: str
    message: str
    text: str
    suggestion: str | None
    severity: Severity
    counted: bool
    why_not_counted: str | None
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class GrammarReport(Report):
    """Grammar, with every slip found, counted or not."""

    errors: tuple[GrammarError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LemmaUse:
    """One lemma the learner used; None for what no corpus (Zipf, 0 to 8) or no list (CEFR) has."""

    lemma: str
    pos: str
    frequency: int
    zipf: float | None
    cefr: str | None
    complexity: float | None
    """0 to 100; None when neither Zipf nor level is known."""
    appropriateness: float | None
    """0 to 100, to the conversation's level and topic; None when neither is known."""
    context: str
    is_advanced: bool
    """Level B2 or above, and the learner's own: no mere echo of the partner, no swearing."""
    place: Place
    """Its first use that was heard surely, else its first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VocabularyReport(Report):
    """Vocabulary, one entry a lemma."""

    lemmas: tuple[LemmaUse, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A silence of the learner's: inside a clause, at its border, or before a reply."""

    start: float
    end: float
    where: Literal["within", "between", "reply"]
    segment: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FluencyReport(Report):
    """Fluency, with the pauses it rests on."""

    pauses: tuple[Pause, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PronunciationReport(Report):
    """Pronunciation; the evidence level says by what it was measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What the partner said and the learner's reply to it."""

    prompt: int
    """The partner's last segment of it."""
    reply: int
    """The learner's first."""
    question: bool
    relevance: float
    """Cosine of the two texts' sentence vectors, -1 to 1."""
    latency: float | None
    """Seconds from the partner's end to the learner's start; negative when they overlap, None without times."""
    repair_request: bool
    kinds: tuple[str, ...] = ()
    """What is asked (`pipeline.questions.Kind`), empty after a statement."""
    answer: str | None = None
    """How it is answered (`pipeline.questions.Answer`); None where nothing is asked or it cannot be told."""
    fit: float | None = None
    """How likely the reply is one to this prompt, 0 to 1; None where it is too short to tell."""
    follow_up: bool = False
    """The learner asks something of the partner."""
    asked_again: bool = False
    """The partner puts the same question once more, the reply having been none to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComprehensionReport(Report):
    """Comprehension, by the pairs of turns it rests on."""

    exchanges: tuple[Exchange, ...] = ()
