"""Unfinished work that a stage keeps, so that its next attempt goes on where the last one ended.

A part holds what was computed, never where the work stands: a stage asks for each part in turn and makes those that
are not there, so that its result is the same with and without them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


class Parts(Protocol):
    """Parts of one stage of one run, by name; they are gone when the stage is done."""

    def load(self, name: str) -> bytes | None:
        """What an earlier attempt at the same content kept under the name."""
        ...

    def save(self, name: str, body: bytes) -> None:
        """Keep a part; raises ToBeContinued or ClaimLostError where the work must not go on here."""
        ...


class ToBeContinued(Exception):  # noqa: N818 - no error: the stage goes on in another attempt
    """This attempt has had its turn, and what it did is kept.

    The stage is to be sent again at once; `in_line`, when the ledger says so, for others are to have their turn.
    """

    def __init__(self, *, in_line: bool = False) -> None:
        super().__init__()
        self.in_line = in_line


class _Unkept:
    def load(self, name: str) -> None:
        del name

    def save(self, name: str, body: bytes) -> None:
        del name, body


UNKEPT: Parts = _Unkept()
"""Where there is no second attempt."""


@dataclass(frozen=True, slots=True)
class Under:
    """Parts whose names begin with `prefix/`: each step of a stage has names of its own."""

    parts: Parts
    prefix: str

    def load(self, name: str) -> bytes | None:
        """The step's part."""
        return self.parts.load(f"{self.prefix}/{name}")

    def save(self, name: str, body: bytes) -> None:
        """Keep the step's part."""
        self.parts.save(f"{self.prefix}/{name}", body)


def kept(parts: Parts, name: str, kind: TypeAdapter[T], make: Callable[[], T]) -> T:
    """The part as it was kept, else as it is made now, and kept."""
    body = parts.load(name)
    if body is not None:
        return kind.validate_json(body)
    value = make()
    parts.save(name, kind.dump_json(value))
    return value
