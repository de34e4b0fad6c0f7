"""`rollout`: what a rubric would change over an archive."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from cli.measures import level_table, measured, reasons, table
from cli.screen import STOPPED, errors, out
from cli.written import folder_for, write
from config.settings import settings
from models.cohort import members
from models.database import connect, database_url, sessions
from models.rubrics import Rubrics
from models.wanted import Wanted, conversations
from pages.rollout import rollout_page
from pipeline.errors import PermanentError
from pipeline.rollout import Rollout
from review.processes import spread, stopping
from review.rubrics import named

FIRST = 10
"""Conversations outside of the figures that are named; `--json` has all."""


def add_to(app: typer.Typer) -> None:
    """Add this verb to the command."""
    app.command(epilog="Example: colloquy rollout mine.toml --html rollout.html")(rollout)


def rollout(
    rubric: Annotated[str, typer.Argument(metavar="RUBRIC", help="A version, or a .toml file.")],
    *,
    classes: Annotated[
        list[str] | None, typer.Option("--class", help="Only this class; may be given again.")
    ] = None,
    least: Annotated[
        int | None, typer.Option(min=1, help="Learners that a subgroup must have to be shown; 30.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write the page with plots here.", dir_okay=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Score an archive by a rubric in memory, and tell how that agrees with what readers see.

    Nothing is written, and nothing changes for readers before `colloquy rubric activate`.
    """
    from review import judging  # noqa: PLC0415 - the statistics take seconds to import
    from review import rollout as figures  # noqa: PLC0415 - the same

    if html is not None:
        folder_for(html)
    url = database_url(settings())
    store = sessions(connect(url, pooled=False))
    chosen = named(Rubrics(store, settings().stages.rubric), rubric)
    wanted = members(store, conversations(store, Wanted(classes=tuple(classes or ()))))
    if not wanted:
        raise PermanentError(
            "There is no conversation whose readers see a result.",
            code="nothing-to-compare",
            advice="Analyse some first, or choose another class.",
        )
    with stopping() as stop:
        judge = judging.Judge(url=url, rubric=chosen.text)
        work = track(
            spread(judge, wanted, stop), "  scoring", total=len(wanted),
            console=errors, disable=not errors.is_terminal, transient=True,
        )  # fmt: skip
        both = list(work)
        if stop.is_set() and len(both) < len(wanted):
            raise typer.Exit(STOPPED)
    found = figures.rollout(chosen.version, both, least or figures.LEAST)
    if html is not None:
        write(html, rollout_page(found, flag=figures.FLAG))
        errors.print(f"wrote {html}", markup=False)
    if as_json:
        typer.echo(json.dumps(asdict(found), default=str, indent=2))
    else:
        _show(found)


def _show(found: Rollout) -> None:
    seen = ", ".join(f"{one.rubric} ({one.conversations})" for one in found.before)
    out.print(
        f"{found.conversations} conversations of {found.learners} learners by {found.rubric}, seen by {seen} now; "
        f"{found.lost} would lose their overall score, {found.gained} gain one",
        markup=False,
        soft_wrap=True,
    )
    out.print(level_table(found.agreement))
    out.print(_scores(found))
    if found.subgroups:
        out.print(_subgroups(found))
    if found.too_small:
        out.print(
            f"{found.too_small} subgroups with fewer than {found.least} learners are not shown"
        )
    figures = [*found.agreement, *(one.dsm for one in found.subgroups)]
    figures += [one for score in found.scores for one in (score.shift, score.smd, score.r)]
    for reason in reasons(figures):
        out.print(reason, markup=False, soft_wrap=True)
    if found.moved:
        out.print("moved most")
    for mover in found.moved:
        out.print(
            f"{mover.conversation}  {mover.before:.2f} to {mover.after:.2f} ({mover.by:+.2f}), "
            f"{mover.level_before} to {mover.level_after}, most in {mover.dimension}",
            markup=False,
            soft_wrap=True,
        )
    for one in found.left_out[:FIRST]:
        out.print(f"{one.conversation}  {one.reason}", markup=False, soft_wrap=True)
    if len(found.left_out) > FIRST:
        out.print(f"… {len(found.left_out) - FIRST} more are not in the figures")


def _scores(found: Rollout) -> Table:
    rows = table("points", "mean now", "mean then", "shift", "SMD", "r")
    for one in found.scores:
        rows.add_row(
            one.name,
            f"{one.mean_before:.2f}",
            f"{one.mean_after:.2f}",
            measured(one.shift, "+.2f"),
            measured(one.smd, "+.2f"),
            measured(one.r, ".3f"),
        )
    return rows


def _subgroups(found: Rollout) -> Table:
    rows = table("subgroup", "learners", "mean now", "mean then", "DSM", "")
    for one in found.subgroups:
        rows.add_row(
            escape(f"{one.kind} {one.name}"),
            str(one.learners),
            f"{one.mean_before:.2f}",
            f"{one.mean_after:.2f}",
            measured(one.dsm, "+.2f"),
            "drifts" if one.flagged else "",
        )
    return rows
