"""One attempt at `transcribe` by the real engines, as `python -m tests.part_worker DATABASE RUN FOLDER`.

Each batch is one chunk and a part of its own; a line on stdout tells of each before the engine reads it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

from models.database import connect, sessions
from models.ledger import SqlLedger
from pipeline.adapters import faster_whisper
from pipeline.adapters.faster_whisper import FasterWhisper
from pipeline.adapters.folder import FolderMedia
from pipeline.adapters.segmentation import PyannoteSegmentation
from pipeline.adapters.steady_voice import SteadyVoice
from pipeline.plan import PLAN
from pipeline.ports import Tool
from pipeline.runner import run_stage
from pipeline.values import Span, Utterance

faster_whisper.BATCH = faster_whisper.PART = 1


class ToldWhisper(FasterWhisper):
    """Tells what it reads."""

    def _batch(
        self, audio: Path, sound: Span, chunks: Sequence[Span], language: str
    ) -> Iterator[Utterance]:
        print(chunks[0].start, chunks[0].end, flush=True)
        return super()._batch(audio, sound, chunks, language)


def main(database: str, run_id: str, folder: str) -> None:
    tools: dict[str, Tool] = {
        "media": FolderMedia(Path(folder)),
        "voice_activity": PyannoteSegmentation(),
        "transcriber": ToldWhisper(None),
        "filled_pauses": SteadyVoice(),
    }
    ledger = SqlLedger(sessions(connect(database, pooled=False)), PLAN)
    owner = f"worker of {folder}"
    run_stage(PLAN, PLAN["transcribe"], UUID(run_id), owner=owner, ledger=ledger, tools=tools)


if __name__ == "__main__":
    main(*sys.argv[1:])
