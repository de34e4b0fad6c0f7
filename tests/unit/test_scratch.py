"""Folders for temporary files, by processes that take them and are killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.integration.stacks import ROOT

PROGRAM = """
import sys, tempfile
from workers import scratch
scratch.take()
scratch.take()
print(tempfile.mkdtemp(), flush=True)
sys.stdin.read()
scratch.leave()
"""


def taken(folder: Path) -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | {"TMPDIR": str(folder), "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_what_a_killed_process_left_is_removed_by_the_next_and_what_lives_stays(
    tmp_path: Path,
) -> None:
    living, kept = taken(tmp_path)
    killed, left = taken(tmp_path)
    killed.kill()
    killed.communicate()
    assert left.exists()
    following, own = taken(tmp_path)
    assert not left.exists()
    assert kept.exists()
    assert own.exists()
    for one in (living, following):
        one.communicate()
    assert list(tmp_path.iterdir()) == [], "an orderly end leaves nothing"
