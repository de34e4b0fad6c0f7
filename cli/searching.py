"""Verbs about what was said: search, reindex."""

from __future__ import annotations

import json
import re
import time
from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer

from cli.bars import StageBars
from cli.screen import errors, out, show_hits
from config.settings import settings
from models.database import Sessions, connect, database_url, sessions
from models.reindex import reindex as fill
from models.run_store import RunStore
from pipeline.plan import PLAN
from pipeline.search import SearchFilters

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
BAR = "reindex"
ROLE = re.compile(r"learner|unknown|partner(-[2-9]|-[1-9][0-9]+)?")


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.command(epilog='Example: colloquy search "last summer" --speaker learner')(search)
    app.command(epilog="Example: colloquy reindex")(reindex)


def database() -> Sessions:
    """The configured database."""
    return sessions(connect(database_url(settings()), pooled=False))


def search(
    query: Annotated[str, typer.Argument(help="Words to look for.")],
    *,
    class_name: Annotated[str | None, typer.Option("--class", help="Name of a class.")] = None,
    speaker: Annotated[str | None, typer.Option(help="learner, partner, …")] = None,
    since: Annotated[str | None, typer.Option("--from", help="Date, 2026-01-31.")] = None,
    as_json: Json = False,
) -> None:
    """Find what was said: segments with all of the words, in any form; the best first."""
    from workers.toolbox import search_index  # noqa: PLC0415 - the products behind it are heavy

    if speaker is not None and not ROLE.fullmatch(speaker):
        raise typer.BadParameter(
            "give a role: learner, partner, partner-2, …; names and labels such as S1 are of one conversation only",
            param_hint="--speaker",
        )
    store = database()
    class_id = RunStore(store, PLAN).class_named(class_name) if class_name else None
    filters = SearchFilters(class_id=class_id, speaker=speaker, since=_date(since))
    hits = search_index(settings(), store).search(query, filters)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in hits], default=str, indent=2))
    else:
        show_hits(hits)


def reindex(*, as_json: Json = False) -> None:
    """Fill the search index anew from the database; searches and workers go on meanwhile."""
    from workers.toolbox import search_index  # noqa: PLC0415 - as above

    store, begun = database(), time.monotonic()
    index = search_index(settings(), store)
    with StageBars([BAR], errors) as bars:
        found = fill(store, index, lambda done, of: bars(BAR, done / of if of else 1.0))
    seconds = round(time.monotonic() - begun, 1)
    if as_json:
        told = asdict(found) | {"engine": index.engine, "seconds": seconds}
        typer.echo(json.dumps(told, indent=2))
    else:
        out.print(
            f"{found.conversations} conversations with {found.documents} segments "
            f"in {index.engine}, {seconds} s"
        )


def _date(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise typer.BadParameter("give a date such as 2026-01-31", param_hint="--from") from error
