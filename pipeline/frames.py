"""The tables of a document as pandas DataFrames."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, fields
from decimal import Decimal
from typing import Any

import pandas as pd

from pipeline.analysis import Analysis, EvidencePart, GrammarErrorPart, LemmaPart, ScorePart
from pipeline.reports import Dimension
from pipeline.talk_parts import SegmentPart, SpeakerPart, TurnPart, WordPart


def frames(analysis: Analysis) -> dict[str, Any]:
    """By name: scores, speakers, turns, segments, words, errors, evidence, vocabulary, metrics.

    Points are floats, what is unknown is missing.
    """
    words = [(one.number, *_values(word)) for one in analysis.segments for word in one.words]
    scores = [
        (name, *_values(getattr(analysis.scores, name)))
        for name in ("overall", *map(str, Dimension))
    ]
    metrics = [(name, one.value, one.unit, one.n) for name, one in analysis.metrics.items()]
    return {
        "scores": pd.DataFrame(scores, columns=["dimension", *_names(ScorePart)]),
        "speakers": _frame(SpeakerPart, analysis.speakers),
        "turns": _frame(TurnPart, analysis.turns),
        "segments": _frame(SegmentPart, analysis.segments).drop(columns="words"),
        "words": pd.DataFrame(words, columns=["segment", *_names(WordPart)]),
        "errors": _frame(GrammarErrorPart, analysis.grammar_errors),
        "evidence": _frame(EvidencePart, analysis.evidence),
        "vocabulary": _frame(LemmaPart, analysis.vocabulary),
        "metrics": pd.DataFrame(metrics, columns=["metric", "value", "unit", "n"]),
    }


def _frame(kind: type[Any], parts: Iterable[object]) -> Any:  # noqa: ANN401 - pandas ships no types
    return pd.DataFrame([_values(one) for one in parts], columns=_names(kind))


def _names(kind: type[Any]) -> list[str]:
    return [one.name for one in fields(kind)]


def _values(part: Any) -> list[object]:  # noqa: ANN401 - any of the parts
    told = asdict(part)
    return [float(one) if isinstance(one, Decimal) else one for one in told.values()]
