"""Verbs about learners: progress, assignment."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer
from rich.markup import escape
from rich.table import Table

from cli.ids import ASSIGNMENTS, id_of
from cli.measures import level_table, measured, reasons, table
from cli.screen import out
from config.settings import settings
from models.database import Sessions, connect, database_url, sessions
from pipeline.metrics import METRICS
from review.assignments import Handed, Marks, Sheet
from review.assignments import sheet as read_sheet
from review.progress import USUAL, Progress
from review.progress import progress as read_progress
from review.trend import LEAST, Interval

if TYPE_CHECKING:
    from review.beside import Agreement

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.command(epilog="Example: colloquy progress anna --metric mtld")(progress)
    app.command(epilog="Example: colloquy assignment 5f0c…")(assignment)


def database() -> Sessions:
    """The configured database."""
    return sessions(connect(database_url(settings()), pooled=False))


def progress(
    user: Annotated[str, typer.Argument(help="User name or address of the learner.")],
    *,
    metric: Annotated[
        list[str] | None, typer.Option(help="Only this metric; may be given again.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every metric.")] = False,
    since: Annotated[
        datetime | None,
        typer.Option(help="Only from this day on (UTC), 2026-01-31.", formats=["%Y-%m-%d"]),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show a learner's trends, whether they are growth or noise, and what was achieved."""
    day = since.replace(tzinfo=UTC) if since else None
    found = read_progress(database(), user, metric or (METRICS if every else USUAL), day)
    if as_json:
        typer.echo(json.dumps(asdict(found), default=str, indent=2))
    else:
        _show_progress(found)


def assignment(
    assignment_id: Annotated[
        UUID,
        typer.Argument(
            metavar="ID",
            help="The assignment's id.",
            parser=id_of("an assignment", ASSIGNMENTS),
        ),
    ],
    *,
    as_json: Json = False,
) -> None:
    """Show who handed in, who is late, the teacher's own scores beside ours, and how the two agree."""
    from review.beside import agreed  # noqa: PLC0415 - the statistics take seconds to import

    found = read_sheet(database(), assignment_id)
    between = agreed(found.students)
    if as_json:
        told = asdict(found) | {"agreement": asdict(between)}
        typer.echo(json.dumps(told, default=str, indent=2))
    else:
        _show_sheet(found)
        _show_agreement(between)


def _show_progress(found: Progress) -> None:
    if found.trends:
        _show_trends(found)
    else:
        out.print("no evaluated conversation to show a trend of")
    if found.left_out:
        out.print(
            f"The scores of {found.left_out} conversations are of another rubric than {found.rubric} "
            "and are left out."
        )
    for earned in found.achievements:
        at = f"{earned.at:%Y-%m-%d}" if earned.at else ""
        out.print(f"{at}  {earned.name}: {earned.description}", markup=False)


def _show_trends(found: Progress) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("metric", "n", "first", "latest", "change", "a month", "", "unit"):
        table.add_column(name, justify="right" if name in {"n", "first", "latest"} else "left")
    for one in found.trends:
        table.add_row(
            one.metric,
            str(one.n),
            f"{one.first:.2f}",
            f"{one.latest:.2f}",
            _interval(one.change),
            _interval(one.a_month),
            one.verdict,
            one.unit,
        )
    out.print(table)
    out.print(
        "In brackets 95 % intervals: what may be nought is noise. "
        f"A trend needs {LEAST} conversations; with fewer the change is held against the error of both ends."
    )


def _interval(found: Interval | None) -> str:
    # rich takes a bracket for markup
    return escape(f"{found.value:+.2f} [{found.low:+.2f}, {found.high:+.2f}]") if found else ""


def _show_sheet(found: Sheet) -> None:
    due = f", due {found.due:%Y-%m-%d %H:%M %Z}" if found.due else ""
    out.print(f"{found.title}{due}", style="bold", markup=False)
    table = Table(box=None, pad_edge=False)
    for name in ("student", "handed in", "", "status", "ours", "teacher's", "grade"):
        table.add_column(name)
    for one in found.students:
        table.add_row(
            escape(one.student),
            f"{one.submitted_at:%Y-%m-%d %H:%M}" if one.submitted_at else "",
            _timing(one),
            one.status or "",
            _marks(one.ours),
            _marks(one.teachers),
            "" if one.teacher_score is None else str(one.teacher_score),
        )
    out.print(table)


def _show_agreement(found: Agreement) -> None:
    if found.reason is not None:
        out.print(found.reason)
        return
    out.print(
        f"{found.both} students have both; in brackets 95 % intervals by bootstrap over students"
    )
    if found.levels:
        out.print(level_table(found.levels))
    if found.without_level:
        out.print(
            f"{found.without_level} of the teacher's levels are none of A1 to C2 and left out"
        )
    rows = table("points", "teacher's", "ours", "difference", "r")
    for one in found.scores:
        rows.add_row(
            one.name,
            f"{one.mean_teachers:.2f}",
            f"{one.mean_ours:.2f}",
            measured(one.difference, "+.2f"),
            measured(one.r, ".3f"),
        )
    out.print(rows)
    figures = [
        *found.levels,
        *(one for score in found.scores for one in (score.difference, score.r)),
    ]
    for reason in reasons(figures):
        out.print(reason, markup=False, soft_wrap=True)


def _timing(one: Handed) -> str:
    return one.timing if one.late_seconds is None else f"late by {one.late_seconds / 3600:.1f} h"


def _marks(found: Marks | None) -> str:
    return "" if found is None else f"{found.overall} {found.level}"
