"""The reasons for which any judge must abstain."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.values import Dialogue, Word

COMMON = frozenset(
    (  # noqa: SIM905 - word lists stand as rows of words
        "the to and of a in i is for that you it on with this was be as are have at he not by but from my or we an your "
        "all so his they me if one can will just like about up out what has when more do no were who had it's their "
        "there her which time get been would she new people how don't some also them now other i'm its our than good "
        "only after first him into know see two make over think any then could back these us want because go well said "
    ).split()
)
"""The hundred most frequent English words by wordfreq 3.1, nearly all of them function words. Of lists of 50 to 3,000
words, and of words of any probability, from .5 and from .7 on, these from .7 on parted languages best."""
SURE = 0.7
"""Probability from which on a common word counts: an English-only recogniser writes "thank you very much" to
foreign speech too, but seldom surely."""
STRETCH = 30.0
"""Seconds of speech in which a word counts once, so that a long talk is measured as a short one."""
ENGLISH = 0.1
"""Different sure common words a second of speech, below which it is hardly English: two thirds of the least that any
of 42 speakers of English had (.158), so that none is told so who is not far worse. 17 of 30 minutes of French,
Italian, Russian and Spanish have less, the other 13 are below UNCLEAR (`python -m bench.language`)."""
PLAIN = 0.65
"""Mean probability from which on nobody is told to speak another language: who says words and numbers one by one
uses few common words, clearly."""
UNCLEAR = 0.57
"""Mean probability of the learner's words below which the text is more the recogniser's than the learner's: of
twenty learners in conversations the three below it have 87 % word errors and more, the five up to .65 61 to 86 %, the others 49 % and less."""
SPARSE = 0.75
"""Words in a second of speech, pauses left out, below which most of what was said was not made out: the slowest
learner that was understood says .83."""
HEARD = 10.0
"""Seconds of speech from which on one can tell that it is unclear …"""
TOLD = 30.0
"""… and from which on that it is another language: of half minutes of English 3 in 84 have as few common words, of
20 seconds 8 in 138."""

NOBODY = "No words were heard: check that the microphone was on and somebody spoke."
WORDLESS = (
    "Voices were heard, but no words could be made out: it may be laughing, singing or another language than English, "
    "or the sound is too unclear. A conversation in English with the microphone close to the speakers would help."
)
FOREIGN = (
    "The learner seems to speak another language than English, the only one that can be judged: hardly any common "
    "English words were heard. Upload a conversation in English; if this was one, record it again with the "
    "microphone closer to the learner."
)
MUMBLED = (
    "The learner's words are too unclear to be judged: the speech recogniser had to guess most of them. A quiet room "
    "and a microphone close to the learner would help, and so would a larger speech recogniser. Only English can be "
    "judged."
)


def unjudgeable(dialogue: Dialogue) -> str | None:
    """Why nobody can judge the learner here, with what would help; None when one can."""
    if not any(one.words for one in dialogue.segments):
        return WORDLESS if sum(one.seconds for one in dialogue.speech) >= HEARD else NOBODY
    if not dialogue.language_supported:
        return (
            "The conversation seems to be in another language than English, the only one that can be judged. "
            "Upload a conversation in English."
        )
    learner = dialogue.learner
    if learner is None:
        return _unnamed(dialogue)
    words = [word for one in dialogue.learner_segments for word in one.words]
    return doubt(words, learner.speech_seconds)


def doubt(words: Sequence[Word], seconds: float) -> str | None:
    """Why so many seconds of one speaker's speech, heard as these words, cannot be judged; None when they can."""
    if not words or seconds < HEARD:
        return None
    clear = clearness(words)
    if seconds >= TOLD and clear < PLAIN and variety(words, seconds) < ENGLISH:
        return FOREIGN
    return MUMBLED if clear < UNCLEAR or len(words) < SPARSE * seconds else None


def _unnamed(dialogue: Dialogue) -> str:
    known = (one.message for one in dialogue.notices if one.code == "learner-unknown")
    return next(known, "It is not known which speaker is the learner: name the learner.")


def clearness(words: Sequence[Word]) -> float:
    """Mean probability, 0 to 1; 0 without words."""
    return sum(word.probability for word in words) / len(words) if words else 0.0


def variety(words: Sequence[Word], seconds: float) -> float:
    """Different sure common English words in a second of speech, 0 without speech."""
    parts = max(1, round(seconds / STRETCH))
    found = 0
    for part in range(parts):
        some = words[part * len(words) // parts : (part + 1) * len(words) // parts]
        sure = {_plain(word.text) for word in some if word.probability >= SURE}
        found += len(sure & COMMON)
    return found / seconds if seconds else 0.0


def _plain(text: str) -> str:
    return text.lower().strip('.,?!;:"-…')
