"""Verbs for operators: up, db, doctor."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from cli.screen import out, sentence
from config.settings import settings
from models.database import database_url
from workers.checks import Contact, look

db = typer.Typer(
    help="The database's schema.", epilog="Example: colloquy db upgrade", no_args_is_help=True
)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.command(epilog="Example: COLLOQUY_HOME=/srv/colloquy colloquy up")(up)
    app.command(epilog="Example: colloquy doctor")(doctor)
    db.command(epilog="Example: colloquy db upgrade")(upgrade)
    db.command(epilog="Example: colloquy db downgrade 0004")(downgrade)
    db.command(epilog="Example: colloquy db current")(current)
    db.command(epilog="Example: colloquy db check")(check)
    app.add_typer(db, name="db")


def up() -> None:
    """Run everything here, in the foreground: servers, workers, beat, intake, Flower. Ctrl-C ends it."""
    from embedded.stack import Stack  # noqa: PLC0415 - its wheels are an extra

    stack = Stack(settings().home)
    try:
        stack.start(lambda what: out.print(f"starting {what} …"))
        out.print(
            f"ready; data and logs in {stack.home}, Flower at {stack.flower_url} "
            f"(user colloquy, password in {stack.settings_file})",
            markup=False,
        )
        stack.run_forever()
    finally:
        stack.stop()
    out.print("stopped")


def doctor(*, as_json: Json = False) -> None:
    """Look at everything Colloquy needs; exit status 1 when something is wrong."""
    checks = [look("settings", lambda: f"home {settings().home}", sentence)]
    if checks[0].good:
        # Whatever this imports reads the settings, too.
        from workers.doctor import examine  # noqa: PLC0415 - clients take seconds to import

        checks += examine(settings())
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in checks], indent=2))
    else:
        for one in checks:
            mark = "[green]ok[/green]   " if one.good else "[red]wrong[/red]"
            out.print(f"{mark} {one.name:<12} {one.milliseconds:>8.1f} ms  ", end="")
            out.print(one.told + _contact(one.server), markup=False, soft_wrap=True)
    if not all(one.good for one in checks):
        raise typer.Exit(1)


def _contact(server: Contact | None) -> str:
    """TLS and round trip of a server that was asked."""
    if server is None or server.round_trip_ms is None:
        return ""
    encrypted = server.tls.replace("v", " ") if server.tls else "not encrypted"
    return f"; {encrypted}, round trip {server.round_trip_ms} ms"


def upgrade(revision: str = typer.Argument("head")) -> None:
    """Bring the database to a revision."""
    from models import migrate  # noqa: PLC0415 - Alembic takes half a second to import

    migrate.upgrade(database_url(settings()), revision)
    current()


def downgrade(revision: str = typer.Argument(help="A revision, or `base` for none.")) -> None:
    """Take the database back to a revision; what later ones added is lost."""
    from models import migrate  # noqa: PLC0415 - as above

    migrate.downgrade(database_url(settings()), revision)
    current()


def current(*, as_json: Json = False) -> None:
    """Show the database's revision."""
    from models import migrate  # noqa: PLC0415 - as above

    found = migrate.current(database_url(settings()))
    typer.echo(json.dumps({"revision": found}, indent=2) if as_json else found or "none")


def check(*, as_json: Json = False) -> None:
    """Compare the database with the models; exit status 1 when they differ."""
    from models import migrate  # noqa: PLC0415 - as above

    differences = migrate.check(database_url(settings()))
    if as_json:
        typer.echo(json.dumps({"differences": differences}, indent=2))
    else:
        typer.echo("\n".join(differences) or "migrations and models agree")
    if differences:
        raise typer.Exit(1)
