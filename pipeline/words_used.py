"""The learner's words: heard clearly, no names or numbers, each with whether it is an echo of the partner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.places import place
from pipeline.ports import TextAnalyzer, Token
from pipeline.reports import Place
from pipeline.spoken import CleanText, clean
from pipeline.sureness import SURELY, UNSURE
from pipeline.values import LEARNER, Dialogue, Segment

LEFT_OUT = frozenset({"PUNCT", "SPACE", "SYM", "X", "NUM", "PROPN"})
"""Not the learner's range: names, numbers, and what is no word."""
POSSESSIVE = "POS"
"""Penn tag of the possessive 's, which is no word of its own."""
ECHO = 60
"""Words of talk by anybody: after some 80 syllables, 60 words, of further talk people remember what was said but
no longer in which words (Sachs 1967), so whoever uses the word then has it at hand."""


@dataclass(frozen=True, slots=True)
class Use:
    """One word of the learner's."""

    segment: Segment
    token: Token
    lemma: str
    touched: tuple[int, int]
    """First and last word in the segment: `can't` is two uses of one word."""
    echo: bool
    """The partner said it less than ECHO words before."""

    @property
    def form(self) -> str:
        """The word as it was said, in small letters."""
        return self.token.text.casefold()

    @property
    def sure(self) -> float:
        """Probability of its least sure word."""
        return self.segment.least_probability(*self.touched)

    @property
    def surely(self) -> bool:
        """Whether the recogniser was sure enough of it to show it to people as said."""
        return self.sure >= SURELY

    @property
    def where(self) -> Place:
        """Its place in the conversation."""
        return place(self.segment, *self.touched)


def words_used(dialogue: Dialogue, text_analyzer: TextAnalyzer) -> list[Use]:
    """In the order of the talk."""
    segments = [one for one in dialogue.segments if one.words]
    cleaned = [clean(one) for one in segments]
    analysed = text_analyzer.analyze([one.text for one in cleaned], dialogue.language)
    uses: list[Use] = []
    heard: dict[str, int] = {}
    before = 0
    for segment, text, tokens in zip(segments, cleaned, analysed, strict=True):
        for token, lemma, touched in _words(text, tokens):
            at = before + touched[0]
            if segment.speaker != LEARNER:
                heard[lemma] = at
            elif segment.least_probability(*touched) >= UNSURE:
                echo = at - heard.get(lemma, at - ECHO) < ECHO
                uses.append(Use(segment, token, lemma, touched, echo))
        before += len(segment.words)
    return uses


def _words(text: CleanText, tokens: Sequence[Token]) -> list[tuple[Token, str, tuple[int, int]]]:
    return [
        (token, token.lemma.casefold(), touched)
        for token in tokens
        if token.pos not in LEFT_OUT
        and token.tag != POSSESSIVE
        and any(map(str.isalpha, token.text))
        and (touched := text.touched(token.start, token.end)) is not None
    ]
