"""Who of the speakers is the learner: told, heard, or clear by how they talk; else nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median

from pipeline.values import How, Upload, VoiceMatch, Word

ALIKE = 0.45
"""Cosine from which two CAM++ vectors are one person's; different speakers seldom pass .35."""
APART = 0.1
"""How much more like the enrolled voice the learner must sound than the next speaker."""
ENOUGH = 25
"""Words a speaker must have said before how they talk says anything: some ten seconds."""
CLEAR = 0.4
"""How far the signs must lead in the mean; below it the rule abstains. Each sign counts one at most, so that
none decides alone. On ten conversations of two learners each the lead was .65 to .99 in the five where experts
put the two 3 or more points of 10 apart, always to the weaker one, and at most .15 in the other five;
chosen on the same ten."""
RATE_APART = 2.0
"""Words a second by the median word: strong and weak speakers there had 3.3 and 1.3."""
PROBABILITY_APART = 0.25
"""Mean word probability: .86 and .6 there."""
QUESTIONS_APART = 0.25
"""Share of sentences that are questions: teachers and examiners ask, learners answer."""


@dataclass(frozen=True, slots=True)
class Told:
    """The learner's label, None for nobody; by what; how sure, 0 to 1, None for nobody; and why nobody."""

    label: str | None
    how: How
    confidence: float | None
    reason: str | None = None


def learner(
    upload: Upload, matches: Sequence[VoiceMatch], words: Mapping[str, Sequence[Word]]
) -> Told:
    """Decide by label, by voice, by being alone, by the rule, in this order; `words` are by label."""
    if upload.learner_label is not None:
        return _by_label(upload.learner_label, words)
    if matches:
        return _by_voice(matches)
    if upload.learner_voice is not None:
        # The rule would name whoever talks worse, where the voice was to say who it is.
        return Told(None, "unknown", None, "No speaker's voice could be compared with the sample.")
    if len(words) == 1:
        return Told(next(iter(words)), "only speaker", 0.8)
    if len(words) == 2:  # noqa: PLR2004 - the rule compares a learner with one partner
        return _by_rule(words)
    return Told(None, "unknown", None, "With more than two speakers the learner must be named.")


def _by_label(label: str, words: Mapping[str, Sequence[Word]]) -> Told:
    if label in words:
        return Told(label, "given", 1.0)
    known = ", ".join(sorted(words)) or "nobody"
    return Told(None, "unknown", None, f"The learner was named {label}, but heard were: {known}.")


def _by_voice(matches: Sequence[VoiceMatch]) -> Told:
    ranked = sorted(matches, key=lambda one: (-one.similarity, one.label))
    best = ranked[0]
    lead = best.similarity - ranked[1].similarity if len(ranked) > 1 else 1.0
    if best.similarity < ALIKE or lead < APART:
        return Told(None, "unknown", None, "No speaker clearly sounds like the voice sample.")
    return Told(best.label, "voice", round(min(1.0, 0.5 + lead), 2))


def _by_rule(words: Mapping[str, Sequence[Word]]) -> Told:
    one, other = sorted(words)
    if min(len(words[one]), len(words[other])) < ENOUGH:
        return Told(
            None, "unknown", None, "One of the two speakers says too little to tell them apart."
        )
    lead = _lead(_signs(words[one]), _signs(words[other]))
    if abs(lead) < CLEAR:
        return Told(
            None, "unknown", None, "The two speakers talk too much alike to tell the learner."
        )
    return Told(one if lead > 0 else other, "rule", round(min(0.9, 0.5 + abs(lead) / 2), 2))


def _lead(one: Sequence[float], other: Sequence[float]) -> float:
    """How much more like a learner the first talks, -1 to 1."""
    apart = (max(-1.0, min(1.0, b - a)) for a, b in zip(one, other, strict=True))
    return mean(apart)


def _signs(words: Sequence[Word]) -> tuple[float, float, float]:
    """Quick words, words easy to recognise, many questions: each in units of its usual distance."""
    # The median word is robust against pauses that the recogniser counted into a word.
    rate = 1 / max(0.05, median(word.end - word.start for word in words))
    probability = mean(word.probability for word in words)
    ends = [word.text for word in words if word.text.endswith((".", "?", "!"))]
    questions = mean(text.endswith("?") for text in ends) if ends else 0.0
    return rate / RATE_APART, probability / PROBABILITY_APART, questions / QUESTIONS_APART
