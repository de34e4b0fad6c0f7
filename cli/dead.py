"""Verbs about dead letters: list, show, replay, discard."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Annotated
from uuid import UUID

import typer

from cli.ids import LETTERS, id_of
from cli.screen import complain, out
from config.settings import settings
from models.database import connect, database_url, sessions
from models.dead_letters import DeadLetters, Letter
from pipeline.errors import ColloquyError
from pipeline.plan import PLAN
from tasks.services import Services

dead = typer.Typer(
    help="Work that ended without a result.",
    epilog="Example: colloquy dead list --stage decode",
    no_args_is_help=True,
)
StageName = StrEnum("StageName", [(one.name, one.name) for one in PLAN.stages])  # type: ignore[misc]  # of the plan
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
LETTER = id_of("a dead letter", LETTERS)
Id = Annotated[UUID, typer.Argument(help="The dead letter's id.", parser=LETTER)]
Stage = Annotated[StageName | None, typer.Option(help="Only those that failed in this stage.")]
Code = Annotated[str | None, typer.Option(help="Only those with this code, as worker-lost.")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    dead.command("list", epilog="Example: colloquy dead list --since 2026-01-31")(list_)
    dead.command(epilog="Example: colloquy dead show 5f0c…")(show)
    dead.command(epilog="Example: colloquy dead replay --all --code worker-lost")(replay)
    dead.command(epilog="Example: colloquy dead discard 5f0c… --yes")(discard)
    app.add_typer(dead, name="dead")


def store() -> DeadLetters:
    """The configured database's dead letters."""
    return DeadLetters(sessions(connect(database_url(settings()), pooled=False)), PLAN)


def list_(
    *,
    stage: Stage = None,
    code: Code = None,
    since: Annotated[
        datetime | None,
        typer.Option(help="Only from this day on (UTC), 2026-01-31.", formats=["%Y-%m-%d"]),
    ] = None,
    as_json: Json = False,
) -> None:
    """List the open ones, oldest first."""
    day = since.replace(tzinfo=UTC) if since else None
    found = store().open(stage.value if stage else None, code, day)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], default=str, indent=2))
        return
    for one in found:
        made = f"{one.created_at:%Y-%m-%d %H:%M}" if one.created_at else ""
        where = one.stage or "intake"
        out.print(
            f"{one.id}  {made}  {where:<13} {one.code}: {one.reason}", markup=False, soft_wrap=True
        )
    if not found:
        out.print("no dead letters")


def show(letter: Id, *, as_json: Json = False) -> None:
    """Show one: where it failed, why, by which engines, and how to replay it."""
    found = store().get(letter)
    if as_json:
        typer.echo(json.dumps(asdict(found), default=str, indent=2))
        return
    for name, told in _lines(found).items():
        out.print(f"{name:<13} {told}", markup=False, soft_wrap=True)


def _lines(found: Letter) -> dict[str, str]:
    lines = {
        "stage": found.stage or "intake: the upload never became a run",
        "attempts": str(found.attempts),
        "last error": f"{found.reason} ({found.code})",
        "engines": ", ".join(found.engines) or "none was in use",
        "conversation": str(found.conversation_id or "none"),
        "object": found.media_key or "none",
        "since": f"{found.created_at:%Y-%m-%d %H:%M} UTC" if found.created_at else "unknown",
    }
    if found.replayed_at or found.discarded_at:
        done = "replayed" if found.replayed_at else "discarded"
        at = found.replayed_at or found.discarded_at
        return lines | {"closed": f"{done} at {at:%Y-%m-%d %H:%M} UTC"}
    return lines | {"replay by": f"colloquy dead replay {found.id}"}


def replay(
    letters: Annotated[
        list[UUID] | None, typer.Argument(help="Ids of dead letters.", parser=LETTER)
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All open ones.")] = False,
    stage: Stage = None,
    code: Code = None,
) -> None:
    """Take up again what failed, at the stage that failed; what was done before stays."""
    from tasks.replay import replay as again  # noqa: PLC0415 - Celery takes a second to import

    if bool(letters) == every or (not every and (stage or code)):
        raise typer.BadParameter("give ids, or --all with --stage and --code as filters")
    known = store()
    if every:
        letters = [one.id for one in known.open(stage.value if stage else None, code)]
    letters = list(dict.fromkeys(letters or ()))
    done, made = 0, cache(_services)
    for one in letters:
        try:
            again(one, known, made)
            done += 1
        except ColloquyError as error:
            complain(f"{one}: {error.sentence}")
    out.print(f"{done} replayed")
    left = len(letters) - done
    if left:
        complain(f"{left} could not be replayed")
        raise typer.Exit(1)


def _services() -> Services:
    from workers.services import make  # noqa: PLC0415 - boto3 takes a second to import

    return make(settings())


def discard(
    letters: Annotated[list[UUID], typer.Argument(help="Ids of dead letters.", parser=LETTER)],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Close dead letters for good; their runs stay failed. An audit event keeps who did it."""
    known = store()
    found = [known.get(one) for one in dict.fromkeys(letters)]
    for one in found:
        out.print(f"{one.id}  {one.code}: {one.reason}", markup=False, soft_wrap=True)
    if not yes:
        typer.confirm(f"Discard {len(found)}?", abort=True, err=True)
    known.discard([one.id for one in found])
    out.print(f"{len(found)} discarded")
