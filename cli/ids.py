"""Ids as people type them: whatever is not one gets a sentence that says where to find those that exist."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import typer

CONVERSATIONS = "`colloquy runs` lists conversations."
LETTERS = "`colloquy dead list` lists those that are open."
EVALUATIONS = f"{CONVERSATIONS[:-1]}, `colloquy compare CONVERSATION` its evaluations."
ASSIGNMENTS = "The platform that made the assignment knows its id."


def id_of(what: str, advice: str) -> Callable[[str], UUID]:
    """Reads the id of `what`; wrong use with the advice where it is none."""

    def read(told: str) -> UUID:
        try:
            return UUID(told)
        except ValueError as error:
            raise typer.BadParameter(f"{told!r} is no id of {what}. {advice}") from error

    read.__name__ = "UUID"  # what `--help` calls the argument's type
    return read
