"""Text as if it had been spoken and recognised, and the grammar stage over it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from pipeline.adapters.lingotweaker import LingoTweaker
from pipeline.adapters.spacy import Spacy
from pipeline.disfluency import marked
from pipeline.reports import GrammarReport
from pipeline.stages.grammar import grammar
from pipeline.values import LEARNER, Dialogue, Segment, Span, Speaker, Word

SENTENCE_END = re.compile(r"[.!?…]+(?=\W|$)|\n")
WORD = re.compile(r"\d+(?:[.,:]\d+)+|[^\W_]+(?:['’-][^\W_]+)*")  # noqa: RUF001 - the mark that books set


def levelled(text: str) -> str:
    """Case and punctuation taken away, and a stop after each sentence: `pipeline.spoken` gives the capitals."""
    sentences = (" ".join(WORD.findall(one.casefold())) for one in SENTENCE_END.split(text))
    return " ".join(f"{one}." for one in sentences if one)


def spoken(sentence: str) -> Segment:
    """The sentence as it stands, as if the recogniser had been sure of every word."""
    words = tuple(
        Word(id=f"w{n}", text=text, start=float(n), end=n + 0.5, probability=1.0)
        for n, text in enumerate(sentence.split())
    )
    return Segment(
        number=0,
        start=0.0,
        end=float(len(words)),
        speaker=LEARNER,
        speaker_label="S1",
        text=sentence,
        words=words,
        confidence=1.0,
        language="en",
        overlap=False,
    )


def talk(turns: Sequence[str]) -> Dialogue:
    """A dialogue in which the learner says these turns and every word is sure."""
    segments = tuple(_segment(number, turn) for number, turn in enumerate(turns))
    seconds = float(max(1, sum(len(one.words) for one in segments)))
    learner = Speaker(
        label="S1",
        role=LEARNER,
        speech_seconds=seconds,
        words=int(seconds),
        how="given",
        confidence=1.0,
    )
    return Dialogue(
        language="en",
        language_probability=None,
        language_supported=True,
        duration=seconds,
        speakers=(learner,),
        turns=(),
        segments=segments,
        speech=(Span(start=0.0, end=seconds),),
    )


def _segment(number: int, turn: str) -> Segment:
    said = [
        Word(id=f"w{number}-{n}", text=text, start=float(n), end=n + 0.5, probability=1.0)
        for n, text in enumerate(turn.split())
    ]
    words = marked(said)
    return Segment(
        number=number,
        start=0.0,
        end=float(len(words)),
        speaker=LEARNER,
        speaker_label="S1",
        text=" ".join(one.text for one in words),
        words=words,
        confidence=1.0,
        language="en",
        overlap=False,
    )


@cache
def engines() -> tuple[LingoTweaker, Spacy]:
    """The default ones, loaded once."""
    return LingoTweaker(), Spacy()


def judged(turns: Sequence[str]) -> GrammarReport:
    """The stage's report."""
    checker, analyzer = engines()
    return grammar(talk(turns), grammar_checker=checker, text_analyzer=analyzer)
