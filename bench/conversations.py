"""Words and speakers of whole conversations as the product's own plan makes them, against the reference.

The folder holds `NAME.flac`, `all.stm` (name, channel, speaker, start, end, words), `all.rttm`, and
`conversations.json` with the experts' scores a speaker. Both sides of the words go through Whisper's English normaliser.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from typing import Any

from pyannote.core import Annotation, Timeline
from pyannote.metrics.diarization import DiarizationErrorRate
from transformers.models.whisper.english_normalizer import EnglishTextNormalizer

from bench.cpwer import speaker_errors
from bench.diarization import COLLAR, hypothesis, references
from bench.figures import Figure, measured, ratio
from bench.fluency import points
from bench.kept import KeptLedger
from bench.recognition import reference
from config.settings import settings
from pipeline.adapters.folder import FolderMedia
from pipeline.adapters.spacy import Spacy
from pipeline.memory import walk
from pipeline.plan import PLAN
from pipeline.ports import Tool
from pipeline.stages.attribute import attribute
from pipeline.stages.fluency import fluency
from pipeline.values import Dialogue, Recording, SpeakerTurns, Transcript, Upload
from workers.toolbox import Toolbox, rubric

HEARD = PLAN.until("attribute")
SLOW = ("transcribe", "diarize")
"""Stages that are kept: nine tenths of the chain's time."""
UNIT = "conversations"
Experts = Mapping[str, Mapping[str, Any]]
"""By speaker and by what was scored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One conversation as the plan heard it, and who really spoke."""

    upload: Upload
    recording: Recording
    transcript: Transcript
    speaker_turns: SpeakerTurns
    dialogue: Dialogue
    known: Annotation
    experts: Experts

    def judged_as(self, label: str) -> Dialogue:
        """The same talk with another learner."""
        upload = replace(self.upload, learner_label=label)
        return attribute(upload, self.recording, self.transcript, self.speaker_turns)


def listened(folder: Path, cache: Path | None) -> list[Heard]:
    """All conversations, their slow stages taken from the cache where they are in it."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    known, found = references(folder), []
    tools: dict[str, Tool] = {}
    for row in json.loads((folder / "conversations.json").read_text("utf-8")):
        sound = (folder / f"{row['id']}.flac").read_bytes()
        upload = Upload(name=row["id"], key="media", size=len(sound))
        with tempfile.TemporaryDirectory(prefix="colloquy-") as name:
            (Path(name) / "media").write_bytes(sound)
            media = FolderMedia(Path(name))
            tools = tools or dict(Toolbox(settings(), media=media))
            ledger = KeptLedger(HEARD, upload, name=row["id"], folder=cache, slow=SLOW)
            walk(ledger, HEARD, {**tools, "media": media})
        found.append(
            Heard(
                upload=upload,
                recording=ledger.value(Recording),
                transcript=ledger.value(Transcript),
                speaker_turns=ledger.value(SpeakerTurns),
                dialogue=ledger.value(Dialogue),
                known=known[row["id"]],
                experts=row["speakers"],
            )
        )
    return found


def figures(folder: Path, cache: Path | None) -> list[Figure]:
    """Words, speakers, words by speakers, and which of two speaks more fluently."""
    heard = listened(folder, cache)
    spoken = [words(one, folder / "all.stm") for one in heard]
    parts = [turn_errors(one) for one in heard]

    def lower(name: str, pairs: Sequence[tuple[float, float]]) -> Figure:
        return measured(name, pairs, ratio, unit=UNIT, higher_is_better=False)

    return [
        lower(
            "word error rate (WER)",
            [speaker_errors([one.real], [one.heard]) for one in spoken],
        ),
        lower(
            "word error rate by speaker (cpWER)",
            [speaker_errors(one.real_by_speaker, one.heard_by_label) for one in spoken],
        ),
        lower("diarization error rate (DER), no collar", [(one.wrong, one.total) for one in parts]),
        lower("DER, collar .25 s each side", [(one.wrong_inside, one.inside) for one in parts]),
        lower("speaker confusion, share of speech", [(one.confused, one.total) for one in parts]),
        measured(
            "conversations whose two speakers fluency points rank as the experts did, share",
            ranked(heard),
            mean,
            unit=UNIT,
            higher_is_better=True,
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Normalised words of a conversation, each list in order of time."""

    real: list[str]
    heard: list[str]
    real_by_speaker: list[list[str]]
    heard_by_label: list[list[str]]


def words(one: Heard, stm: Path) -> Words:
    """What was said, and what the plan heard."""
    normal = EnglishTextNormalizer({})  # type: ignore[no-untyped-call]  # untyped library
    real: dict[str, list[str]] = defaultdict(list)
    rows = [line.split(maxsplit=5) for line in stm.read_text().splitlines()]
    for row in sorted(rows, key=lambda row: float(row[3])):
        if row[0] == one.upload.name:
            real[row[2]].append(row[5])
    said = sorted(
        (word for segment in one.dialogue.segments for word in segment.words),
        key=lambda word: (word.start, word.end),
    )
    told: dict[str | None, list[str]] = defaultdict(list)
    for word in said:
        told[word.speaker_label].append(word.text)
    return Words(
        real=normal(reference(stm, one.upload.name)).split(),
        heard=normal(" ".join(word.text for word in said)).split(),
        real_by_speaker=[normal(" ".join(texts)).split() for texts in real.values()],
        heard_by_label=[normal(" ".join(texts)).split() for texts in told.values()],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnErrors:
    """Seconds of one conversation: without a collar, and `inside` the collars."""

    total: float
    wrong: float
    confused: float
    inside: float
    wrong_inside: float


def turn_errors(one: Heard) -> TurnErrors:
    """Of the plan's turns, over everything that either side marks."""
    turns = hypothesis(one.speaker_turns.turns, one.upload.name)
    uem = Timeline([(one.known.get_timeline() | turns.get_timeline()).extent()])
    exact, lenient = (
        DiarizationErrorRate(collar=2 * collar)(one.known, turns, uem=uem, detailed=True)
        for collar in (0.0, COLLAR)
    )
    return TurnErrors(
        total=exact["total"],
        wrong=exact["diarization error rate"] * exact["total"],
        confused=exact["confusion"],
        inside=lenient["total"],
        wrong_inside=lenient["diarization error rate"] * lenient["total"],
    )


def ranked(heard: Sequence[Heard]) -> list[float]:
    """By conversation 1 where the more fluent of the two by the experts gets more points, else 0."""
    analyzer, scale = Spacy(), rubric(settings().stages.rubric)
    found = []
    for one in heard:
        turns = hypothesis(one.speaker_turns.turns, one.upload.name)
        own = DiarizationErrorRate().optimal_mapping(one.known, turns)
        given = {
            who: points(fluency(one.judged_as(label), text_analyzer=analyzer), scale)
            for label, who in own.items()
        }
        experts = {who: said["fluency"] for who, said in one.experts.items()}
        better = max(experts, key=lambda who: experts[who])
        others = [value for who, value in given.items() if who != better]
        found.append(float(len(given) == len(experts) and given[better] > max(others)))
    return found
