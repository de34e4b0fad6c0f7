"""`rerun`: evaluations anew, by another rubric or other engines; the old ones stay."""

from __future__ import annotations

import json
import time
from collections import ChainMap
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cli.ids import CONVERSATIONS, id_of
from cli.screen import STOPPED, complain, errors, out
from config.settings import Settings, settings
from models.database import Sessions, connect, database_url, sessions
from models.rubrics import Rubrics
from models.wanted import Wanted, conversations
from pipeline.errors import PermanentError
from pipeline.plan import PLAN
from pipeline.rubric import Rubric
from pipeline.runner import Tools
from review import planning
from review.planning import Planner, Plans
from review.processes import spread, stopping
from review.rerun import Done, Here, by_workers
from review.rubrics import named
from tasks.services import Services

Day = Annotated[
    datetime | None, typer.Option(help="A day in UTC, 2026-01-31.", formats=["%Y-%m-%d"])
]
From = StrEnum("From", [(one.name, one.name) for one in PLAN.stages if one.reusable])  # type: ignore[misc]  # of the plan
SCORE = From("score")
FIRST = 10
"""Conversations that were left out are named up to so many; `--json` has all."""


def add_to(app: typer.Typer) -> None:
    """Add this verb to the command."""
    app.command(epilog="Example: colloquy rerun --class B1-evening --rubric mine.toml --dry-run")(
        rerun
    )


