"""`analyze` and `report`: the whole plan in this process, and a page of what it gave."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from cli.bars import StageBars
from cli.screen import complain, errors, out, show_scorecard
from config.settings import settings
from pipeline.analysis import Analysis, to_json
from pipeline.errors import ColloquyError, PermanentError
from pipeline.plan import ANALYSIS
from workers.local import analyze_file


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.command(epilog="Example: colloquy analyze talk.m4a --learner S1 --out results")(analyze)


def analyze(  # noqa: D417 - the arguments are documented by their help texts
    media: Annotated[list[Path], typer.Argument(help="Audio or video files.")],
    *,
    out_dir: Annotated[
        Path, typer.Option("--out", help="Folder for NAME.analysis.json.", file_okay=False)
    ] = Path(),
    language: Annotated[str, typer.Option(help="Language of the conversation.")] = "en",
    speakers: Annotated[
        int | None, typer.Option(help="How many people speak, where known.", min=1, max=20)
    ] = None,
    learner: Annotated[
        str | None,
        typer.Option(
            help="Who the learner is: S1, S2, … by order of first speech, or a voice sample."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the document on stdout.")] = False,
) -> None:
    """Analyse recordings here, with no server: one document a recording."""
    documents: list[Analysis] = []
    failed = False
    for path, target in zip(media, _targets(media, out_dir), strict=True):
        try:
            document = _one(path, language, speakers, learner)
        except ColloquyError as error:
            complain(f"{path.name}: {error.sentence}")
            failed = True
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(to_json(document) + "\n", encoding="utf-8")
        documents.append(document)
        errors.print(f"  wrote {target}", highlight=False)
        if not as_json:
            show_scorecard(document, out)
        failed = failed or _nothing_scored(document, path)
    if as_json:
        typer.echo(_printed(documents, len(media)))
    if failed:
        raise typer.Exit(1)


def _one(path: Path, language: str, speakers: int | None, learner: str | None) -> Analysis:
    errors.print(f"[bold]{path.name}[/bold]", highlight=False)
    with StageBars([one.name for one in ANALYSIS.stages], errors) as bars:
        return analyze_file(
            settings(), path, language=language, speakers=speakers, learner=learner, watcher=bars
        )
