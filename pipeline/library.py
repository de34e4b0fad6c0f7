"""For notebooks and scripts: `from pipeline import analyze`."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from pipeline.errors import PermanentError

if TYPE_CHECKING:
    # Every import of the core begins here: the document's types take a second.
    from pipeline.analysis import Analysis

GROUP = "colloquy.analyst"
"""Entry point of what makes the engines: the core knows none, so the distribution names it."""


class Analyst(Protocol):
    """Analyses one file after the other with the same engines."""

    def analyze(
        self,
        path: Path,
        *,
        language: str = "en",
        speakers: int | None = None,
        learner: str | None = None,
        feedback_language: str = "en",
    ) -> Analysis:
        """A recording."""
        ...

    def analyze_transcript(
        self,
        path: Path,
        *,
        language: str | None = None,
        learner: str | None = None,
        feedback_language: str = "en",
    ) -> Analysis:
        """A ready transcript."""
        ...


def analyze(
    recording: str | PathLike[str],
    *,
    language: str = "en",
    speakers: int | None = None,
    learner: str | None = None,
    feedback_language: str = "en",
) -> Analysis:
    """A recording, as `colloquy analyze` does it: no server, models loaded at the first call and kept.

    `learner` is a label (S1, S2, … by first speech) or the path of a voice sample. PermanentError, with a
    sentence on what to do, for what cannot be analysed.
    """
    return _analyst().analyze(
        Path(recording),
        language=language,
        speakers=speakers,
        learner=learner,
        feedback_language=feedback_language,
    )


def analyze_transcript(
    transcript: str | PathLike[str],
    *,
    language: str | None = None,
    learner: str | None = None,
    feedback_language: str = "en",
) -> Analysis:
    """A ready transcript, as `colloquy analyze --transcript` does it; `learner` is a speaker's name in it.

    `language` for a file that does not name its own.
    """
    return _analyst().analyze_transcript(
        Path(transcript), language=language, learner=learner, feedback_language=feedback_language
    )


@cache
def _analyst() -> Analyst:
    for one in entry_points(group=GROUP):
        return cast("Analyst", one.load()())
    raise PermanentError(
        "Colloquy is not installed in this Python.",
        code="not-installed",
        advice="Run `make setup`, and use .venv/bin/python.",
    )
