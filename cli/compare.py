"""`compare`: what moved between two evaluations of a conversation."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import typer
from rich.markup import escape
from rich.table import Table

from cli.ids import CONVERSATIONS, EVALUATIONS, id_of
from cli.screen import QUOTED, SHOWN, clock, out
from config.settings import settings
from models.database import connect, database_url, sessions
from models.results import Result, Results
from models.rubrics import Rubrics
from pipeline.errors import PermanentError
from pipeline.plan import PLAN
from pipeline.reports import Dimension
from review.compare import Changed, Comparison, by_rubric, of_two
from review.rubrics import named

COMPARED = id_of("a conversation, an evaluation or a run", EVALUATIONS)


def add_to(app: typer.Typer) -> None:
    """Add this verb to the command."""
    app.command(epilog="Example: colloquy compare 5f0c… --rubric mine.toml")(compare)


def compare(
    first: Annotated[
        UUID,
        typer.Argument(
            metavar="A",
            help="An evaluation, a run, or a conversation: the one its readers see.",
            parser=COMPARED,
        ),
    ],
    second: Annotated[
        UUID | None, typer.Argument(metavar="B", help="The other one.", parser=COMPARED)
    ] = None,
    *,
    rubric: Annotated[
        str | None,
        typer.Option(help="Compare with what this rubric would give: a version or a .toml file."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Show what moved from one evaluation of a conversation to another, and which evidence moved it.

    With a conversation alone it lists the evaluations that there are.
    """
    if second is not None and rubric is not None:
        raise typer.BadParameter("give B or --rubric, not both")
    store = sessions(connect(database_url(settings()), pooled=False))
    results = Results(store, PLAN)
    if second is not None:
        _show(of_two(results, first, second), as_json=as_json)
    elif rubric is not None:
        chosen = named(Rubrics(store, settings().stages.rubric), rubric)
        _show(by_rubric(results, first, chosen), as_json=as_json)
    else:
        _list(results.of(first), as_json=as_json)


def _list(found: list[Result], *, as_json: bool) -> None:
    if not found:
        raise PermanentError(
            "There is no such conversation, or nothing of it was evaluated.",
            code="no-evaluation",
            advice=CONVERSATIONS,
        )
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], default=str, indent=2))
        return
    for one in found:
        made = f"{one.made_at:%Y-%m-%d %H:%M}" if one.made_at else ""
        told = "seen by readers" if one.shown else ""
        what = (
            str(one.evaluation_id)
            if one.evaluation_id
            else f"too little evidence, run {one.run_id}"
        )
        out.print(f"{what}  {made:<16} {one.rubric or '':<18} {told}", markup=False, soft_wrap=True)


def _show(found: Comparison, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(asdict(found), default=str, indent=2))
        return
    table = Table(box=None, pad_edge=False)
    for name in ("", found.before.rubric, found.after.rubric, "moved", ""):
        table.add_column(name, justify="right" if name else "left")
    for one in found.scores:
        cells = (
            one.name,
            _points(one.before),
            _points(one.after),
            _signed(one.by),
            escape(one.reason or ""),
        )
        table.add_row(*cells, style="bold" if one.name == "overall" else "")
    table.add_row(
        "level", found.before.level or "-", found.after.level or "-", "", "", style="bold"
    )
    out.print(table)
    for dimension in Dimension:
        rows = [one for one in found.evidence if one.dimension == dimension]
        for row in rows[:SHOWN]:
            out.print(_evidence(row))
        if len(rows) > SHOWN:
            out.print(f"    … {len(rows) - SHOWN} more; --json has all", style="dim")
    if not found.evidence:
        out.print("No evidence changed.")


def _points(value: object) -> str:
    return "-" if value is None else f"{value}"


def _signed(value: object) -> str:
    return "-" if value is None else f"{value:+}"


def _evidence(one: Changed) -> str:
    moved = {
        "appeared": f"new, {_signed(one.after)}",
        "went": f"gone, was {_signed(one.before)}",
        "changed": f"{_signed(one.before)} to {_signed(one.after)}",
    }[one.kind]
    said = ""
    if one.said is not None:
        words = one.said if len(one.said) <= QUOTED else f"{one.said[:QUOTED]}…"
        said = f' "{escape(words)}" at {clock(one.start_time or 0.0)}'
    return f"  {one.dimension:<14}{one.by:>+7.2f}  {moved}: {escape(one.explanation)}{said}"
