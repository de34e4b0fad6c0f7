"""The plan in this process, without a server: what `colloquy analyze` calls."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from config.settings import Settings
from pipeline.adapters.folder import FolderMedia
from pipeline.analysis import Analysis, Step
from pipeline.assemble import assemble
from pipeline.memory import MemoryLedger, Watcher, walk
from pipeline.plan import ANALYSIS
from pipeline.ports import Tool
from pipeline.scratch import scratch
from pipeline.values import Upload
from workers.files import learner_named, size_of
from workers.toolbox import Toolbox


class Analyst:
    """Analyses one file after the other with the same engines: models are loaded once."""

    def __init__(self, settings: Settings) -> None:
        """Make the engines on first use."""
        self._settings = settings
        self._tools: dict[str, Tool] = {}

    def analyze(
        self,
        path: Path,
        *,
        language: str = "en",
        speakers: int | None = None,
        learner: str | None = None,
        feedback_language: str = "en",
        watcher: Watcher | None = None,
    ) -> Analysis:
        """One file; `learner` is a label (S1, S2, …) or the path of a voice sample."""
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        most = self._settings.media.max_bytes
        size = size_of(path, most)
        label, voice = learner_named(learner, most)
        with scratch() as folder:
            _put(path, folder / "media")
            if voice is not None:
                _put(voice, folder / "voice")
            ledger = MemoryLedger(
                ANALYSIS,
                Upload(
                    name=path.name,
                    key="media",
                    size=size,
                    language=language,
                    speakers=speakers,
                    learner_label=label,
                    learner_voice="voice" if voice else None,
                    feedback_language=feedback_language,
                ),
                watcher,
            )
            self._walk(ledger, folder)
        return assemble(
            ledger.values(),
            {
                one.name: Step(
                    version=one.version,
                    engine=", ".join(ledger.results[one.name].engines) or None,
                    seconds=round(ledger.results[one.name].seconds, 3),
                )
                for one in ANALYSIS.stages
            },
        )

    def _walk(self, ledger: MemoryLedger, folder: Path) -> None:
        media = FolderMedia(folder)
        if not self._tools:
            self._tools = dict(Toolbox(self._settings, media=media))
        walk(ledger, ANALYSIS, {**self._tools, "media": media})


def _put(source: Path, target: Path) -> None:
    """A hard link where the file system allows it, else a copy."""
    try:
        os.link(source.resolve(), target)
    except OSError:
        shutil.copyfile(source, target)
