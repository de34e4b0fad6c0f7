"""`bench`: what Colloquy measures of itself."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from cli.screen import errors, out
from config.settings import settings

bench = typer.Typer(
    help="What Colloquy measures of itself.",
    epilog="Example: colloquy bench scale --rescore 1000",
    no_args_is_help=True,
)


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    bench.callback()(_group)
    bench.command(epilog="Example: colloquy bench scale --rescore 1000 --json")(scale)
    app.add_typer(bench, name="bench")


def _group() -> None:
    """Keep the verbs' names, however few there are."""


def scale(
    *,
    rescore: Annotated[
        int, typer.Option(help="Conversations of the archive that is scored anew.", min=4)
    ] = 1000,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Time how an archive is scored anew by another rubric; fills a database of its own first."""
    from bench import scale as measure  # noqa: PLC0415 - it needs the embedded servers and the engines

    timed = measure.rescore(rescore, settings(), lambda what: errors.print(f"{what} …"))
    if as_json:
        typer.echo(json.dumps(measure.report(timed), indent=2))
        return
    for one in timed:
        out.print(f"{one.conversations:>7} conversations {one.seconds:8.1f} s")
