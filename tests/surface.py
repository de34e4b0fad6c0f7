"""The commands that there are, by the parser's own list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import typer

from cli.main import app

WITHOUT_JSON = frozenset(
    {
        "cancel", "dead discard", "dead replay", "db downgrade", "db upgrade", "export", "report",
        "submit", "up",
    }
)  # fmt: skip
"""They do something, or write a document of the kind that is asked for; every other one is read by programs, too."""
ACTING = frozenset(
    {
        "analyze",
        "bench scale",
        "bench speed",
        "bench validity",
        "correct",
        "reindex",
        "rerun",
        "rubric activate",
        "rubric undo",
    }
)
"""They do something, and tell it as JSON where asked."""


def commands() -> Mapping[str, Any]:
    """Each with its words, such as `dead list`."""
    return {" ".join(words): one for words, one in _below(typer.main.get_command(app), ())}


def options(command: Any) -> set[str]:  # noqa: ANN401 - Typer's own copy of click ships no types
    return {name for one in command.params for name in one.opts if name.startswith("-")}


def _below(command: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401 - as above
    if not hasattr(command, "commands"):
        yield words, command
        return
    for name, one in command.commands.items():
        yield from _below(one, (*words, name))
