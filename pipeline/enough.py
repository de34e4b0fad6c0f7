"""The reasons for which any judge must abstain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.disfluency import bare
from pipeline.languages import ENGLISH, Language, language_of, works
from pipeline.values import Dialogue, Segment, Word

SURE = 0.7
"""Probability from which on a common word counts: an English-only recogniser writes "thank you very much" to
foreign speech too, but seldom surely."""
STRETCH = 30.0
"""Seconds of speech in which a word counts once, so that a long talk is measured as a short one."""
FEW = 0.1
"""Different sure common words a second of speech, below which it is hardly English: two thirds of the least that any
of 42 speakers of English had (.158), so that none is told so who is not far worse. 17 of 30 minutes of French,
Italian, Russian and Spanish have less, the other 13 are below UNCLEAR (`python -m bench.language`)."""
PLAIN = 0.65
"""Mean probability from which on nobody is told to speak another language: who says words and numbers one by one
uses few common words, clearly."""
UNCLEAR = 0.57
"""Mean probability of the learner's words below which the text is more the recogniser's than the learner's: of
twenty learners in conversations the three below it have 87 % word errors and more, the five up to .65 61 to 86 %, the others 49 % and less."""
GUESSED = 0.69
"""Mean probability of the learner's words below which more of them are wrong than right, so that nothing is judged that
rests on them: of 55 speakers of speechocean762 (`python -m bench.clearness`) 9 of the 13 below it have fewer than half of
the heard words right, and 2 of the 42 above it (.49 both)."""
SPARSE = 0.75
"""Words in a second of speech, pauses left out, below which most of what was said was not made out: the slowest
learner that was understood says .83."""
HEARD = 10.0
"""Seconds of speech from which on one can tell that it is unclear …"""
TOLD = 30.0
"""… and from which on that it is another language: of half minutes of English 3 in 84 have as few common words, of
20 seconds 8 in 138."""

TALK = 30
"""Words from which on it can be told that they are no talk; fewer are too few for every judge."""
SWITCHED = 8
"""Different words of a turn from which on the least share of common words holds for it alone: .6 of 100 native turns of so
many words have less."""
PIECE = 200
"""Words of a turn that are looked at together: no turn of the native dialogues is longer than 84, and of 1,700 words in a row
(sentences drawn at random, ten minutes) less than the least share of the different ones are among the hundred."""
RUN = 5
"""Words in a row: some runs of four come again in more than half of the booking agents' sides of native dialogues, of five
in fewer …"""
AGAIN = 0.5
"""… and one in 26,802 sides, an agent's, has more of its words in runs that were said before (.52; nine in ten of the
customers' sides less than .06), no essay of 1,000 (.496 at most), and of eleven learners, as they were heard, the most has .15."""
TANGLED = 0.5
"""Share of the words that stand in segments in which somebody else talks too: above it most of them may be another's."""

UNHEARD = "A transcript has no sound to judge it by: analyse the recording for that."
ENGLISH_ONLY = "This is judged in English only, and the conversation is in {language}."
MIXED = (
    "The conversation seems to be in another language than it was uploaded as, or in one that cannot be judged. Upload a "
    "conversation in the language that it is said to be in."
)
NOBODY = "No words were heard: check that the microphone was on and somebody spoke."
WORDLESS = (
    "Voices were heard, but no words could be made out: it may be laughing, singing or another language than {language}, "
    "or the sound is too unclear. A conversation in {language} with the microphone close to the speakers would help."
)
FOREIGN = (
    "The learner seems to speak another language than {language}: hardly any common {language} words were heard. Upload a "
    "conversation in {language}; if this was one, record it again with the microphone closer to the learner."
)
MUMBLED = (
    "The learner's words are too unclear to be judged: the speech recogniser had to guess most of them. A quiet room "
    "and a microphone close to the learner would help, and so would a larger speech recogniser. It may "
    "also be another language than {language}."
)

GUESSWORK = (
    "The speech recogniser was too unsure of the learner's words: when it is as unsure as here, more of the words that it "
    "writes are wrong than right. A quiet room and a microphone close to the learner would help, and so would a larger "
    "speech recogniser."
)
NO_SENTENCES = (
    "Hardly any of the small words that hold {language} sentences together were heard: the learner says single words, numbers "
    "or names, or speaks another language. Talk in whole {language} sentences would help."
)
RECITED = (
    "Most of what the learner says is the same again, word for word, as in a song, a poem or a drill, and shows nothing "
    "new. Free talk would help."
)
TOGETHER = (
    "Somebody else talks at the same time in most of what the learner says, so it is not sure who said what. A recording in "
    "which they speak in turn, or each into an own microphone, would help."
)


def worded(reason: str, language: Language = ENGLISH) -> str:
    """The reason, for talk in the language."""
    return reason.format(language=language.name)


def unjudgeable(dialogue: Dialogue) -> str | None:
    """Why nobody can judge the learner here, with what would help; None when one can."""
    language = language_of(dialogue.language)
    if not any(one.words for one in dialogue.segments):
        seconds = sum(one.seconds for one in dialogue.speech)
        return worded(WORDLESS, language) if seconds >= HEARD else NOBODY
    if not dialogue.language_supported:
        return f"{MIXED} {works()}"
    learner = dialogue.learner
    if learner is None:
        return _unnamed(dialogue)
    if dialogue.words_by == "transcript":
        return None
    words = [word for one in dialogue.learner_segments for word in one.words]
    return doubt(words, learner.speech_seconds, language)


