"""A stage of another package: how often the learner says please and thank you."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.disfluency import bare
from pipeline.stage import stage
from pipeline.values import Dialogue

POLITE = frozenset({"please", "thanks", "thank", "sorry", "welcome"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Politeness:
    """Polite words of the learner's."""

    polite_words: int
    per_100_words: float | None


@stage(version=1)
def politeness(dialogue: Dialogue) -> Politeness:
    """Of all that the learner said; None where that is nothing."""
    said = [bare(word.text) for one in dialogue.learner_segments for word in one.words]
    count = sum(one in POLITE for one in said)
    share = round(100 * count / len(said), 2) if said else None
    return Politeness(polite_words=count, per_100_words=share)
