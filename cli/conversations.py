"""Verbs about conversations on the servers: submit, status, cancel, runs, show."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from cli.bars import StageBars
from cli.ids import ASSIGNMENTS, CONVERSATIONS, EVALUATIONS, id_of
from cli.screen import anything_judged, complain, errors, out, show_run, show_scorecard
from config.settings import settings
from models.cancelling import cancel as end_runs
from models.database import Sessions, connect, database_url, sessions
from models.run_store import RunStore
from models.runs import RUN_STATES
from models.status import RunStatus, StageStatus
from pipeline.analysis import to_json
from pipeline.errors import PermanentError
from pipeline.plan import PLAN
from pipeline.rubric import LEVELS
from review import archive
from workers.files import learner_named

Conversation = Annotated[
    UUID,
    typer.Argument(help="The conversation's id.", parser=id_of("a conversation", CONVERSATIONS)),
]
Evaluated = Annotated[
    UUID,
    typer.Argument(
        metavar="CONVERSATION",
        help="The conversation's id, or that of an evaluation: `colloquy compare` lists those.",
        parser=id_of("a conversation or an evaluation", EVALUATIONS),
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
CefrLevel = StrEnum("CefrLevel", [(one, one) for one in LEVELS])  # type: ignore[misc]  # its members are those of a table
Level = Annotated[
    CefrLevel | None,
    typer.Option(
        help="The conversation's level, which its words are held against; without it B1 is taken.",
        case_sensitive=False,
    ),
]
State = StrEnum("State", [(one, one) for one in RUN_STATES])  # type: ignore[misc]  # as above
POLL = 0.5
"""Seconds between two looks at the ledger."""
NO_RUN = 60.0
"""Seconds after which an upload's event is not waited for any more: it takes a second or two."""


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.command(epilog="Example: colloquy submit talk.m4a --user demo --learner S1 --follow")(
        submit
    )
    app.command(epilog="Example: colloquy status 5f0c… --follow")(status)
    app.command(epilog="Example: colloquy cancel 5f0c…")(cancel)
    app.command(epilog="Example: colloquy runs --state failed")(runs)
    app.command(epilog="Example: colloquy show 5f0c…")(show)


def check_learner(told: str | None) -> None:
    """Wrong use where it is neither a label nor a file with a voice; PermanentError for a file that is no voice."""
    try:
        learner_named(told, settings().media.max_bytes)
    except PermanentError as error:
        if error.code != "no-file":
            raise
        raise typer.BadParameter(error.sentence, param_hint="--learner") from error


def database() -> Sessions:
    """The configured database."""
    return sessions(connect(database_url(settings()), pooled=False))


def store() -> RunStore:
    """The configured database's runs."""
    return RunStore(database(), PLAN)


def submit(
    media: Annotated[Path, typer.Argument(help="An audio or video file.")],
    *,
    user: Annotated[str, typer.Option(help="User name or address of the learner.")],
    class_name: Annotated[str | None, typer.Option("--class", help="Name of a class.")] = None,
    assignment: Annotated[
        UUID | None,
        typer.Option(help="Id of an assignment.", parser=id_of("an assignment", ASSIGNMENTS)),
    ] = None,
    title: Annotated[str | None, typer.Option(help="Title of the conversation.")] = None,
    learner: Annotated[
        str | None,
        typer.Option(
            help="S1, S2, … by order of first speech, or a file with the learner's voice; "
            "that is kept for the learner's later recordings."
        ),
    ] = None,
    speakers: Annotated[
        int | None, typer.Option(min=1, max=20, help="How many people speak.")
    ] = None,
    level: Level = None,
    follow: Annotated[bool, typer.Option("--follow", help="Wait and show the stages.")] = False,
) -> None:
    """Upload a recording; the bucket's event starts its analysis."""
    from workers.submit import submit as send  # noqa: PLC0415 - boto3 takes a second to import

    check_learner(learner)
    conversation = send(
        settings(),
        media,
        user=user,
        class_name=class_name,
        assignment=assignment,
        title=title,
        learner=learner,
        speakers=speakers,
        level=level.value if level else None,
    )
    typer.echo(str(conversation))
    if follow:
        follow_run(conversation)
        tell_next(conversation)
    else:
        _next(f"colloquy status {conversation} --follow", "waits for the end")


def status(
    conversation: Conversation,
    *,
    follow: Annotated[bool, typer.Option("--follow", help="Wait for the end.")] = False,
    as_json: Json = False,
) -> None:
    """Show where a conversation stands, a line a stage."""
    found = wait_for(conversation) if follow else store().latest(conversation)
    if found is None:
        raise _no_run(conversation)
    if as_json:
        typer.echo(json.dumps(asdict(found), default=str, indent=2))
    else:
        show_run(found)
    if follow:
        _end(found)
        tell_next(conversation)


