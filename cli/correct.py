"""`correct`: a teacher's words, or who the learner is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cli.conversations import Conversation, Json, database, follow_run, tell_next
from cli.screen import out
from config.settings import settings
from models.corrections import Corrections
from pipeline.plan import PLAN
from review.correct import correct as put_right
from tasks.services import Services


def add_to(app: typer.Typer) -> None:
    """Add this verb to the command."""
    app.command(epilog="Example: colloquy correct 5f0c… --transcript talk.vtt --learner S2")(
        correct
    )


def correct(
    conversation: Conversation,
    *,
    transcript: Annotated[
        Path | None,
        typer.Option(
            help="The whole talk as it was: WebVTT, CHAT or JSON, best an export of it that was mended.",
            dir_okay=False,
        ),
    ] = None,
    learner: Annotated[
        str | None, typer.Option(help="Who the learner is: S1, S2, … or a role.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Wait and show the stages.")] = False,
    as_json: Json = False,
) -> None:
    """Put right what was heard: it is judged again, and the evaluation so far stays in the history."""
    from tasks.dispatch import dispatch  # noqa: PLC0415 - Celery takes a second to import
    from workers.transcripts import read  # noqa: PLC0415 - its parsers take a second to import

    if transcript is None and learner is None:
        raise typer.BadParameter("give --transcript, --learner, or both")
    written = read(transcript) if transcript else None
    run_id = put_right(
        Corrections(database(), PLAN), conversation, written=written, learner=learner
    )
    dispatch(_services())
    if as_json:
        told = {"conversation": str(conversation), "run": str(run_id)}
        typer.echo(json.dumps(told, indent=2))
    else:
        out.print(f"run {run_id} judges it as corrected: colloquy status {conversation}")
    if follow:
        follow_run(conversation)
        tell_next(conversation)


def _services() -> Services:
    from workers.services import make  # noqa: PLC0415 - boto3 takes a second to import

    return make(settings())
