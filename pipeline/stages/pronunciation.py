"""Pronunciation: how well the learner's words could be made out."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.enough import unjudgeable
from pipeline.places import place
from pipeline.reports import Dimension, Metric, Observation, PronunciationReport
from pipeline.stage import stage
from pipeline.values import UNSURE, Dialogue, Segment, Word

ENOUGH = 40
"""Words: the mean of 40 probabilities, with the spread of .25 that they have, is known to .08."""
SHOWN = 10
"""Unclear words are many and much alike; the ten least clear ones are worth a learner's time."""


@dataclass(frozen=True, slots=True)
class _Heard:
    segment: Segment
    index: int
    word: Word


@stage(version=3)
def pronunciation(dialogue: Dialogue) -> PronunciationReport:
    """By the recogniser's word probabilities: what a machine listener could make out.

    Words in overlapping speech are left out: their sound is not the learner's alone. Probability also
    falls for rare words and bad microphones, so this is weak evidence and says so: on 300 utterances of
    speechocean762 the mean goes with the experts' accuracy at a Spearman correlation of .47 (without
    short function words .43, so they stay in), where one expert against the others has .75.
    """
    reason = unjudgeable(dialogue)
    heard = _heard(dialogue) if reason is None else []
    if reason is None and len(heard) < ENOUGH:
        reason = (
            f"{len(heard)} of the learner's words were said with nobody else talking; "
            f"at least {ENOUGH} are needed to judge pronunciation: a longer conversation would help."
        )
    unclear = [one for one in heard if one.word.probability < UNSURE]
    metrics: tuple[Metric, ...] = ()
    if heard:
        mean = sum(one.word.probability for one in heard) / len(heard)
        share = len(unclear) / len(heard)
        metrics = (
            Metric(name="mean_word_probability", value=round(mean, 4), n=len(heard)),
            Metric(name="unclear_word_share", value=round(share, 4), n=len(heard)),
        )
    least = sorted(unclear, key=lambda one: (one.word.probability, one.word.start))[:SHOWN]
    return PronunciationReport(
        dimension=Dimension.PRONUNCIATION,
        metrics=metrics,
        observations=tuple(
            Observation(
                metric="unclear_word_share",
                rule="unclear-word",
                message=f"Hard to make out; it sounded like “{one.word.text}”.",
                weight=round(1 - one.word.probability, 4),
                place=place(one.segment, one.index, one.index),
            )
            for one in least
        ),
        evidence_level="recogniser probabilities",
        insufficient=reason,
    )


def _heard(dialogue: Dialogue) -> list[_Heard]:
    return [
        _Heard(segment, index, word)
        for segment in dialogue.learner_segments
        if not segment.overlap
        for index, word in enumerate(segment.words)
        if not word.filler
    ]
