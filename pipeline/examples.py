"""Words of the learner's that show what went well."""

from __future__ import annotations

from collections.abc import Callable, Collection

from pipeline.places import whole
from pipeline.quotes import stretch
from pipeline.reports import (
    ComprehensionReport,
    FluencyReport,
    GrammarReport,
    Place,
    PronunciationReport,
    Report,
    VocabularyReport,
)
from pipeline.rubric import Criterion
from pipeline.values import UNSURE, Dialogue, Segment, Word

CLEAR = 0.9
"""Probability: native speech has a mean of .92."""


def example(
    dialogue: Dialogue, report: Report, criterion: Criterion, slips: Collection[str]
) -> Place | None:
    """What was noticed in favour of the criterion, else the dimension's best words; None where there are none.

    `slips` are the ids of words in which a slip was found, counted or not: nobody is praised for those.
    """
    noticed = [one.place for one in report.observations if one.metric == criterion.metric]
    if criterion.kind == "gain" and any(noticed):
        return next(filter(None, noticed))
    return _best(dialogue, report, criterion, slips)


def _best(
    dialogue: Dialogue, report: Report, criterion: Criterion, slips: Collection[str]
) -> Place | None:
    def right(word: Word) -> bool:
        return _fluent(word) and word.id not in slips

    match report:
        case GrammarReport():
            return stretch(dialogue, right)
        case VocabularyReport():
            return _rare(report)
        case FluencyReport():
            return stretch(dialogue, right, _paused(report))
        case PronunciationReport():
            return stretch(dialogue, lambda word: right(word) and word.probability >= CLEAR)
        case ComprehensionReport():
            return _reply(dialogue, report, criterion)
    return None


def _fluent(word: Word) -> bool:
    return word.probability >= UNSURE and not (word.filler or word.repair)


def _rare(report: VocabularyReport) -> Place | None:
    known = [one for one in report.lemmas if one.zipf > 0]
    return min(known, key=lambda one: (one.zipf, one.lemma)).place if known else None


def _paused(report: FluencyReport) -> Callable[[Segment, Word, Word], bool]:
    """Whether a pause lies between two words, told by the pauses' middles."""
    middles = {(one.segment, (one.start + one.end) / 2) for one in report.pauses}

    def paused(segment: Segment, before: Word, after: Word) -> bool:
        start, end = (before.start + before.end) / 2, (after.start + after.end) / 2
        return any(number == segment.number and start < at < end for number, at in middles)

    return paused


def _reply(dialogue: Dialogue, report: ComprehensionReport, criterion: Criterion) -> Place | None:
    """The quickest reply where it is about quickness, else the one that fits best."""
    replies = [one for one in report.exchanges if not one.repair_request]
    if not replies:
        return None
    quick = criterion.metric == "reply_latency"
    best = min(replies, key=lambda one: (one.latency if quick else -one.relevance, one.reply))
    found = next((one for one in dialogue.learner_segments if one.number == best.reply), None)
    return whole(found) if found is not None and found.words else None
