"""What the learner reads: what went well, what to work on, and how; each with the learner's own words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pipeline.reports import (
    Dimension,
    FluencyReport,
    GrammarReport,
    PronunciationReport,
    Report,
    VocabularyReport,
)
from pipeline.scores import DimensionScore, Feedback

STRONG = 0.7
"""Share of the points from which on a dimension is a strength."""
WEAK = 0.6
"""Share below which it is something to work on."""
MOST = 3
"""A learner can work on three things at a time, not on ten."""
ADVICE = {
    Dimension.GRAMMAR: "Say the corrected sentences aloud, then make three of your own with each.",
    Dimension.VOCABULARY: "Pick five words of the next level and use each in your next conversation.",
    Dimension.FLUENCY: "Tell the same story three times, each time in less time.",
    Dimension.PRONUNCIATION: "Listen to the named words in a dictionary and record yourself saying them.",
    Dimension.COMPREHENSION: "Before you answer, say in a few words what you were asked.",
}


def feedback(scores: Sequence[DimensionScore], reports: Sequence[Report]) -> Feedback:
    """At most three of each; nothing is said of a dimension that could not be judged."""
    scored = {one.dimension: float(one.score / one.cap) for one in scores if one.score is not None}
    best = sorted((one for one in scored if scored[one] >= STRONG), key=lambda one: -scored[one])
    worst = sorted((one for one in scored if scored[one] < WEAK), key=lambda one: scored[one])
    by_dimension = {one.dimension: one for one in reports}
    return Feedback(
        strengths=tuple(_praise(by_dimension[one]) for one in best[:MOST]),
        areas_for_improvement=tuple(_area(by_dimension[one]) for one in worst[:MOST]),
        recommendations=tuple(ADVICE[one] for one in worst[:MOST]),
    )


def _praise(report: Report) -> str:
    if isinstance(report, VocabularyReport):
        advanced = [one.lemma for one in report.lemmas if one.is_advanced][:MOST]
        if advanced:
            return f"You used advanced words: {', '.join(advanced)}."
    if isinstance(report, FluencyReport):
        rate = report.metric("articulation_rate")
        if rate:
            return f"You speak at a good pace: {rate.value:.1f} syllables a second."
    return f"Your {report.dimension} is strong."


def _area(report: Report) -> str:
    if isinstance(report, GrammarReport):
        counted = [one for one in report.errors if one.counted]
        kinds = Counter(one.type for one in counted).most_common(1)
        if kinds:
            slip = next(one for one in counted if one.type == kinds[0][0])
            better = f" Better: “{slip.suggestion}”." if slip.suggestion else ""
            return f"Grammar: {slip.type.replace('-', ' ')}. You said “{slip.text}”.{better}"
    if isinstance(report, PronunciationReport) and report.observations:
        words = [one.message.split("“")[-1].rstrip("”.") for one in report.observations[:MOST]]
        return f"Pronunciation: these words were hard to make out: {', '.join(words)}."
    if isinstance(report, FluencyReport):
        long = [one for one in report.observations if one.rule == "long-pause"]
        if long:
            return f"Fluency: {len(long)} long pauses inside clauses."
    return f"{report.dimension.capitalize()}: see the evidence for what cost points."
