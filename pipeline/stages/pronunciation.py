"""Pronunciation: how experts would score it by ear, and which words could not be made out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.bootstrap import bounds
from pipeline.enough import in_language, unheard, unread
from pipeline.heard import Pronounced
from pipeline.own_speech import own_speech
from pipeline.places import place
from pipeline.ports import MediaStore, PronunciationJudge
from pipeline.reports import Dimension, Metric, Observation, PronunciationReport
from pipeline.stage import Context, stage
from pipeline.values import Dialogue, Recording, Segment, Span, Word

ENOUGH = 40
"""Words: the mean of 40 probabilities, with the spread of .25 that they have, is known to .08."""
BARELY, PLAINLY = 0.1, 0.9
"""Probability up to which a word counts whole as hard to make out, and from which on not at all; in between it does so in part,
so that no score hangs on what side of one bound a word falls. By the 46 speakers of speechocean762 who are understood: from .1
to .9 the share goes with the experts' score by -.74, from .3 to .7 by -.72, with one bound at .5 by -.70; sound 20 dB softer or
6 dB louder moves it by up to .15, .25 and .27 of its spread (floor of -57 dB)."""
LOST = 0.3
"""Probability up to which a word may be named. Of the 360 least clear words below .5 of those speakers 55 % were misheard and
14 % heard right in sentences that experts rate 9 or 10; of the 201 below .3 65 and 6 %."""
POOR = 8.0
"""Judged score of the speech around it below which a lost word is named: of the 107 words of those speakers that are lost in
sentences scored lower (by heads that never heard them) 67 % were misheard, and 2 % heard right in sentences rated 9 or 10."""
SHOWN = 10
"""Unclear words are many and much alike; the ten least clear ones are worth a learner's time."""
WIDTH = 1.96
"""Of a 95 % interval, in standard errors."""
BEST = 10.0
"""Upper end of the experts' scale, which begins at 0."""
UNLIKE = 1.25
"""Widening of the judge's error from which on the evidence is named as unlike what the judge knows: past the
farthest of its 125 training speakers."""
SLOPE, OFFSET, ERROR = 6.7, 2.9, 0.92
"""The experts' score from the mean word probability, and its standard error: a line through the means of the 125
speakers of speechocean762 (313 utterances, 17 words each; correlation .70)."""
BY_EAR = "acoustic head over the recogniser's encoder"
BY_EAR_UNLIKE = f"{BY_EAR}, on sound unlike its training speech"
BY_WORDS = "recogniser probabilities"


@dataclass(frozen=True, slots=True)
class _Heard:
    segment: Segment
    index: int
    word: Word
    clear: float
    """How sure the recogniser was of what it heard here, 0 to 1."""

    @property
    def lost(self) -> float:
        """How hard to make out: 1 up to BARELY, 0 from PLAINLY on."""
        return min(1.0, max(0.0, (PLAINLY - self.clear) / (PLAINLY - BARELY)))


@stage(version=9)
def pronunciation(
    recording: Recording,
    dialogue: Dialogue,
    *,
    media: MediaStore,
    pronunciation_judge: PronunciationJudge,
    context: Context,
) -> PronunciationReport:
    """The experts' score by ear, or else by the recogniser's word probabilities; the level is named.

    Words in overlapping speech are left out: their sound is not the learner's alone. Words that are lost in
    speech that sounds poor are named: they are what a learner can work on.
    """
    reason = unheard(dialogue)
    turns = _heard(dialogue) if reason is None else []
    heard = [one for turn in turns for one in turn]
    if reason is None and len(heard) < ENOUGH:
        reason = (
            f"{len(heard)} of the learner's words were said with nobody else talking; "
            f"at least {ENOUGH} are needed to judge pronunciation: a longer conversation would help."
        )
    told: Pronounced | None = None
    spans = own_speech(dialogue)
    if reason is None and media.exists(recording.key):
        with media.fetch(recording.key) as audio:
            told = pronunciation_judge.judge(audio, spans, context.progress)
    return PronunciationReport(
        dimension=Dimension.PRONUNCIATION,
        metrics=_metrics(turns, told) if heard else (),
        # Words that nobody said are no help to anybody.
        observations=_unclear_words(heard, spans, told, dialogue)
        if unread(dialogue) is None
        else (),
        evidence_level=_level(told),
        insufficient=reason,
    )