def cancel(conversation: Conversation) -> None:
    """End its analysis at the next safe point; an older evaluation stays what readers see."""
    ended = end_runs(database(), conversation)
    out.print(f"{len(ended)} run{'s' if len(ended) > 1 else ''} cancelled")


def runs(
    *,
    state: Annotated[State | None, typer.Option(help="Only runs in this state.")] = None,
    as_json: Json = False,
) -> None:
    """List the newest runs."""
    found = store().runs(state.value if state else None)
    if as_json:
        # Of one conversation `status` tells the stages, too.
        rows = [{k: v for k, v in asdict(one).items() if k != "stages"} for one in found]
        typer.echo(json.dumps(rows, default=str, indent=2))
        return
    for one in found:
        told = one.waiting.told if one.waiting else one.reason
        out.print(f"{one.conversation_id}  {one.state:<12} {told or ''}", markup=False)


def show(conversation: Evaluated, *, as_json: Json = False) -> None:
    """Show the scorecard with its evidence."""
    found = archive.analysis(store(), conversation)
    if as_json:
        typer.echo(to_json(found))
    else:
        show_scorecard(found, every=True)


def tell_next(conversation: UUID) -> None:
    """What to do where something was judged; on stderr, for stdout is read by programs."""
    _next(f"colloquy show {conversation}", "has the scorecard with its evidence")


def _next(command: str, does: str) -> None:
    errors.print(f"`{command}` {does}", markup=False, soft_wrap=True)


def follow_run(conversation: UUID, alive: Callable[[], None] = lambda: None) -> RunStatus:
    """As `wait_for`; exit status 1 when nothing was judged."""
    found = wait_for(conversation, alive)
    _end(found)
    return found


def wait_for(conversation: UUID, alive: Callable[[], None] = lambda: None) -> RunStatus:
    """Show the stages until the run is over, or nothing but a server that is away keeps it from its end.

    `alive` is called at every look and may raise when waiting has become useless.
    """
    ledger = store()
    found: RunStatus | None = None
    unknown = ledger.conversation(conversation) is None
    begun, heard = time.monotonic(), set[str]()
    with StageBars([one.name for one in PLAN.stages], errors) as bars:
        while found is None or not _settled(found):
            alive()
            found = ledger.latest(conversation)
            late = time.monotonic() - begun > NO_RUN
            if found is None and (unknown or late or ledger.refusal(conversation)):
                raise _no_run(conversation)
            for one in found.stages if found else ():
                if one.state in {"running", "done"}:
                    bars(one.stage, one.progress)
                _say_once(one, heard)
            time.sleep(POLL)
    return found


def _settled(found: RunStatus) -> bool:
    """What is not over but evaluated lacks its place in the search index alone; it is healed later."""
    return found.over or (found.evaluated and found.waiting is not None)


def _say_once(one: StageStatus, heard: set[str]) -> None:
    """Why a bar stands still, or begins again."""
    lines = [one.told] if one.silent or one.waiting else []
    if one.attempt > 1 and one.state in {"ready", "running"}:
        lines.append(f"attempt {one.attempt}. {one.reason or ''}".rstrip())
    for line in (f"  {one.stage:<14} {line}" for line in lines):
        if line not in heard:
            errors.print(line, markup=False, soft_wrap=True)
            heard.add(line)


def _end(found: RunStatus) -> None:
    """What the scorecard would note; exit status 1 when nothing was judged, as of `analyze`."""
    if not found.evaluated or found.state in {"failed", "cancelled"}:
        complain(found.reason or f"The run ended as {found.state}.")
        raise typer.Exit(1)
    seen = archive.analysis(store(), found.id)
    for notice in seen.warnings:
        errors.print(f"Note: {notice.message}", markup=False)
    if not anything_judged(seen):
        complain(found.reason or "Nothing could be judged.")
        if any(one.code == "learner-unknown" for one in seen.warnings):
            correct = f"colloquy correct {found.conversation_id} --learner S1"
            _next(correct, "says who the learner is, without another upload")
        raise typer.Exit(1)
    if found.reason:
        errors.print(f"Note: {found.reason}", markup=False)


def _no_run(conversation: UUID) -> PermanentError:
    refused = store().refusal(conversation)
    return PermanentError(
        refused or "This conversation has no run yet.",
        code="no-run",
        advice="" if refused else "Check its id, and that the stack runs: `colloquy doctor`.",
    )
