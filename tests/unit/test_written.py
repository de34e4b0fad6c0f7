from __future__ import annotations

from pathlib import Path

import pytest

from cli.written import folder_for, write
from pipeline.errors import PermanentError


def test_a_file_is_written_with_the_folders_above_it(tmp_path: Path) -> None:
    path = tmp_path / "a/b/talk.json"
    write(path, "first")
    write(path, "second")
    assert path.read_text() == "second"
    assert [one.name for one in path.parent.iterdir()] == ["talk.json"]


def test_what_cannot_be_written_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file/talk.json", Path("/proc/nope/talk.json")):
        with pytest.raises(PermanentError, match="cannot be written: "):
            folder_for(path)
    (tmp_path / "talk.json").mkdir()
    with pytest.raises(PermanentError, match="is a directory"):
        write(tmp_path / "talk.json", "text")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "talk.json"]
