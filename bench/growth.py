"""How the judges' work grows with the talk: `python -m bench.growth --data FOLDER [--hours .75 1.5 3]`.

Two speakers take turns of three sentences of the folder's `sentences/tatoeba-english.txt.gz`, drawn at random, as if
`transcribe` and `diarize` had heard them; the plan's own stages from attribute to score follow, with the real text engines
and no sound. `--turn` makes the turns longer: what grows with a turn's length shows there. CPU seconds are this process's own.
"""

from __future__ import annotations

import argparse
import gzip
import os
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

from bench.recognition import cpu_seconds
from config.settings import settings
from pipeline.adapters.folder import FolderMedia
from pipeline.artifacts import freeze
from pipeline.memory import MemoryLedger
from pipeline.plan import ANALYSIS
from pipeline.runner import run_stage
from pipeline.values import (
    Recording,
    Span,
    SpeakerTurns,
    Transcript,
    Turn,
    Upload,
    Utterance,
    Word,
)
from workers.toolbox import Toolbox

HEARD = ("decode", "transcribe", "diarize")
SENTENCES = 3
"""A turn: as many words as a learner says at once in the ten conversations."""
WORD, BETWEEN = 0.35, 0.7
"""Seconds of a word and between two turns."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A talk as the first stages would hand it on."""

    recording: Recording
    transcript: Transcript
    turns: SpeakerTurns


def sentences(folder: Path) -> list[str]:
    """The corpus, in its order."""
    with gzip.open(folder / "sentences" / "tatoeba-english.txt.gz", "rt", encoding="utf-8") as file:
        return [line.strip() for line in file if line.strip()]


def talk(corpus: Sequence[str], hours: float, turn: float = 0.0) -> Heard:
    """Turns of at least `turn` seconds until the time is full; the same arguments give the same talk."""
    draw = random.Random(3)  # noqa: S311 - a draw, no secret
    utterances: list[Utterance] = []
    turns: list[Turn] = []
    at, number = 0.0, 0
    while at < 3600 * hours:
        said: list[Word] = []
        start = at
        while not said or at - start < turn:
            for text in " ".join(draw.choices(corpus, k=SENTENCES)).split():
                end = at + WORD
                said.append(Word(id=f"w{number}", text=text, start=at, end=end, probability=0.9))
                at, number = end, number + 1
        utterances.append(_utterance(said))
        turns.append(Turn(label=f"S{len(turns) % 2 + 1}", start=said[0].start, end=at))
        at += BETWEEN
    return Heard(
        recording=Recording(
            key="none", sha256="0" * 64, duration=at, sample_rate=16_000, channels=1, codec="none",
            gain_db=0.0,
        ),
        transcript=Transcript(
            language="en",
            language_probability=None,
            utterances=tuple(utterances),
            speech=tuple(Span(start=one.start, end=one.end) for one in turns),
        ),
        turns=SpeakerTurns(turns=tuple(turns), how="voices"),
    )  # fmt: skip


def _utterance(words: Sequence[Word]) -> Utterance:
    return Utterance(
        start=words[0].start,
        end=words[-1].end,
        words=tuple(words),
        mean_log_probability=-0.1,
        no_speech_probability=0.0,
        compression_ratio=1.0,
    )


class Ledger(MemoryLedger):
    """A run of which the first stages are done."""

    def __init__(self, heard: Heard) -> None:
        """As if the talk had been heard."""
        upload = Upload(name="talk", key="media", size=1, learner_label="S2")
        super().__init__(ANALYSIS, upload)
        for value in (heard.recording, heard.transcript, heard.turns):
            self._artifacts[type(value).__name__] = freeze(value)


def judged(ledger: Ledger, toolbox: Toolbox) -> Iterator[tuple[str, float]]:
    """Each stage after the heard ones with its CPU seconds."""
    for stage in ANALYSIS.stages:
        if stage.name not in HEARD:
            before = cpu_seconds()
            run_stage(ANALYSIS, stage, ledger.run_id, owner="bench", ledger=ledger, tools=toolbox)
            if ledger.error is not None:
                raise ledger.error
            yield stage.name, cpu_seconds() - before


def main() -> None:
    """One column a length, one row a stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--hours", type=float, nargs="+", default=[0.75, 1.5, 3.0])
    parser.add_argument(
        "--turn", type=float, default=0.0, help="seconds that a turn lasts at least"
    )
    options = parser.parse_args()
    corpus = sentences(options.data)
    with tempfile.TemporaryDirectory() as name:
        toolbox = Toolbox(settings(), media=FolderMedia(Path(name)))
        for _ in judged(Ledger(talk(corpus, 0.05)), toolbox):
            pass  # models are loaded on first use
        for hours in options.hours:
            heard = talk(corpus, hours, options.turn)
            words = sum(len(one.words) for one in heard.transcript.utterances)
            print(f"{hours:g} h, {len(heard.turns.turns)} turns, {words} words", flush=True)
            found = dict(judged(Ledger(heard), toolbox))
            for stage, seconds in found.items():
                print(f"  {stage:16}{seconds:8.2f} CPU s", flush=True)
            print(f"  {'all':16}{sum(found.values()):8.2f} CPU s", flush=True)


if __name__ == "__main__":
    main()
