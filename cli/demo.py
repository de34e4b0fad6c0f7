"""`make demo`: a real recording, through S3, the queue and the workers, to an evaluation."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import typer

from cli.conversations import follow_run, store
from cli.screen import complain, errors, out, show_hits, show_scorecard
from config.settings import settings
from embedded.stack import Stack
from models.database import connect, database_url, sessions
from pages.report import report_page
from pipeline.analysis import Analysis
from pipeline.errors import ColloquyError, PermanentError
from pipeline.examples import CLEAR
from pipeline.search import SearchFilters
from review import archive
from workers.submit import submit
from workers.toolbox import search_index

RECORDING = Path(__file__).parent.parent / "tests/fixtures/conversation.ogg"
PAGE = Path("colloquy-demo.html")
"""In the current folder, where people look."""
DEADLINE = 15 * 60.0
"""Seconds for the analysis: two cores took 53 to 77, and a machine may be ten times slower."""


def demo(home: Path, recording: Path = RECORDING) -> None:
    """Start a stack in `home`, hand the recording in, wait, and show what came of it."""
    os.environ["COLLOQUY_HOME"] = str(home)
    os.environ.pop("COLLOQUY_SETTINGS", None)
    stack = Stack(home)
    with stack:
        errors.print("the stack runs; two people talk for two minutes, the first is the learner")
        settings.cache_clear()
        conversation = submit(
            settings(), recording, user="demo", class_name="Demo class", title="Demo", learner="S1"
        )
        follow_run(conversation, within(DEADLINE, stack.check))
        found = archive.analysis(store(), conversation)
        show_scorecard(found)
        word = telling(found)
        out.print(f"\ncolloquy search {word}", style="bold", markup=False)
        index = search_index(settings(), sessions(connect(database_url(settings()), pooled=False)))
        show_hits(index.search(word, SearchFilters(limit=3)))
    PAGE.write_text(report_page(found), encoding="utf-8")
    out.print(
        f"\nwrote {PAGE.resolve()}, the report with all its evidence: open it in a browser",
        markup=False,
        soft_wrap=True,
    )
    out.print("all stopped; `colloquy up` keeps a stack running", markup=False)


def telling(found: Analysis) -> str:
    """A word of the learner's to look for: the longest that was heard clearly. Search passes over `to` and its like."""
    said = [one for part in found.segments if part.speaker == "learner" for one in part.words]
    best = max(said, key=lambda one: ((one.probability or 0.0) >= CLEAR, len(one.text)))
    return best.text.strip(".,?!")


def within(seconds: float, alive: Callable[[], None]) -> Callable[[], None]:
    """`alive`, which raises PermanentError too when so long has passed from now."""
    end = time.monotonic() + seconds

    def look() -> None:
        alive()
        if time.monotonic() > end:
            raise PermanentError(
                f"The analysis was not done within {seconds / 60:.0f} minutes.", code="demo-late"
            )

    return look


def main() -> int:
    """The demo in a folder of its own, deleted afterwards; kept for its logs when the demo fails."""
    folder = Path(tempfile.mkdtemp(prefix="colloquy-demo-"))
    try:
        demo(folder)
    except (ColloquyError, typer.Exit) as error:
        # `follow_run` has told why before it raises Exit.
        if isinstance(error, ColloquyError):
            complain(error.sentence)
        errors.print(f"the logs are kept in {folder / 'logs'}", markup=False, soft_wrap=True)
        return 1
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
