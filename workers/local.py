"""The plan in this process, without a server: what `colloquy analyze` calls."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from config.settings import Settings, settings
from pipeline.adapters.folder import FolderMedia
from pipeline.analysis import Analysis, Step
from pipeline.assemble import assemble
from pipeline.languages import heard
from pipeline.memory import MemoryLedger, Watcher, walk
from pipeline.plan import ANALYSIS, TRANSCRIPT_ANALYSIS, Plan
from pipeline.scratch import scratch
from pipeline.values import Upload
from pipeline.written import in_place_of_sound, learner_of
from workers.files import learner_named, recording
from workers.toolbox import Toolbox
from workers.transcripts import read


class Analyst:
    """Analyses one file after the other with the same engines: models are loaded once."""

    def __init__(self, settings: Settings) -> None:
        """Make the engines on first use."""
        self._settings = settings
        self._toolbox: Toolbox | None = None

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
        known = heard(language, multilingual=self._settings.speech.recogniser is not None)
        most = self._settings.media.max_bytes
        size = recording(path, most)
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
                    language=known.code,
                    speakers=speakers,
                    learner_label=label,
                    learner_voice="voice" if voice else None,
                    feedback_language=feedback_language,
                ),
                watcher,
            )
            self._walk(ledger, ANALYSIS, folder)
        return _document(ledger, ANALYSIS)

    def analyze_transcript(
        self,
        path: Path,
        *,
        language: str | None = None,
        learner: str | None = None,
        feedback_language: str = "en",
        watcher: Watcher | None = None,
    ) -> Analysis:
        """One ready transcript, without sound; `learner` is a speaker as the file names them.

        `language` for a file that does not name its own.
        """
        written = read(path, language)
        given = in_place_of_sound(written)
        ledger = MemoryLedger(
            TRANSCRIPT_ANALYSIS,
            Upload(
                name=path.name,
                key="",
                size=path.stat().st_size,
                language=given.transcript.language,
                learner_label=learner_of(written, learner),
                feedback_language=feedback_language,
            ),
            watcher,
            (given.recording, given.transcript, given.speaker_turns),
        )
        with scratch() as folder:
            self._walk(ledger, TRANSCRIPT_ANALYSIS, folder)
        return _document(ledger, TRANSCRIPT_ANALYSIS)

    def _walk(self, ledger: MemoryLedger, plan: Plan, folder: Path) -> None:
        media = FolderMedia(folder)
        toolbox = self._toolbox or Toolbox(self._settings, media=media)
        self._toolbox = toolbox
        # All before the walk: its two threads must not make one twice.
        tools = {name: toolbox[name] for one in plan.stages for name in one.tools}
        walk(ledger, plan, {**tools, "media": media})


def configured() -> Analyst:
    """By the settings of this machine: what `from pipeline import analyze` works with."""
    return Analyst(settings())


def _document(ledger: MemoryLedger, plan: Plan) -> Analysis:
    steps = {
        one.name: Step(
            version=one.version,
            engine=", ".join(ledger.results[one.name].engines) or None,
            seconds=round(ledger.results[one.name].seconds, 3),
        )
        for one in plan.stages
    }
    return assemble(ledger.values(), steps)


def _put(source: Path, target: Path) -> None:
    """A hard link where the file system allows it, else a copy."""
    try:
        os.link(source.resolve(), target)
    except OSError:
        shutil.copyfile(source, target)
