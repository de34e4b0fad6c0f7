"""The plan over a ready transcript, on fakes: from a file's text to the document."""

from __future__ import annotations

from pathlib import Path

from pipeline.analysis import Analysis
from pipeline.assemble import assemble
from pipeline.memory import MemoryLedger, walk
from pipeline.plan import TRANSCRIPT_ANALYSIS
from pipeline.ports import Tool
from pipeline.written import in_place_of_sound, learner_of
from tests.factories import upload
from tests.fakes.hearing import FakePronunciationJudge
from tests.fakes.language import FakeGrammarChecker
from tests.fakes.text import (
    FakeLevelList,
    FakeSentenceVectors,
    FakeTextAnalyzer,
    FakeWordFrequencies,
)
from tests.fakes.voices import NamedMedia
from workers.toolbox import rubric
from workers.transcripts import read


def text_tools() -> dict[str, Tool]:
    return {
        "media": NamedMedia(),
        "pronunciation_judge": FakePronunciationJudge(),
        "grammar_checker": FakeGrammarChecker(),
        "text_analyzer": FakeTextAnalyzer(),
        "word_frequencies": FakeWordFrequencies(),
        "level_list": FakeLevelList(),
        "sentence_vectors": FakeSentenceVectors(),
        "rubric": rubric("2026.2"),
    }


def analysed(folder: Path, text: str, learner: str | None = None) -> Analysis:
    """As `colloquy analyze --transcript` does it."""
    path = folder / "talk.txt"
    path.write_text(text, encoding="utf-8")
    written = read(path)
    given = in_place_of_sound(written)
    ledger = MemoryLedger(
        TRANSCRIPT_ANALYSIS,
        upload(learner_label=learner_of(written, learner)),
        beside=(given.recording, given.transcript, given.speaker_turns),
    )
    walk(ledger, TRANSCRIPT_ANALYSIS, text_tools())
    return assemble(ledger.values(), {})
