"""From the values of a run to the document."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from importlib.metadata import version
from typing import Any, TypeVar

from pipeline.analysis import (
    SCHEMA,
    Analysis,
    EvidencePart,
    FeedbackPart,
    GrammarErrorPart,
    LemmaPart,
    LevelPart,
    MetricPart,
    Provenance,
    RemarkPart,
    ScorePart,
    ScoresPart,
    Step,
    WarningPart,
)
from pipeline.artifacts import freeze
from pipeline.metrics import METRICS
from pipeline.plan import ADDED
from pipeline.reports import GrammarReport, Place, Report, VocabularyReport
from pipeline.scores import Evidence, Feedback, Remark, Score, Scorecard
from pipeline.talk_parts import (
    LanguagePart,
    MediaPart,
    SegmentPart,
    SpeakerPart,
    TurnPart,
    WordPart,
)
from pipeline.values import Dialogue, Recording, Segment, Speaker, Times, Upload, Word

T = TypeVar("T")


def assemble(values: Mapping[str, object], steps: Mapping[str, Step]) -> Analysis:
    """The document from a run's values by type name; KeyError when the run was not scored."""
    upload, recording = _of(values, Upload), _of(values, Recording)
    dialogue, card = _of(values, Dialogue), _of(values, Scorecard)
    times = dialogue.times
    reports = [one for one in values.values() if isinstance(one, Report)]
    return Analysis(
        schema=SCHEMA,
        media=_media(upload, recording, heard=dialogue.words_by != "transcript"),
        language=LanguagePart(
            code=dialogue.language,
            probability=dialogue.language_probability,
            supported=dialogue.language_supported,
        ),
        speakers=tuple(_speaker(one, times) for one in dialogue.speakers),
        turns=tuple(
            TurnPart(speaker_label=one.label, start=one.start, end=one.end)
            for one in dialogue.turns
            if times != "none"
        ),
        segments=tuple(_segment(one, times) for one in dialogue.segments),
        grammar_errors=tuple(_errors(reports, times)),
        vocabulary=tuple(_lemmas(reports)),
        metrics={
            one.name: MetricPart(value=one.value, unit=METRICS[one.name].unit, n=one.n)
            for report in reports
            for one in report.metrics
        },
        scores=_scores(card),
        evidence=tuple(_evidence(one, times) for one in card.evidence),
        level=LevelPart(**asdict(card.level)),
        feedback=_feedback(card.feedback, times),
        warnings=tuple(WarningPart(**asdict(one)) for one in dialogue.notices),
        provenance=Provenance(colloquy=version("colloquy"), rubric=card.rubric, stages=dict(steps)),
        extensions={
            one.name: json.loads(freeze(values[one.gives.__name__]).body)
            for one in ADDED
            if one.gives.__name__ in values
        },
    )


def _of(values: Mapping[str, object], kind: type[T]) -> T:
    value = values[kind.__name__]
    if not isinstance(value, kind):
        message = f"{kind.__name__} holds a {type(value).__name__}"
        raise TypeError(message)
    return value


def _media(upload: Upload, recording: Recording, *, heard: bool) -> MediaPart:
    return MediaPart(
        name=upload.name,
        sha256=recording.sha256,
        duration=recording.duration if heard else None,
        sample_rate=recording.sample_rate if heard else None,
        channels=recording.channels if heard else None,
    )


def _speaker(one: Speaker, times: Times) -> SpeakerPart:
    told = asdict(one)
    if times == "none":
        told["speech_seconds"] = None
    return SpeakerPart(**told)


def _segment(one: Segment, times: Times) -> SegmentPart:
    timed = times != "none"
    return SegmentPart(
        number=one.number,
        start=one.start if timed else None,
        end=one.end if timed else None,
        speaker=one.speaker,
        speaker_label=one.speaker_label,
        text=one.text,
        confidence=one.confidence,
        language=one.language,
        overlap=one.overlap,
        words=tuple(_word(word, times) for word in one.words),
    )


def _word(one: Word, times: Times) -> WordPart:
    told = asdict(one) | _unknown(times, "start", "end")
    del told["heard"]
    return WordPart(**told)


def _errors(reports: Iterable[Report], times: Times) -> Iterable[GrammarErrorPart]:
    for report in reports:
        if isinstance(report, GrammarReport):
            for one in report.errors:
                told = asdict(one)
                del told["place"]
                yield GrammarErrorPart(**told, **_where(one.place, times))


def _lemmas(reports: Iterable[Report]) -> Iterable[LemmaPart]:
    for report in reports:
        if isinstance(report, VocabularyReport):
            for one in report.lemmas:
                told = asdict(one)
                del told["place"]
                yield LemmaPart(**told)


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


def _feedback(said: Feedback, times: Times) -> FeedbackPart:
    return FeedbackPart(
        strengths=said.strengths,
        areas_for_improvement=said.areas_for_improvement,
        recommendations=said.recommendations,
        detailed=tuple(_remark(one, times) for one in said.detailed),
        language=said.language,
    )


def _remark(one: Remark, times: Times) -> RemarkPart:
    told = asdict(one)
    del told["place"]
    return RemarkPart(**told, **_where(one.place, times))


def _evidence(one: Evidence, times: Times) -> EvidencePart:
    return EvidencePart(
        dimension=one.dimension,
        rule=one.rule,
        points=one.points,
        explanation=one.explanation,
        **_where(one.place, times),
    )


def _where(place: Place | None, times: Times) -> dict[str, Any]:
    """A place as it lies flat in the document."""
    if place is None:
        return {**dict.fromkeys(one.name for one in fields(Place)), "words": ()}
    return asdict(place) | _unknown(times, "start_time", "end_time")


def _unknown(times: Times, *names: str) -> dict[str, None]:
    """Words' times that were only made up to keep the order."""
    return {} if times == "words" else dict.fromkeys(names)