def _unclear_words(
    heard: Sequence[_Heard], spans: Sequence[Span], told: Pronounced | None, dialogue: Dialogue
) -> tuple[Observation, ...]:
    """The least clear ones by name, where the sound around them is poor too; and all others in one."""
    lost = [one for one in heard if one.clear <= LOST and _poor(one.word, spans, told)]
    named = sorted(lost, key=lambda one: (one.clear, one.word.start))[:SHOWN]
    taught = dialogue.words_by == "teacher"
    sounded = "Hard to make out" if taught else "Hard to make out; it sounded like"
    found = [
        Observation(
            metric="unclear_word_share",
            rule="unclear-word",
            message=f"{sounded} “{one.word.text}”.",
            weight=round(one.lost, 4),
            place=place(one.segment, one.index, one.index),
        )
        for one in named
    ]
    rest = round(sum(one.lost for one in heard) - sum(one.lost for one in named), 4)
    if rest > 0:
        message = (
            "Other words were not quite clear." if named else "Some words were not quite clear."
        )
        found.append(
            Observation(
                metric="unclear_word_share",
                # Of words without names another advice holds.
                rule="unclear-word" if named else "unclear-words",
                message=message,
                weight=rest,
                place=None,
            )
        )
    return tuple(found)


def _poor(word: Word, spans: Sequence[Span], told: Pronounced | None) -> bool:
    """Whether the speech around the word was scored below POOR; where nothing is judged by ear the word is enough."""
    if told is None:
        return True
    middle = (word.start + word.end) / 2
    around = (
        score
        for span, score in zip(spans, told.by_span, strict=True)
        if span.start <= middle <= span.end
    )
    score = next(around, None)
    return score is not None and score < POOR


def _level(told: Pronounced | None) -> str:
    if told is None:
        return BY_WORDS
    return BY_EAR_UNLIKE if told.stretch > UNLIKE else BY_EAR


def _heard(dialogue: Dialogue) -> list[list[_Heard]]:
    """The words that count, by turns that have any; a teacher's word in whose place nothing was heard is none."""
    written = dialogue.words_by == "teacher"
    turns = [
        [
            _Heard(one, n, word, clear)
            for n, word in enumerate(one.words)
            if not word.filler
            and (clear := word.heard if written else word.probability) is not None
        ]
        for one in in_language(dialogue)
        if not one.overlap
    ]
    return [one for one in turns if one]


def _metrics(turns: Sequence[Sequence[_Heard]], told: Pronounced | None) -> tuple[Metric, ...]:
    words = sum(len(one) for one in turns)
    mean = _mean_probability(turns)
    if told is None:
        score, error, n = SLOPE * mean + OFFSET, ERROR, words
    else:
        score, error, n = told.score, told.error, told.pieces
    return (
        Metric(
            name="pronunciation_accuracy",
            value=round(min(BEST, score), 4),
            n=n,
            low=round(max(0.0, score - WIDTH * error), 4),
            high=round(min(BEST, score + WIDTH * error), 4),
        ),
        _bounded("mean_word_probability", mean, words, bounds(turns, _mean_probability)),
        _bounded("unclear_word_share", _unclear(turns), words, bounds(turns, _unclear)),
    )


def _bounded(name: str, value: float, n: int, found: tuple[float, float] | None) -> Metric:
    low, high = (round(one, 4) for one in found) if found else (None, None)
    return Metric(name=name, value=round(value, 4), n=n, low=low, high=high)


def _mean_probability(turns: Sequence[Sequence[_Heard]]) -> float:
    every = [one.clear for turn in turns for one in turn]
    return sum(every) / len(every)


def _unclear(turns: Sequence[Sequence[_Heard]]) -> float:
    every = [one.lost for turn in turns for one in turn]
    return sum(every) / len(every)
