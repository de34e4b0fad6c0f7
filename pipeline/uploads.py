"""The media store as those see it who take uploads in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from pipeline.ports import MediaStore


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectHead:
    """What is known of an object without reading it."""

    size: int
    etag: str
    metadata: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An object as a listing names it; `modified` by the store's clock."""

    key: str
    etag: str
    modified: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An upload that whoever holds it may make: a PUT of the bytes with these headers."""

    url: str
    headers: dict[str, str]


class UploadStore(MediaStore, Protocol):
    """The media store as intake and `submit` see it."""

    def head(self, key: str) -> ObjectHead | None:
        """None when the object is not there."""
        ...

    def newest(self, prefix: str) -> str | None:
        """The key of the last written object under the prefix."""
        ...

    def keys(self, prefix: str) -> Iterator[str]:
        """Of every object under the prefix, asked for as they are wanted."""
        ...

    def listed(self, prefix: str, after: str = "") -> Iterator[Listed]:
        """Every object under the prefix, by key, those after `after` only; asked for as they are wanted."""
        ...

    def upload(self, key: str, path: Path, metadata: dict[str, str]) -> None:
        """Store with metadata that `head` gives back."""
        ...

    def offer(self, key: str, metadata: dict[str, str], seconds: int) -> Offer:
        """Let somebody else upload so, to this key and for so long."""
        ...

    def download_link(self, key: str, seconds: int) -> str:
        """Let somebody else read it, whole or in parts, for so long."""
        ...
