"""`export`: analyses in the formats of other tools."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.analysis import document
from cli.screen import errors
from cli.written import write
from review.exports import FORMATS

Format = StrEnum("Format", list(FORMATS))  # type: ignore[misc]  # its members are those of a table


def add_to(app: typer.Typer) -> None:
    """Add this verb to the command."""
    app.command(epilog="Example: colloquy export 5f0c… --format vtt --out talk.vtt")(export)


def export(
    what: Annotated[
        str,
        typer.Argument(
            metavar="CONVERSATION", help="A conversation's id, or a file NAME.analysis.json."
        ),
    ],
    *,
    form: Annotated[Format, typer.Option("--format", help="Which format.")],
    out: Annotated[
        Path | None, typer.Option(help="The file to write; without it stdout.", dir_okay=False)
    ] = None,
) -> None:
    """Write the analysis in another tool's format."""
    told = FORMATS[form.name](document(what))
    if out is None:
        typer.echo(told, nl=False)
        return
    write(out, told)
    errors.print(f"wrote {out}", markup=False)