def rerun(
    talks: Annotated[
        list[UUID] | None,
        typer.Argument(
            metavar="CONVERSATION…",
            help="Ids of conversations.",
            parser=id_of("a conversation", CONVERSATIONS),
        ),
    ] = None,
    *,
    class_name: Annotated[str | None, typer.Option("--class", help="Name of a class.")] = None,
    since: Day = None,
    until: Day = None,
    every: Annotated[bool, typer.Option("--all", help="The whole archive.")] = False,
    scored_with: Annotated[
        str | None, typer.Option(help="Those that readers see scored by this rubric.")
    ] = None,
    engine: Annotated[
        str | None, typer.Option(help="Those made by this engine, NAME=VERSION.")
    ] = None,
    stage: Annotated[
        From, typer.Option("--from", help="What earlier stages gave is kept as it is.")
    ] = SCORE,
    rubric: Annotated[
        str | None,
        typer.Option(help="A version or a .toml file; without it the rubric in force."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be computed, and at what cost.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Evaluate conversations anew from a stage on; only what changed is computed, and the old evaluations stay.

    By a rubric that is not in force nothing changes for readers until `colloquy rubric activate`.
    Ctrl-C stops after what is at work; the same command goes on with what is left.
    """
    given = settings()
    store = sessions(connect(database_url(given), pooled=False))
    wanted = _wanted(class_name, since, until, scored_with, engine)
    if bool(talks) == (every or wanted != Wanted()) or (every and wanted != Wanted()):
        raise typer.BadParameter("give ids, or --all, or --class, --since, … as filters")
    known = Rubrics(store, given.stages.rubric)
    if scored_with is not None:
        known.expect(scored_with)
    chosen = named(known, rubric)
    _one_thing_at_a_time(stage.value, chosen, known)
    ids = list(dict.fromkeys(talks)) if talks else conversations(store, wanted)
    plans, made = _plans(given, store, ids, stage.value, chosen)
    if dry_run:
        _show_plans(plans, as_json=as_json)
        _end(plans, named=bool(talks))
        return
    known.try_out(chosen)
    begun = time.monotonic()
    done, stopped = _do(given, store, plans, chosen, made)
    _show(plans, done, time.monotonic() - begun, stopped=stopped, as_json=as_json)
    if stopped:
        raise typer.Exit(STOPPED)
    _end(plans, named=bool(talks), failed=any(one.outcome == "failed" for one in done))


def _one_thing_at_a_time(stage: str, rubric: Rubric, known: Rubrics) -> None:
    """A new analysis is what readers see at once, so that it must not come with a rubric on trial."""
    in_force = known.in_force()
    if not planning.here(PLAN, stage) and rubric.version != in_force:
        raise PermanentError(
            f"From {stage} on, conversations are rerun by the rubric in force, {in_force}.",
            code="two-changes",
            advice=f"Rerun them so first, then from score on by {rubric.version}.",
        )


def _wanted(
    class_name: str | None,
    since: datetime | None,
    until: datetime | None,
    scored_with: str | None,
    engine: str | None,
) -> Wanted:
    if engine is not None and not all(engine.partition("=")):
        raise typer.BadParameter("give NAME=VERSION, such as spacy=3.8.7", param_hint="--engine")
    name, _, version = (engine or "").partition("=")
    return Wanted(
        classes=(class_name,) if class_name else (),
        since=_day(since),
        until=_day(until),
        scored_with=scored_with,
        engine=(name, version) if engine else None,
    )


def _day(told: datetime | None) -> date | None:
    return told.date() if told else None


def _plans(
    given: Settings, store: Sessions, ids: Sequence[UUID], stage: str, rubric: Rubric
) -> tuple[Plans, Services | None]:
    """The plans, and the services where the workers are needed: from `score` on not even their names are."""
    tools: Tools = {"rubric": rubric}
    made = None if planning.here(PLAN, stage) else _services(given)
    if made is not None:
        tools = ChainMap({"rubric": rubric}, dict(made.tools))

    def gone(key: str, etag: str) -> bool:
        head = made.uploads.head(key) if made else None
        return head is None or bool(etag and head.etag != etag)

    return Planner(PLAN, stage, tools, gone).plans(store, ids, rubric.version), made


def _services(given: Settings) -> Services:
    from workers.services import make  # noqa: PLC0415 - boto3 takes a second to import

    return make(given, pooled=False)


def _do(
    given: Settings, store: Sessions, plans: Plans, rubric: Rubric, made: Services | None
) -> tuple[list[Done], bool]:
    done: list[Done] = []
    with (
        stopping() as stop,
        Progress(
            TextColumn("  {task.description}"),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=errors,
            disable=not errors.is_terminal,
        ) as bar,
    ):
        task = bar.add_task("rerun", total=len(plans.repeats))
        work: Iterator[Done]
        if made is None:
            begin = Here(url=database_url(given), terms=given.reliability, rubric=rubric.text)
            work = spread(begin, plans.repeats, stop)
        else:
            from tasks.dispatch import dispatch  # noqa: PLC0415 - Celery takes a second to import

            work = by_workers(store, plans.repeats, rubric, lambda: dispatch(made), stop)
        for one in work:
            done.append(one)
            bar.advance(task)
    return done, stop.is_set() and len(done) < len(plans.repeats)


def _show_plans(plans: Plans, *, as_json: bool) -> None:
    if as_json:
        told = {
            "stage": plans.stage,
            "rubric": plans.rubric,
            "by": "this command" if plans.here else "workers",
            "conversations": len(plans.repeats),
            "unchanged": plans.unchanged,
            "left_out": [asdict(one) for one in plans.left_out],
            "stages": [asdict(one) for one in plans.costs],
            "seconds": round(plans.seconds, 3),
        }
        typer.echo(json.dumps(told, default=str, indent=2))
        return
    out.print(
        f"{len(plans.repeats)} to be rerun from {plans.stage} on by the rubric {plans.rubric}, "
        f"{plans.unchanged} have just this already, {len(plans.left_out)} left out",
        markup=False,
        soft_wrap=True,
    )
    for one in plans.costs:
        seconds = "unknown" if one.seconds is None else f"{one.seconds:.1f} s"
        out.print(f"  {one.stage:<14} {one.count:>6}   {seconds}", markup=False)
    if plans.repeats:
        where = "in this command's processes" if plans.here else "by the workers, after uploads"
        out.print(f"about {plans.seconds:.0f} s of work {where}")
    _show_left_out(plans)


def _show(
    plans: Plans, done: Sequence[Done], seconds: float, *, stopped: bool, as_json: bool
) -> None:
    counted = {
        name: [one for one in done if one.outcome == name] for name in ("done", "failed", "left")
    }
    if as_json:
        told = {
            "stage": plans.stage,
            "rubric": plans.rubric,
            "done": len(counted["done"]),
            "unchanged": plans.unchanged,
            "failed": [_told(one) for one in counted["failed"]],
            "left": [_told(one) for one in counted["left"]],
            "left_out": [asdict(one) for one in plans.left_out],
            "stopped": stopped,
            "seconds": round(seconds, 3),
        }
        typer.echo(json.dumps(told, default=str, indent=2))
        return
    out.print(
        f"{len(counted['done'])} of {len(plans.repeats)} rerun in {seconds:.1f} s, "
        f"{plans.unchanged} had just this already",
        markup=False,
        soft_wrap=True,
    )
    for one in [*counted["failed"], *counted["left"]]:
        out.print(f"  {one.conversation}  {one.reason}", markup=False, soft_wrap=True)
    _show_left_out(plans)
    if stopped:
        out.print("stopped; the same command goes on with what is left")


def _told(one: Done) -> dict[str, str | None]:
    return {"conversation": str(one.conversation), "reason": one.reason}


def _show_left_out(plans: Plans) -> None:
    for one in plans.left_out[:FIRST]:
        out.print(f"  {one.conversation}  {one.reason}", markup=False, soft_wrap=True)
    if len(plans.left_out) > FIRST:
        out.print(f"  … {len(plans.left_out) - FIRST} more left out")


def _end(plans: Plans, *, named: bool, failed: bool = False) -> None:
    """What was asked for by its id and cannot be done is a failure; what a filter met and cannot be is told."""
    if named and plans.left_out:
        complain(f"{len(plans.left_out)} of the named conversations cannot be rerun.")
        raise typer.Exit(1)
    if failed:
        complain("Some could not be rerun; the same command tries them again.")
        raise typer.Exit(1)
