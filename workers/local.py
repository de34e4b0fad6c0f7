"""The plan in this process, without a server: what `colloquy analyze` calls."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from config.settings import Settings
from pipeline.adapters.folder import FolderMedia
from pipeline.analysis import Analysis, Step
from pipeline.assemble import assemble
from pipeline.errors import PermanentError
from pipeline.memory import MemoryLedger, Watcher, walk
from pipeline.plan import ANALYSIS
from pipeline.ports import Tool
from pipeline.values import Upload
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
        watcher: Watcher | None = None,
    ) -> Analysis:
        """One file; `learner` is a label (S1, S2, …) or the path of a voice sample."""
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        size = _size(path, self._settings.media.max_bytes)
        with tempfile.TemporaryDirectory(prefix="colloquy-") as name:
            folder = Path(name)
            _put(path, folder / "media")
            voice = None if learner is None or _is_label(learner) else Path(learner)
            if voice is not None:
                _size(voice, self._settings.media.max_bytes)
                _put(voice, folder / "voice")
            ledger = MemoryLedger(
                ANALYSIS,
                Upload(
                    name=path.name,
                    key="media",
                    size=size,
                    language=language,
                    speakers=speakers,
                    learner_label=learner if learner and voice is None else None,
                    learner_voice="voice" if voice else None,
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


def _is_label(learner: str) -> bool:
    return learner[:1] == "S" and learner[1:].isdigit()


def _size(path: Path, most: int) -> int:
    if not path.is_file():
        raise PermanentError(
            f"There is no file {path}.", code="no-file", advice="Check the name and the folder."
        )
    size = path.stat().st_size
    if size > most:
        raise PermanentError(
            f"The file has {size / 1024**3:.1f} GB, more than the {most / 1024**3:.1f} GB allowed.",
            code="too-large",
            advice="Export it with a smaller picture, or the sound alone.",
        )
    return size


def _put(source: Path, target: Path) -> None:
    """A hard link where the file system allows it, else a copy."""
    try:
        os.link(source.resolve(), target)
    except OSError:
        shutil.copyfile(source, target)
