"""Words of the learner's that show what went well, or what was measured over the whole conversation."""

from __future__ import annotations

from collections.abc import Callable, Collection

from pipeline.places import place, whole
from pipeline.quotes import SHORTEST, sentences, stretch
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
from pipeline.sureness import SURELY
from pipeline.values import Dialogue, Segment, Word

CONTENT = frozenset({"NOUN", "VERB", "ADJ", "ADV"})
OFTEN = 3
"""Uses: two may be chance."""
CLEAR = 0.9
"""Probability: native speech has a mean of .92."""


def example(
    dialogue: Dialogue, report: Report, criterion: Criterion, slips: Collection[str]
) -> Place | None:
    """What was noticed in favour of the criterion, else the dimension's best words; None where there are none.

    `slips` are the ids of words in which a slip was found, counted or not: nobody is praised for those.
    """
    surely = _surely(dialogue)
    noticed = (
        one.place
        for one in report.observations
        if one.metric == criterion.metric and surely(one.place)
    )
    if criterion.kind == "gain" and (first := next(noticed, None)):
        return first
    return _best(dialogue, report, criterion, slips)


def _surely(dialogue: Dialogue) -> Callable[[Place | None], bool]:
    """Whether there is a place, and all of its words were heard surely."""
    heard = {
        word.id for one in dialogue.segments for word in one.words if word.probability >= SURELY
    }
    return lambda place: place is not None and heard.issuperset(place.words)


def _best(
    dialogue: Dialogue, report: Report, criterion: Criterion, slips: Collection[str]
) -> Place | None:
    def right(word: Word) -> bool:
        return _fluent(word) and word.id not in slips

    match report:
        case GrammarReport():
            return stretch(dialogue, right)
        case VocabularyReport():
            return _rare(dialogue, report)
        case FluencyReport():
            return stretch(dialogue, right, _paused(report))
        case PronunciationReport():
            return stretch(dialogue, lambda word: right(word) and word.probability >= CLEAR)
        case ComprehensionReport():
            return _reply(dialogue, report, criterion)
    return None


def _fluent(word: Word) -> bool:
    return word.probability >= SURELY and not (word.filler or word.repair)


def _rare(dialogue: Dialogue, report: VocabularyReport) -> Place | None:
    surely = _surely(dialogue)
    known = [one for one in report.lemmas if one.zipf is not None and surely(one.place)]
    return min(known, key=lambda one: (one.zipf or 0.0, one.lemma)).place if known else None


def _paused(report: FluencyReport) -> Callable[[Segment, Word, Word], bool]:
    """Whether a pause lies between two words, told by the pauses' middles."""
    middles = {(one.segment, (one.start + one.end) / 2) for one in report.pauses}

    def paused(segment: Segment, before: Word, after: Word) -> bool:
        start, end = (before.start + before.end) / 2, (after.start + after.end) / 2
        return any(number == segment.number and start < at < end for number, at in middles)

    return paused


def _reply(
    dialogue: Dialogue, report: ComprehensionReport, criterion: Criterion, *, worst: bool = False
) -> Place | None:
    """The quickest reply where it is about quickness, else the one that fits best, heard surely; or the other way round, as heard."""
    surely = _surely(dialogue)
    said = {one.number: whole(one) for one in dialogue.learner_segments if one.words}
    replies = sorted(
        (one for one in report.exchanges if not one.repair_request),
        key=lambda one: (
            (one.latency or 0.0) if criterion.metric == "reply_latency" else -one.relevance
        ),
        reverse=worst,
    )
    found = (said.get(one.reply) for one in replies)
    return next((one for one in found if worst or surely(one)), None)


def illustration(dialogue: Dialogue, report: Report, criterion: Criterion) -> Place | None:
    """Words that show what a low measure is about: the usual sentence, the slowest one, the commonest word."""
    match report:
        case GrammarReport():
            lengths = sorted(sentences(dialogue), key=lambda one: one[2] - one[1])
            return place(*lengths[len(lengths) // 2]) if lengths else None
        case VocabularyReport():
            content = [
                one for one in report.lemmas if one.pos in CONTENT and one.frequency >= OFTEN
            ]
            often = max(content, key=lambda one: (one.frequency, one.zipf or 0.0), default=None)
            return often.place if often else None
        case FluencyReport():
            long = [one for one in sentences(dialogue) if one[2] - one[1] + 1 >= SHORTEST]
            return place(*max(long, key=_slowness)) if long else None
        case PronunciationReport():
            return next((one.place for one in report.observations if one.place), None)
        case ComprehensionReport():
            return _reply(dialogue, report, criterion, worst=True)
    return None


def _slowness(sentence: tuple[Segment, int, int]) -> float:
    """Seconds a letter, pauses included."""
    segment, first, last = sentence
    words = segment.words[first : last + 1]
    return (words[-1].end - words[0].start) / sum(len(one.text) for one in words)
