"""Files that commands write: whole or not at all."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import PermanentError


def folder_for(path: Path) -> None:
    """Make the folder that a file shall stand in; PermanentError where that cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _not(path, error) from error


def write(path: Path, text: str) -> None:
    """The file with this text; PermanentError, and no half of it, where it cannot be written."""
    folder_for(path)
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise _not(path, error) from error


def _not(path: Path, error: OSError) -> PermanentError:
    return PermanentError(
        f"{path} cannot be written: {(error.strerror or type(error).__name__).lower()}.",
        code="cannot-write",
        advice="Make room, or name another folder.",
    )
