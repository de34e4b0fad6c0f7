"""Media in a folder of this machine: for `colloquy analyze`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import PermanentError
from pipeline.scratch import enough_disk


class FolderMedia:
    """Keys are paths below one folder; nothing outside it is reached."""

    engine = ""

    def __init__(self, folder: Path) -> None:
        """Use `folder`, which must exist."""
        self._folder = folder.resolve()

    def _path(self, key: str) -> Path:
        path = (self._folder / key).resolve()
        if not path.is_relative_to(self._folder):
            raise PermanentError(
                "The key leads outside the media folder.", code="key", advice="Use another name."
            )
        return path

    @contextmanager
    def fetch(self, key: str, etag: str = "") -> Iterator[Path]:
        """The file itself: it is local already, and files have no ETag that could differ."""
        del etag
        path = self._path(key)
        if not path.is_file():
            raise PermanentError(
                "The recording is not there any more.",
                code="media-missing",
                advice="Upload it again.",
            )
        yield path

    def store(self, key: str, path: Path) -> None:
        """Copy the file, then move it into place."""
        target = self._path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(target.name + ".part")
        try:
            with enough_disk():
                shutil.copyfile(path, partial)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)

    def exists(self, key: str) -> bool:
        """Whether the file is there."""
        return self._path(key).is_file()

    def remove(self, key: str) -> None:
        """Delete the file."""
        self._path(key).unlink(missing_ok=True)
