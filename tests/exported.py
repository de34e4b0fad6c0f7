"""What the tests of exports write."""

from __future__ import annotations

from dataclasses import replace

from pipeline.analysis import Analysis
from pipeline.values import Dialogue
from tests import factories, report_factories
from tests.documents import document


def talk() -> Dialogue:
    """Overlap, a disfluency of each kind, other alphabets, quotes, angle brackets, codes of CHAT's."""
    made = factories.dialogue(
        "P: Where do you live?",
        "L: I lives in a [the] [town] wh- (um) small town <1.2> near Zürich & I like it.",
        "P: Really? Why?",
        'L: Because "the quiet" -> and <b>green</b>, 你好 😀 [50%] it\'s… ok',
    )
    own = made.segments[1]
    broken = replace(own.words[6], repair=True)
    words = (*own.words[:6], broken, *own.words[7:])
    early = replace(made.segments[2], start=own.end - 1.0, overlap=True)
    turns = tuple(
        replace(one, start=early.start) if one.start == made.segments[2].start else one
        for one in made.turns
    )
    segments = (made.segments[0], replace(own, words=words), early, made.segments[3])
    return replace(made, segments=segments, turns=turns)


def analysed(made: Dialogue) -> Analysis:
    return document(made, *report_factories.reports(factories.dialogue("P: Hi.", "L: Yes.")))


def untimed(analysis: Analysis) -> Analysis:
    """As that of a ready transcript that has no times."""
    segments = tuple(
        replace(
            one,
            start=None,
            end=None,
            words=tuple(replace(word, start=None, end=None) for word in one.words),
        )
        for one in analysis.segments
    )
    media = replace(analysis.media, duration=None, sample_rate=None, channels=None)
    return replace(analysis, media=media, turns=(), segments=segments)


def times_of_turns(analysis: Analysis) -> Analysis:
    """As that of a transcript with a time a turn."""
    segments = tuple(
        replace(one, words=tuple(replace(word, start=None, end=None) for word in one.words))
        for one in analysis.segments
    )
    return replace(analysis, segments=segments)
