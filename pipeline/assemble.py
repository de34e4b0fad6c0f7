"""From the values of a run to the document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from importlib.metadata import version
from typing import TypeVar

from pipeline.analysis import (
    SCHEMA,
    Analysis,
    EvidencePart,
    FeedbackPart,
    GrammarErrorPart,
    LanguagePart,
    LemmaPart,
    LevelPart,
    MediaPart,
    MetricPart,
    Provenance,
    ScorePart,
    ScoresPart,
    SegmentPart,
    SpeakerPart,
    Step,
    TurnPart,
    WarningPart,
    WordPart,
)
from pipeline.metrics import METRICS
from pipeline.reports import GrammarReport, Report, VocabularyReport
from pipeline.scores import Evidence, Score, Scorecard
from pipeline.values import Dialogue, Recording, Segment, Upload

T = TypeVar("T")


def assemble(values: Mapping[str, object], steps: Mapping[str, Step]) -> Analysis:
    """The document from a run's values by type name; KeyError when the run was not scored."""
    upload, recording = _of(values, Upload), _of(values, Recording)
    dialogue, card = _of(values, Dialogue), _of(values, Scorecard)
    reports = [one for one in values.values() if isinstance(one, Report)]
    return Analysis(
        schema=SCHEMA,
        media=MediaPart(
            name=upload.name,
            sha256=recording.sha256,
            duration=recording.duration,
            sample_rate=recording.sample_rate,
            channels=recording.channels,
        ),
        language=LanguagePart(
            code=dialogue.language,
            probability=dialogue.language_probability,
            supported=dialogue.language_supported,
        ),
        speakers=tuple(SpeakerPart(**asdict(one)) for one in dialogue.speakers),
        turns=tuple(
            TurnPart(speaker_label=one.label, start=one.start, end=one.end)
            for one in dialogue.turns
        ),
        segments=tuple(map(_segment, dialogue.segments)),
        grammar_errors=tuple(_errors(reports)),
        vocabulary=tuple(_lemmas(reports)),
        metrics={
            one.name: MetricPart(value=one.value, unit=METRICS[one.name].unit, n=one.n)
            for report in reports
            for one in report.metrics
        },
        scores=_scores(card),
        evidence=tuple(map(_evidence, card.evidence)),
        level=LevelPart(**asdict(card.level)),
        feedback=FeedbackPart(**asdict(card.feedback), detailed=None),
        warnings=tuple(WarningPart(**asdict(one)) for one in dialogue.notices),
        provenance=Provenance(colloquy=version("colloquy"), rubric=card.rubric, stages=dict(steps)),
    )


def _of(values: Mapping[str, object], kind: type[T]) -> T:
    value = values[kind.__name__]
    if not isinstance(value, kind):
        message = f"{kind.__name__} holds a {type(value).__name__}"
        raise TypeError(message)
    return value


def _segment(one: Segment) -> SegmentPart:
    return SegmentPart(
        number=one.number,
        start=one.start,
        end=one.end,
        speaker=one.speaker,
        speaker_label=one.speaker_label,
        text=one.text,
        confidence=one.confidence,
        language=one.language,
        overlap=one.overlap,
        words=tuple(WordPart(**asdict(word)) for word in one.words),
    )


def _errors(reports: Iterable[Report]) -> Iterable[GrammarErrorPart]:
    for report in reports:
        if isinstance(report, GrammarReport):
            for one in report.errors:
                fields = asdict(one)
                place = fields.pop("place")
                yield GrammarErrorPart(**fields, **place)


def _lemmas(reports: Iterable[Report]) -> Iterable[LemmaPart]:
    for report in reports:
        if isinstance(report, VocabularyReport):
            for one in report.lemmas:
                fields = asdict(one)
                del fields["place"]
                yield LemmaPart(**fields)


def _score(one: Score) -> ScorePart:
    return ScorePart(
        score=one.score,
        cap=one.cap,
        low=one.low,
        high=one.high,
        state=one.state,
        reason=one.reason,
        evidence_level=one.evidence_level,
    )


def _scores(card: Scorecard) -> ScoresPart:
    parts = {str(one.dimension): _score(one) for one in card.dimensions}
    return ScoresPart(overall=_score(card.overall), **parts)


def _evidence(one: Evidence) -> EvidencePart:
    place = one.place
    return EvidencePart(
        dimension=one.dimension,
        rule=one.rule,
        points=one.points,
        explanation=one.explanation,
        segment=place.segment if place else None,
        start=place.start if place else None,
        end=place.end if place else None,
        words=place.words if place else (),
        start_time=place.start_time if place else None,
        end_time=place.end_time if place else None,
    )
