"""`analyze`: the whole plan in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from cli.bars import StageBars
from cli.conversations import check_learner, store
from cli.ids import CONVERSATIONS
from cli.screen import anything_judged, complain, errors, sentence, show_scorecard
from cli.written import folder_for, write
from config.settings import settings
from pages.report import report_page
from pipeline.analysis import Analysis, from_json, to_json
from pipeline.errors import PermanentError
from pipeline.languages import ENGLISH, wanted, works
from pipeline.memory import Watcher
from pipeline.plan import ANALYSIS, TRANSCRIPT_ANALYSIS
from review import archive


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.command(epilog="Example: colloquy analyze talk.m4a --learner S1 --out results")(analyze)
    app.command(epilog="Example: colloquy report talk.analysis.json --html talk.html")(report)


def analyze(
    context: typer.Context,
    media: Annotated[
        list[Path], typer.Argument(help="Audio or video files, or transcripts with --transcript.")
    ],
    *,
    transcript: Annotated[
        bool,
        typer.Option(
            "--transcript",
            help="The files are ready transcripts: WebVTT with voices, CHAT, or JSON of the kind colloquy.transcript/1.",
        ),
    ] = False,
    folder: Annotated[
        Path, typer.Option("--out", help="Folder for NAME.analysis.json.", file_okay=False)
    ] = Path(),
    language: Annotated[
        str | None,
        typer.Option(
            help=f"Language of the conversation; else what a transcript names, English else. {works()}",
        ),
    ] = None,
    speakers: Annotated[
        int | None, typer.Option(help="How many people speak, where known.", min=1, max=20)
    ] = None,
    learner: Annotated[
        str | None,
        typer.Option(
            help="S1, S2, … by order of first speech, or a file with the learner's voice; of a transcript the "
            "speaker's name in it."
        ),
    ] = None,
    feedback_language: Annotated[
        str, typer.Option(help="Language of the feedback; English where there are no texts in it.")
    ] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Print the document on stdout.")] = False,
) -> None:
    """Analyse recordings, or ready transcripts, here, with no server: one document a file."""
    from workers.local import Analyst  # noqa: PLC0415 - engines take seconds to import; help needs none

    if transcript and speakers is not None:
        raise typer.BadParameter("a transcript says itself who speaks", param_hint="--speakers")
    _check_language(language)
    # In a transcript anybody may be named.
    check_learner(None if transcript else learner)
    analyst = Analyst(settings())

    def analysed(path: Path, watcher: Watcher) -> Analysis:
        if transcript:
            return analyst.analyze_transcript(
                path,
                language=language,
                learner=learner,
                feedback_language=feedback_language,
                watcher=watcher,
            )
        return analyst.analyze(
            path,
            language=language or ENGLISH.code,
            speakers=speakers,
            learner=learner,
            feedback_language=feedback_language,
            watcher=watcher,
        )

    plan = TRANSCRIPT_ANALYSIS if transcript else ANALYSIS
    stages = [one.name for one in plan.stages]
    debug = bool((context.obj or {}).get("debug"))
    documents: list[Analysis] = []
    for path, target in zip(media, _targets(media, folder), strict=True):
        errors.print(path.name, style="bold", markup=False)
        found = _written(path, target, stages, analysed, debug=debug)
        if found is None:
            continue
        documents.append(found)
        if not as_json:
            show_scorecard(found)
        if not anything_judged(found):
            complain(f"{path.name}: {found.scores.overall.reason}")
    if as_json:
        typer.echo(_printed(documents, one=len(media) == 1))
    if len(documents) < len(media) or not all(map(anything_judged, documents)):
        raise typer.Exit(1)


def _check_language(told: str | None) -> None:
    try:
        wanted(told or ENGLISH.code)
    except PermanentError as error:
        raise typer.BadParameter(error.sentence, param_hint="--language") from error


def _written(
    path: Path,
    target: Path,
    stages: list[str],
    analysed: Callable[[Path, Watcher], Analysis],
    *,
    debug: bool,
) -> Analysis | None:
    """The document, written to its file; None where that failed: whatever it was, the next file is analysed."""
    try:
        # Before the work, which would be lost.
        folder_for(target)
        with StageBars(stages, errors) as bars:
            document = analysed(path, bars)
        write(target, to_json(document) + "\n")
    except Exception as error:
        if debug:
            raise
        complain(f"{path.name}: {sentence(error)}")
        return None
    errors.print(f"  wrote {target}", markup=False)
    return document


def report(
    what: Annotated[str, typer.Argument(help="A file NAME.analysis.json, or a conversation's id.")],
    *,
    html: Annotated[Path, typer.Option(help="The file to write.", dir_okay=False)],
    language: Annotated[
        str | None, typer.Option(help="Language of the page; without it, that of the feedback.")
    ] = None,
) -> None:
    """Write the report page: one file that works offline."""
    write(html, report_page(document(what), language=language))
    errors.print(f"wrote {html}", markup=False)


def document(what: str) -> Analysis:
    """That of a file, or of a conversation's id; PermanentError where there is none."""
    if not Path(what).is_file():
        try:
            conversation = UUID(what)
        except ValueError as error:
            raise PermanentError(
                f"There is no file {what}, and it is no conversation's id.",
                code="no-file",
                advice=f"Give a file that `colloquy analyze` wrote, or an id: {CONVERSATIONS}",
            ) from error
        return archive.analysis(store(), conversation)
    try:
        return from_json(Path(what).read_text(encoding="utf-8"))
    except ValueError as error:
        raise PermanentError(
            f"{what} is no document of the kind colloquy.analysis/1.",
            code="not-analysis",
            advice="Give a file that `colloquy analyze` wrote.",
        ) from error


def _targets(media: list[Path], folder: Path) -> list[Path]:
    """A document a file; files of the same name in different folders are numbered."""
    taken = {path.stem for path in media}
    names: list[str] = []
    for path in media:
        name = path.stem
        if name in names:
            name = next(
                one for n in count(2) if (one := f"{path.stem}-{n}") not in taken | set(names)
            )
        names.append(name)
    return [folder / f"{name}.analysis.json" for name in names]


def _printed(documents: list[Analysis], *, one: bool) -> str:
    """One document for one file, else a list."""
    if one and documents:
        return to_json(documents[0])
    return json.dumps([json.loads(to_json(document)) for document in documents], indent=2)
