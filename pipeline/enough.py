"""The reasons for which any judge must abstain."""

from __future__ import annotations

from pipeline.values import Dialogue

UNCLEAR = 0.57
"""Mean probability of the learner's words below which the text is more the recogniser's than the learner's. An
English-only recogniser gives a French, Italian, Russian or Spanish speaker English words of .41 to .55 (13 of 14
minutes of real speech, `python -m bench.language`). Learners whose words it gives less than this were misheard
more often than not: 92 % word errors in the conversation of two such learners."""
SPARSE = 0.75
"""Words in a second of speech, pauses left out, below which most of what was said was not made out: the slowest
learner that was understood says .83, and other languages come out as few and repeated words (.5 to 1.5)."""
HEARD = 10.0
"""Seconds of speech from which on these two can be told."""
DOUBTFUL = (
    "The learner's words could not be made out: they seem to be in another language than English, or the sound or "
    "the pronunciation is too unclear. A recording in English with a microphone close to the learner would help."
)


def unjudgeable(dialogue: Dialogue) -> str | None:
    """Why nobody can judge the learner here, with what would help; None when one can."""
    if not any(one.words for one in dialogue.segments):
        if sum(one.seconds for one in dialogue.speech) >= HEARD:
            return DOUBTFUL
        return "No words were heard: check that the microphone was on and somebody spoke."
    if not dialogue.language_supported:
        return "The conversation does not seem to be in English, the language that can be judged."
    if dialogue.learner is None:
        return "It is not known which speaker is the learner: name the learner."
    return DOUBTFUL if doubtful(dialogue) else None


def doubtful(dialogue: Dialogue) -> bool:
    """Whether the learner's words are more likely the recogniser's than the learner's."""
    learner = dialogue.learner
    words = [word for one in dialogue.learner_segments for word in one.words]
    if learner is None or learner.speech_seconds < HEARD or not words:
        return False
    mean = sum(word.probability for word in words) / len(words)
    return mean < UNCLEAR or len(words) < SPARSE * learner.speech_seconds
