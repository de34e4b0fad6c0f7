"""Fluency: pace, pauses, runs, fillers and repairs in the learner's own turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean

from pipeline.enough import unjudgeable
from pipeline.places import place
from pipeline.ports import TextAnalyzer, Token
from pipeline.reports import Dimension, FluencyReport, Metric, Observation, Pause
from pipeline.spoken import clean
from pipeline.stage import stage
from pipeline.syllables import syllables
from pipeline.timing import Gap, pauses, speaking_time, wait
from pipeline.values import LEARNER, Dialogue, Segment

ENOUGH_WORDS = 30
ENOUGH_SECONDS = 15.0
"""Below half a minute of both, rates of speech differ more between two samples of one speaker than between
neighbouring levels (de Jong et al. 2013 use samples of 20 s and more)."""
LONG = 1.0
"""Seconds; a pause inside a clause that a listener notices as a search for words."""
CLAUSE_HEADS = frozenset({"ccomp", "advcl", "relcl", "acl", "conj", "parataxis", "csubj", "ROOT"})
BORDER_MARKS = (",", ".", "?", "!", ";", ":")


@dataclass(frozen=True, slots=True)
class _Talk:
    """One segment with what fluency needs of it."""

    segment: Segment
    seconds: float
    """From its first sound to its last, the partner's talk left out."""
    gaps: Sequence[Gap]
    borders: frozenset[int]
    """Words after which a clause ends."""


@stage(version=3)
def fluency(dialogue: Dialogue, *, text_analyzer: TextAnalyzer) -> FluencyReport:
    """Pauses of 250 ms and more inside turns; the wait before a reply is kept apart."""
    talks = _talks(dialogue, text_analyzer) if unjudgeable(dialogue) is None else []
    words = sum(len(one.segment.words) for one in talks)
    seconds = sum(one.seconds for one in talks)
    reason = unjudgeable(dialogue)
    if reason is None and (words < ENOUGH_WORDS or seconds < ENOUGH_SECONDS):
        reason = (
            f"The learner spoke for {seconds:.0f} s and {words} words; "
            f"{ENOUGH_SECONDS:.0f} s and {ENOUGH_WORDS} words are needed to judge fluency: a longer conversation would help."
        )
    return FluencyReport(
        dimension=Dimension.FLUENCY,
        metrics=_metrics(talks, words, seconds) if words and seconds else (),
        observations=tuple(_observations(talks)),
        evidence_level="timing",
        insufficient=reason,
        pauses=(*_pauses(talks), *_replies(dialogue)),
    )


def _talks(dialogue: Dialogue, text_analyzer: TextAnalyzer) -> list[_Talk]:
    segments = [one for one in dialogue.learner_segments if one.words]
    learner = dialogue.learner
    label = learner.label if learner else None
    others = [one.span for one in dialogue.turns if one.label != label]
    analysed = text_analyzer.analyze([clean(one).text for one in segments])
    return [
        _Talk(
            segment=segment,
            seconds=speaking_time(segment, dialogue.speech, others),
            gaps=pauses(segment, dialogue.speech, others),
            borders=_borders(segment, tokens),
        )
        for segment, tokens in zip(segments, analysed, strict=True)
    ]


def _borders(segment: Segment, tokens: Sequence[Token]) -> frozenset[int]:
    """Words after which a clause begins or ends, and words that end in a punctuation mark."""
    text = clean(segment)
    found = {n for n, word in enumerate(segment.words) if word.text.endswith(BORDER_MARKS)}
    for number, head in enumerate(tokens):
        if head.dep not in CLAUSE_HEADS or head.pos not in {"VERB", "AUX"}:
            continue
        inside = [one for n, one in enumerate(tokens) if _governs(number, n, tokens)]
        touched = text.touched(inside[0].start, inside[-1].end)
        if touched is not None:
            found |= {touched[0] - 1, touched[1]}
    return frozenset(_before_disfluencies(segment, found))


def _governs(head: int, token: int, tokens: Sequence[Token]) -> bool:
    while token != head and tokens[token].head != token:
        token = tokens[token].head
    return token == head


def _before_disfluencies(segment: Segment, borders: set[int]) -> set[int]:
    """A border before "um, because" lies before the "um" as well as after it."""
    found = set(borders)
    for n in range(len(segment.words) - 1, 0, -1):
        if n in found and (segment.words[n].filler or segment.words[n].repair):
            found.add(n - 1)
    return found


def _metrics(talks: Sequence[_Talk], words: int, seconds: float) -> tuple[Metric, ...]:
    # Fillers and repairs too: they are held against the learner once, by their own number.
    count = sum(syllables(word.text) for one in talks for word in one.segment.words)
    gaps = [gap for one in talks for gap in one.gaps]
    silence = sum(gap.seconds for gap in gaps)
    within = sum(gap.after not in one.borders for one in talks for gap in one.gaps)
    fillers = sum(word.filler for one in talks for word in one.segment.words)
    repairs = sum(word.repair for one in talks for word in one.segment.words)
    runs = len(gaps) + len(talks)
    values = {
        "speech_rate": (count / seconds, words),
        "articulation_rate": (count / max(seconds - silence, 0.1), words),
        "mean_length_of_run": (count / runs, runs),
        "pauses_per_minute": (60 * len(gaps) / seconds, len(gaps)),
        "pauses_within_per_100_words": (100 * within / words, words),
        "phonation_ratio": ((seconds - silence) / seconds, words),
        "fillers_per_100_words": (100 * fillers / words, words),
        "repairs_per_100_words": (100 * repairs / words, words),
    }
    if gaps:
        values["mean_pause"] = (mean(gap.seconds for gap in gaps), len(gaps))
    return tuple(
        Metric(name=name, value=round(value, 4), n=n) for name, (value, n) in values.items()
    )


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
        for n, word in enumerate(talk.segment.words):
            if word.filler or word.repair:
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
    ]


def _replies(dialogue: Dialogue) -> list[Pause]:
    """The silence between the partner's last sound and the learner's first."""
    found = []
    for one, two in pairwise(one for one in dialogue.segments if one.words):
        if two.speaker != LEARNER or one.speaker == LEARNER:
            continue
        silence = wait(one, two, dialogue.speech)
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
