"""Fluency: pace, pauses, runs, fillers and repairs in the learner's own turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter

from pipeline.bootstrap import bounds, rare
from pipeline.clauses import borders
from pipeline.enough import in_language, unheard, unread
from pipeline.places import place
from pipeline.ports import TextAnalyzer, Token
from pipeline.reports import Dimension, FluencyReport, Metric, Observation, Pause
from pipeline.spoken import clean
from pipeline.stage import stage
from pipeline.sureness import UNSURE
from pipeline.syllables import syllables
from pipeline.timing import PAUSE, Gap, around, between, pauses, speaking_time, wait
from pipeline.values import LEARNER, Dialogue, Segment, Span
from pipeline.who import TurnsInTime

ENOUGH_WORDS = 30
"""As many as ENOUGH_SECONDS hold at two words a second: who says fewer was silent for most of the time."""
ENOUGH_SECONDS = 15.0
"""In shorter talk, rates of speech differ more between two samples of one speaker than between
neighbouring levels (de Jong et al. 2013 use samples of 20 s and more)."""
LONG = 1.0
"""Seconds; a pause inside a clause that a listener notices as a search for words."""


@dataclass(frozen=True, slots=True)
class _Talk:
    """One segment with what fluency needs of it."""

    segment: Segment
    seconds: float
    """From its first sound to its last, the partner's talk left out."""
    gaps: Sequence[Gap]
    borders: frozenset[int]
    """Words after which a clause ends."""
    filled: Sequence[Gap]
    """Filled pauses between words, told by their sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    """What one segment adds to the sums."""

    words: int
    syllables: int
    seconds: float
    sound: float
    silence: float
    pauses: float
    """Those of about PAUSE count in part."""
    runs: float
    within: float
    fillers: int
    unsure_fillers: int
    unheard_fillers: int
    repairs: int


_Count = Callable[[_Counts], float]


@dataclass(frozen=True, slots=True)
class _Ratio:
    """A metric as one sum over another, so that it can be measured on any choice of turns."""

    above: _Count
    below: _Count
    things: _Count
    """What it was measured on."""
    factor: float = 1.0

    def of(self, counts: Sequence[_Counts]) -> float | None:
        """None where there is nothing to divide by."""
        below = sum(self.below(one) for one in counts)
        return self.factor * sum(self.above(one) for one in counts) / below if below > 0 else None


WORDS, SECONDS = attrgetter("words"), attrgetter("seconds")
PAUSES, RUNS = attrgetter("pauses"), attrgetter("runs")
SYLLABLES, SOUND, SILENCE = attrgetter("syllables"), attrgetter("sound"), attrgetter("silence")
RATIOS = {
    "speech_rate": _Ratio(SYLLABLES, SECONDS, WORDS),
    "articulation_rate": _Ratio(SYLLABLES, SOUND, WORDS),
    "mean_length_of_run": _Ratio(SYLLABLES, RUNS, RUNS),
    "pauses_per_minute": _Ratio(PAUSES, SECONDS, PAUSES, 60),
    "pauses_within_per_100_words": _Ratio(attrgetter("within"), WORDS, WORDS, 100),
    "phonation_ratio": _Ratio(SOUND, SECONDS, WORDS),
    "fillers_per_100_words": _Ratio(attrgetter("fillers"), WORDS, WORDS, 100),
    "unsure_fillers_per_100_words": _Ratio(attrgetter("unsure_fillers"), WORDS, WORDS, 100),
    "unheard_fillers_per_100_words": _Ratio(attrgetter("unheard_fillers"), WORDS, WORDS, 100),
    "repairs_per_100_words": _Ratio(attrgetter("repairs"), WORDS, WORDS, 100),
    "mean_pause": _Ratio(SILENCE, PAUSES, PAUSES),
}


@stage(version=9)
def fluency(dialogue: Dialogue, *, text_analyzer: TextAnalyzer) -> FluencyReport:
    """Pauses of 250 ms and more inside turns; the wait before a reply is kept apart."""
    reason = unheard(dialogue)
    talks = _talks(dialogue, text_analyzer) if reason is None else []
    words = sum(len(one.segment.words) for one in talks)
    seconds = sum(one.seconds for one in talks)
    if reason is None and (words < ENOUGH_WORDS or seconds < ENOUGH_SECONDS):
        reason = (
            f"The learner spoke for {seconds:.0f} s and {words} words; "
            f"{ENOUGH_SECONDS:.0f} s and {ENOUGH_WORDS} words are needed to judge fluency: a longer conversation would help."
        )
    if reason is None:
        # Pauses and rates are told all the same: they rest on the voice as much as on the words.
        reason = unread(dialogue)
    return FluencyReport(
        dimension=Dimension.FLUENCY,
        metrics=_metrics(talks),
        observations=tuple(_observations(talks)),
        evidence_level="timing",
        insufficient=reason,
        pauses=(*_pauses(talks), *(_replies(dialogue) if dialogue.times == "words" else ())),
    )


def _talks(dialogue: Dialogue, text_analyzer: TextAnalyzer) -> list[_Talk]:
    segments = in_language(dialogue)
    learner = dialogue.learner
    label = learner.label if learner else None
    others = TurnsInTime([one for one in dialogue.turns if one.label != label])
    analysed = text_analyzer.analyze([clean(one).text for one in segments], dialogue.language)
    return [
        _talk(
            segment,
            tokens,
            around(_whole(segment), dialogue.speech),
            [one.span for one in others.over(_whole(segment))],
            around(_whole(segment), dialogue.filled_pauses),
        )
        for segment, tokens in zip(segments, analysed, strict=True)
    ]


def _talk(
    segment: Segment,
    tokens: Sequence[Token],
    speech: Sequence[Span],
    others: Sequence[Span],
    filled: Sequence[Span],
) -> _Talk:
    return _Talk(
        segment=segment,
        seconds=speaking_time(segment, speech, others),
        gaps=pauses(segment, speech, others),
        borders=borders(segment, tokens),
        filled=between(segment, filled, others),
    )


def _whole(segment: Segment) -> Span:
    return Span(start=segment.start, end=segment.end)


def _counts(talk: _Talk) -> _Counts:
    words = talk.segment.words
    count = sum(gap.weight for gap in talk.gaps)
    silence = sum(gap.weight * gap.seconds for gap in talk.gaps)
    return _Counts(
        words=len(words),
        # Fillers and repairs too: they are held against the learner once, by their own number.
        syllables=sum(syllables(word.text) for word in words),
        seconds=talk.seconds,
        sound=talk.seconds - silence,
        silence=silence,
        pauses=count,
        runs=count + 1,
        within=sum(gap.weight for gap in talk.gaps if gap.after not in talk.borders),
        fillers=sum(word.filler and word.probability >= UNSURE for word in words),
        unsure_fillers=sum(word.filler and word.probability < UNSURE for word in words),
        unheard_fillers=len(talk.filled),
        repairs=sum(word.repair and word.probability >= UNSURE for word in words),
    )


def _metrics(talks: Sequence[_Talk]) -> tuple[Metric, ...]:
    counts = [_counts(one) for one in talks]
    found = []
    for name, one in RATIOS.items():
        value = one.of(counts)
        if value is None:
            continue
        n = round(sum(one.things(each) for each in counts))
        between = bounds(counts, one.of)
        if between and name == "repairs_per_100_words":
            between = rare(between, n, one.factor)
        low, high = between or (None, None)
        found.append(
            Metric(
                name=name,
                value=round(value, 4),
                n=n,
                low=None if low is None else round(low, 4),
                high=None if high is None else round(high, 4),
            )
        )
    return tuple(found)


def _observations(talks: Sequence[_Talk]) -> list[Observation]:
    found = []
    for talk in talks:
        for gap in talk.gaps:
            if gap.after in talk.borders or gap.seconds < LONG:
                continue
            found.append(
                Observation(
                    metric="pauses_within_per_100_words",
                    rule="long-pause",
                    message=f"A pause of {gap.seconds:.1f} s inside a clause.",
                    weight=round(gap.seconds, 3),
                    place=place(talk.segment, gap.after, gap.after + 1),
                )
            )
        found += [
            Observation(
                metric="unheard_fillers_per_100_words",
                rule="unheard-filler",
                message=f"By its sound a filled pause of {gap.seconds:.1f} s; no word was written.",
                weight=1.0,
                place=place(talk.segment, gap.after, gap.after + 1),
            )
            for gap in talk.filled
        ]
        for n, word in enumerate(talk.segment.words):
            # What the recogniser was unsure of may be its own loop or a syllable it misheard.
            if (word.filler or word.repair) and word.probability >= UNSURE:
                kind = "filler" if word.filler else "repair"
                found.append(
                    Observation(
                        metric=f"{kind}s_per_100_words",
                        rule=kind,
                        message="A filled pause." if word.filler else "Said again or taken back.",
                        weight=1.0,
                        place=place(talk.segment, n, n),
                    )
                )
    return found


def _pauses(talks: Sequence[_Talk]) -> list[Pause]:
    return [
        Pause(
            start=round(gap.start, 3),
            end=round(gap.end, 3),
            where="between" if gap.after in talk.borders else "within",
            segment=talk.segment.number,
        )
        for talk in talks
        for gap in talk.gaps
        if gap.seconds >= PAUSE
    ]


def _replies(dialogue: Dialogue) -> list[Pause]:
    """The silence between the partner's last sound and the learner's first."""
    found = []
    for one, two in pairwise(one for one in dialogue.segments if one.words):
        if two.speaker != LEARNER or one.speaker == LEARNER:
            continue
        speech = around(Span(start=one.start, end=max(one.end, two.end)), dialogue.speech)
        silence = wait(one, two, speech)
        if silence.seconds > 0:
            found.append(
                Pause(
                    start=round(silence.start, 3),
                    end=round(silence.end, 3),
                    where="reply",
                    segment=two.number,
                )
            )
    return found
