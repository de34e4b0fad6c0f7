"""Engines that hear the same short talk in every recording, at once, for tests of what surrounds them."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import soundfile

from pipeline.errors import TransientError, UnavailableError
from pipeline.heard import DiarizedSpeech, RecognisedSpeech
from pipeline.parts import UNKEPT, Parts
from pipeline.ports import GrammarFinding, Progress, SearchIndex, Tool
from pipeline.search import SearchDocument
from pipeline.values import Dialogue, Span, Turn, Utterance
from tests.factories import dialogue
from tests.fakes.hearing import FakeFilledPauses, FakePronunciationJudge
from tests.fakes.text import (
    FakeLevelList,
    FakeSentenceVectors,
    FakeTextAnalyzer,
    FakeWordFrequencies,
)

QUESTIONS = (
    "What did you do?",
    "Where was that?",
    "And then?",
    "Why did you do that?",
    "Who was with you?",
)
ANSWERS = (
    "we walked along the river and she go home with her two small dogs",
    "that was near the old town where many people live and work and meet",
    "then my brother bought a big red house and painted every single door",
    "because I like to read books about the sea and about distant lands",
    "my sister came with me and we talked about music for the whole evening",
    "I cooked a warm soup with carrots for everybody in our little kitchen",
    "it happened behind the green hill close to the station and the market",
    "after lunch they drove home slowly since heavy snow fell all afternoon",
    "so that nobody would forget how quickly those happy summer weeks passed",
    "two friends from school joined us because their bus had already left",
    "we swam across a cold lake and dried our clothes beside an open fire",
    "you find this place where both streets meet under some very tall trees",
    "later an old man told stories that made even my serious uncle laugh",
    "for a good teacher once said travel opens eyes better than any lesson",
    "only her parents stayed while everyone else danced until early morning",
)
"""No two alike: a talk that says the same again is not judged."""
TALK = dialogue(
    *(f"P: {line}" if n % 2 == 0 else f"L: {line}" for n, line in enumerate(
        line for pair in zip(QUESTIONS * 3, ANSWERS, strict=True) for line in pair
    ))
)  # fmt: skip
"""S1 asks, S2, the learner, answers: some 80 seconds."""
LEAST_SAID = 10
"""Exchanges that are judged in every dimension."""


def heard(audio: Path) -> Dialogue:
    """The talk; with COLLOQUY_TEST_VARIED as much of it as the file's tenths of seconds say, so that talks differ."""
    if "COLLOQUY_TEST_VARIED" not in os.environ:
        return TALK
    more = round(10 * soundfile.info(audio).duration) % (len(ANSWERS) - LEAST_SAID)
    return replace(TALK, segments=TALK.segments[2 * more :])


GROWN = 500 * 1024**2
"""Bytes that the transcriber takes and gives back where the gate says `grow`."""


def gate() -> Path:
    """What stands in the file that COLLOQUY_TEST_GATE names decides: `wait`, `away`, `bug`, `grow`, or no file at all."""
    return Path(os.environ.get("COLLOQUY_TEST_GATE", "/no/gate"))


def stop_at_the_gate() -> None:
    """Tell which process stands there, and do as it says."""
    asked = gate().read_text() if gate().exists() else ""
    gate().with_suffix(f".{asked or 'open'}").write_text(str(os.getpid()))
    if asked == "away":
        raise TransientError("The model is being moved.", code="moving")
    if asked == "bug":
        raise ZeroDivisionError(TALK.segments[0].text)
    if asked == "grow":
        _ = b"x" * GROWN
    while gate().exists():
        time.sleep(0.05)


class QuickTranscriber:
    """Knows the talk by heart; stops at the gate."""

    engine = "quick transcriber"

    def transcribe(
        self,
        audio: Path,
        chunks: Sequence[Span],
        language: str,
        progress: Progress,
        parts: Parts = UNKEPT,
    ) -> RecognisedSpeech:
        del chunks, parts
        progress(0.5)
        if gate().parent.exists():
            stop_at_the_gate()
        return RecognisedSpeech(
            language=language,
            language_probability=None,
            utterances=tuple(
                Utterance(
                    start=one.start,
                    end=one.end,
                    words=one.words,
                    mean_log_probability=-0.1,
                    no_speech_probability=0.0,
                    compression_ratio=1.0,
                )
                for one in heard(audio).segments
            ),
        )


class QuickVoices:
    """Tells speech, and who speaks, by the same talk."""

    engine = "quick voices"

    def detect(self, audio: Path, progress: Progress) -> tuple[Span, ...]:
        progress(1.0)
        return tuple(Span(start=one.start, end=one.end) for one in heard(audio).segments)

    def diarize(
        self, audio: Path, speakers: int | None, progress: Progress, parts: Parts = UNKEPT
    ) -> DiarizedSpeech:
        del speakers, parts
        progress(1.0)
        turns = tuple(
            Turn(label=one.speaker_label, start=one.start, end=one.end)
            for one in heard(audio).segments
        )
        return DiarizedSpeech(turns=turns, voices={"S1": (1.0, 0.0), "S2": (0.0, 1.0)})

    def voice(self, audio: Path) -> tuple[float, ...]:
        del audio
        return (0.0, 1.0)

    def voice_in(self, audio: Path, speech: Sequence[Span]) -> tuple[float, ...] | None:
        return self.voice(audio) if speech else None


class QuickChecker:
    """Knows one slip."""

    engine = "quick checker"

    def check(self, texts: Sequence[str], language: str) -> list[tuple[GrammarFinding, ...]]:
        del language
        return [self._found(text) for text in texts]

    @staticmethod
    def _found(text: str) -> tuple[GrammarFinding, ...]:
        at = text.find("she go ")
        if at < 0:
            return ()
        return (
            GrammarFinding(
                start=at,
                end=at + len("she go"),
                rule="HE_VERB_AGR",
                category="GRAMMAR",
                message="The verb does not agree.",
                suggestions=("she goes",),
            ),
        )


class GatedSearch:
    """A search server that is away while a file `gate.search` stands beside the gate."""

    def __init__(self, real: SearchIndex) -> None:
        self._real = real
        self.engine = real.engine

    def replace(self, conversation_id: UUID, documents: Sequence[SearchDocument]) -> int:
        if gate().with_suffix(".search").exists():
            raise UnavailableError("It does not answer.", code="search", service="search server")
        return self._real.replace(conversation_id, documents)


def quick_tools() -> Mapping[str, Tool]:
    """Everything that would load a model."""
    voices = QuickVoices()
    return {
        "transcriber": QuickTranscriber(),
        "filled_pauses": FakeFilledPauses(none=True),
        "voice_activity": voices,
        "diarizer": voices,
        "pronunciation_judge": FakePronunciationJudge(),
        "grammar_checker": QuickChecker(),
        "text_analyzer": FakeTextAnalyzer(clauses=frozenset({"walked", "was", "bought", "like"})),
        "word_frequencies": FakeWordFrequencies(),
        "level_list": FakeLevelList(),
        "sentence_vectors": FakeSentenceVectors(),
    }
