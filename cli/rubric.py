"""`rubric`: which there are, what they ask for, and which one is in force."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.progress import track
from rich.table import Table

from cli.screen import STOPPED, errors, out
from config.settings import settings
from models.activation import Activations, Standing
from models.database import Sessions, connect, database_url, sessions
from models.rubrics import Rubrics
from pipeline.metrics import METRICS
from pipeline.plan import PLAN
from pipeline.rubric import Rubric
from review.processes import stopping
from review.rubrics import named

rubric = typer.Typer(
    help="Rubrics, and which one is in force.",
    epilog="Example: colloquy rubric list",
    no_args_is_help=True,
)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Named = Annotated[str, typer.Argument(metavar="RUBRIC", help="A version, or a .toml file.")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    rubric.command("list", epilog="Example: colloquy rubric list")(list_)
    rubric.command(epilog="Example: colloquy rubric show 2026.2 --toml > mine.toml")(show)
    rubric.command(epilog="Example: colloquy rubric activate mine.toml")(activate)
    rubric.command(epilog="Example: colloquy rubric undo")(undo)
    app.add_typer(rubric, name="rubric")


def _stores() -> tuple[Sessions, Rubrics, Activations]:
    store = sessions(connect(database_url(settings()), pooled=False))
    known = Rubrics(store, settings().stages.rubric)
    return store, known, Activations(store, PLAN, known)


def list_(*, as_json: Json = False) -> None:
    """List the rubrics with how many conversations are seen by each."""
    _, _, activations = _stores()
    found = activations.standing()
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], default=str, indent=2))
        return
    table = Table(box=None, pad_edge=False)
    for name in ("rubric", "", "results", "seen by readers"):
        table.add_column(
            name, justify="right" if name[:1] in {"r", "s"} and name != "rubric" else "left"
        )
    for one in found:
        table.add_row(one.version, _state(one), str(one.results), str(one.seen))
    out.print(table)


def _state(one: Standing) -> str:
    if not one.in_force:
        return ""
    return (
        f"in force since {one.since:%Y-%m-%d %H:%M} UTC"
        if one.since
        else "in force by the settings"
    )


def show(
    which: Named,
    *,
    as_toml: Annotated[
        bool, typer.Option("--toml", help="Print its file, which a rubric of your own starts from.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show what a rubric asks for and what it gives for it."""
    _, known, _ = _stores()
    found = named(known, which)
    if as_toml:
        typer.echo(found.text, nl=False)
        return
    if as_json:
        typer.echo(json.dumps(_document(found), default=str, indent=2))
        return
    out.print(f"rubric {found.version}", style="bold", markup=False)
    table = Table(box=None, pad_edge=False)
    for name in ("", "criterion", "points", "measured in"):
        table.add_column(name)
    for dimension, criteria in found.criteria.items():
        for one in criteria:
            table.add_row(dimension, one.title, f"{one.points}", METRICS[one.metric].unit)
    out.print(table)
    levels = ", ".join(f"{level} from {points}" for level, points in found.levels.items())
    out.print(f"levels: {levels} points", markup=False)
    for demand in found.profile:
        out.print(
            f"{demand.level} asks for {demand.title}: {demand.least:g} {METRICS[demand.metric].unit}",
            markup=False,
        )


def _document(found: Rubric) -> dict[str, object]:
    told = asdict(found)
    return {name: value for name, value in told.items() if name != "text"}


def activate(which: Named, *, as_json: Json = False) -> None:
    """Have uploads scored by a rubric, and readers see what is scored by it already.

    Conversations that were not rerun by it go on to be seen as they are. An audit event keeps who did it.
    """
    _, known, activations = _stores()
    found = named(known, which)
    new = activations.activate(found)
    told = "is in force now" if new else "was in force already"
    _follow(activations, found.version, f"The rubric {found.version} {told}.", as_json=as_json)


def undo(*, as_json: Json = False) -> None:
    """Take the newest activation back; readers see again what they saw before."""
    _, _, activations = _stores()
    gone, now = activations.undo()
    told = f"The rubric {gone} is out of force, {now} in force again."
    _follow(activations, now, told, as_json=as_json)


def _follow(activations: Activations, version: str, told: str, *, as_json: bool) -> None:
    """Conversation by conversation; the same command ends what was stopped."""
    behind, changed = activations.behind(), 0
    with stopping() as stop:
        for one in track(
            behind,
            "  readers follow",
            console=errors,
            disable=not errors.is_terminal,
            transient=True,
        ):
            if stop.is_set():
                break
            changed += activations.follow(one)
        stopped = stop.is_set()
    standing = activations.standing()
    seen = next(one.seen for one in standing if one.version == version)
    others = sum(one.seen for one in standing) - seen
    left = len(activations.behind())
    if as_json:
        answer = {
            "rubric": version,
            "changed": changed,
            "seen": seen,
            "others": others,
            "left": left,
        }
        typer.echo(json.dumps(answer, indent=2))
    else:
        out.print(told, markup=False)
        out.print(
            f"{changed} conversations changed for their readers; {seen} are seen by {version}",
            markup=False,
        )
        if others:
            out.print(
                f"{others} are seen by other rubrics; `colloquy rerun --all` scores them by {version}",
                markup=False,
                soft_wrap=True,
            )
        if left:
            out.print(
                f"{left} do not follow yet: `colloquy rubric activate {version}` goes on",
                markup=False,
            )
    if stopped and left:
        raise typer.Exit(STOPPED)