def unread(dialogue: Dialogue) -> str | None:
    """As `unjudgeable`, for what rests on the words that were heard."""
    return unjudgeable(dialogue) or (GUESSWORK if _guessed(dialogue) else None)


def english_only(dialogue: Dialogue) -> str | None:
    """As `unjudgeable`, for what is there for English alone."""
    language = language_of(dialogue.language)
    reason = None if language.complete else worded(ENGLISH_ONLY, language)
    return unjudgeable(dialogue) or reason


def unheard(dialogue: Dialogue) -> str | None:
    """As `english_only`, for what only the sound tells."""
    return english_only(dialogue) or (UNHEARD if dialogue.words_by == "transcript" else None)


def doubt(words: Sequence[Word], seconds: float, language: Language = ENGLISH) -> str | None:
    """Why so many seconds of one speaker's speech, heard as these words, cannot be judged; None when they can.

    What the bounds were measured on is English.
    """
    if not words or seconds < HEARD:
        return None
    clear = clearness(words)
    if seconds >= TOLD and clear < PLAIN and variety(words, seconds, language) < FEW:
        return worded(FOREIGN, language)
    unclear = clear < UNCLEAR or len(words) < SPARSE * seconds
    return worded(MUMBLED, language) if unclear else None


def _guessed(dialogue: Dialogue) -> bool:
    learner = dialogue.learner
    if learner is None or dialogue.words_by == "transcript" or learner.speech_seconds < HEARD:
        return False
    words = [word for one in dialogue.learner_segments for word in one.words]
    return bool(words) and clearness(words) < GUESSED


def unscorable(dialogue: Dialogue) -> str | None:
    """Why no points can be given for what was measured, with what would help; None when they can.

    For talk that nobody can judge `unjudgeable` has the reason; of words that were guessed nothing is told.
    """
    if unread(dialogue) is not None:
        return None
    said = dialogue.learner_segments
    words = (word for one in said for word in one.words if not word.filler)
    forms = [form for form in map(_form, words) if form]
    if len(forms) < TALK:
        return None
    if said_again(forms) > AGAIN:
        return RECITED
    language = language_of(dialogue.language)
    if language.common_share(forms) < language.least:
        return worded(NO_SENTENCES, language)
    return TOGETHER if _together(said) > TANGLED else None


def in_language(dialogue: Dialogue) -> tuple[Segment, ...]:
    """The learner's segments that have words, without those in another language: they count for nothing either way."""
    language = language_of(dialogue.language)
    return tuple(
        one
        for one in dialogue.learner_segments
        if one.words and not switched(map(_form, one.words), language)
    )


def switched(forms: Iterable[str], language: Language = ENGLISH) -> bool:
    """Whether one turn's different words, in small letters, are of another language; of few words it cannot be told.

    Of a long turn the mean of its pieces: there are a hundred common words only, so the more different words the fewer of them.
    """
    said = tuple(forms)
    pieces = [sorted(set(said[at : at + PIECE])) for at in range(0, len(said), PIECE)]
    told = [language.common_share(one) for one in pieces if len(one) >= SWITCHED]
    return bool(told) and sum(told) / len(told) < language.least


def said_again(forms: Sequence[str]) -> float:
    """Share of the words that stand in a run of RUN words that was said before; 0 without words."""
    known: set[tuple[str, ...]] = set()
    again: set[int] = set()
    for at in range(len(forms) - RUN + 1):
        run = tuple(forms[at : at + RUN])
        if run in known:
            again.update(range(at, at + RUN))
        known.add(run)
    return len(again) / len(forms) if forms else 0.0


def _together(said: Sequence[Segment]) -> float:
    """Share of the words that stand in segments in which somebody else talks too."""
    together = sum(len(one.words) for one in said if one.overlap)
    return together / sum(len(one.words) for one in said)


def _unnamed(dialogue: Dialogue) -> str:
    known = (one.message for one in dialogue.notices if one.code == "learner-unknown")
    return next(known, "It is not known which speaker is the learner: name the learner.")


def clearness(words: Sequence[Word]) -> float:
    """Mean probability, 0 to 1; 0 without words."""
    return sum(word.probability for word in words) / len(words) if words else 0.0


def variety(words: Sequence[Word], seconds: float, language: Language = ENGLISH) -> float:
    """Different sure common words in a second of speech, 0 without speech."""
    parts = max(1, round(seconds / STRETCH))
    found = 0
    for part in range(parts):
        some = words[part * len(words) // parts : (part + 1) * len(words) // parts]
        sure = {_plain(word.text) for word in some if word.probability >= SURE}
        found += sum(map(language.is_common, sure))
    return found / seconds if seconds else 0.0


def _form(word: Word) -> str:
    return bare(word.text).replace("\u2019", "'")


def _plain(text: str) -> str:
    return text.lower().strip('.,?!;:"-…')
