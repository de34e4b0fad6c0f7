"""`bench`: what Colloquy measures of itself."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
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
    bench.command(epilog="Example: colloquy bench speed talk.wav --json")(speed)
    bench.command(epilog="Example: colloquy bench validity --data corpora --only grammar")(validity)
    app.add_typer(bench, name="bench")


def _group() -> None:
    """Keep the verbs' names, however few there are."""


def speed(
    recording: Annotated[
        Path | None,
        typer.Argument(
            help="In its place: two minutes of the fixtures.", exists=True, dir_okay=False
        ),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Measure seconds per audio second of each stage, and what queue, ledger and storage add."""
    from bench import speed as measure  # noqa: PLC0415 - it needs the embedded servers and the engines
    from cli.demo import RECORDING  # noqa: PLC0415 - as above

    found = measure.measure(recording or RECORDING)
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=2))
        return
    out.print(*measure.table(found), sep="\n")


def validity(
    *,
    data: Annotated[Path, typer.Option(help="The folder with the corpora.", exists=True)],
    only: Annotated[
        list[str] | None, typer.Option(help="One of the parts; may be repeated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Measure how well words, speakers and scores agree with people, against the figures accepted last."""
    from bench.parts import PARTS  # noqa: PLC0415 - it needs every engine
    from bench.validity import main  # noqa: PLC0415 - as above

    if wrong := set(only or ()) - set(PARTS):
        raise typer.BadParameter(
            f"no part {', '.join(sorted(wrong))}; there are {', '.join(PARTS)}."
        )
    chosen = ["--only", *only] if only else []
    flags = ["--json"] if as_json else []
    raise typer.Exit(main(PARTS, ["--data", str(data), *chosen, *flags]))


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
