"""`export`: analyses in the formats of other tools, and classes as data sets."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from cli.analysis import document
from cli.conversations import database, store
from cli.screen import errors
from cli.written import write
from models.members import members
from review import archive
from review.exports import FORMATS

Format = StrEnum("Format", list(FORMATS))  # type: ignore[misc]  # its members are those of a table


def add_to(app: typer.Typer) -> None:
    """Add this verb to the command."""
    example = "Example: colloquy export 5f0c… --format vtt --out talk.vtt"
    app.command(epilog=f"{example}, or: colloquy export --class 3b --out data")(export)


def export(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="[CONVERSATION]", help="A conversation's id, or a file NAME.analysis.json."
        ),
    ] = None,
    *,
    form: Annotated[
        Format | None, typer.Option("--format", help="Which format, of one conversation.")
    ] = None,
    class_name: Annotated[
        str | None,
        typer.Option("--class", help="Name of a class: all its conversations as a data set."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="The file to write, without it stdout; of a class the folder, which must be named."
        ),
    ] = None,
    names: Annotated[
        bool, typer.Option("--names", help="With the learners' names, which a data set has not.")
    ] = False,
) -> None:
    """Write an analysis in another tool's format, or a class as a data set (Parquet and CSV)."""
    if (what is None) == (class_name is None):
        raise typer.BadParameter("name one conversation, or a class with --class")
    if class_name is not None:
        if form is not None:
            raise typer.BadParameter("a data set is always Parquet and CSV", param_hint="--format")
        if out is None:
            raise typer.BadParameter("name the folder for the data set", param_hint="--out")
        _dataset(class_name, out, names=names)
        return
    if form is None or names:
        told = "learners' names are for data sets" if names else "name a format"
        raise typer.BadParameter(told, param_hint="--names" if names else "--format")
    text = FORMATS[form.name](document(str(what)))
    if out is None:
        typer.echo(text, nl=False)
        return
    write(out, text)
    errors.print(f"wrote {out}", markup=False)


def _dataset(class_name: str, out: Path, *, names: bool) -> None:
    from review.dataset_files import write_dataset  # noqa: PLC0415 - pyarrow takes a second to import

    found = members(database(), class_name, names=names)
    runs = store()
    with Progress(console=errors, transient=True, disable=not errors.is_terminal) as bar:
        written = write_dataset(
            bar.track(found, description="conversations"),
            lambda one: archive.analysis(runs, one.conversation_id),
            out,
            names=names,
        )
    errors.print(f"wrote {written.conversations} conversations to {out}", markup=False)
    if written.left_out:
        errors.print(f"{written.left_out} have no result and were left out")
