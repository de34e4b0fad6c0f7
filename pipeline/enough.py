"""The reasons for which any judge must abstain."""

from __future__ import annotations

from pipeline.values import Dialogue


def unjudgeable(dialogue: Dialogue) -> str | None:
    """Why nobody can judge the learner here, with what would help; None when one can."""
    if not any(one.words for one in dialogue.segments):
        return "No words were heard: check that the microphone was on and somebody spoke."
    if not dialogue.language_supported:
        return "The conversation does not seem to be in English, the language that can be judged."
    if dialogue.learner is None:
        return "It is not known which speaker is the learner: name the learner."
    return None
