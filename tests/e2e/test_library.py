"""The README's example as it stands there, with a stage of another package in the plan."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.packages import ROOT, installed, run


def example(page: str) -> str:
    """The page's Python that analyses a recording."""
    code: list[str] = re.findall(
        r"```python\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL
    )
    [found] = [one for one in code if "import analyze" in one]
    return found


def test_the_example_runs(
    fixtures: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert example("README.md") == example("docs/library.md")
    assert len(example("README.md").strip().splitlines()) <= 5
    shutil.copy(fixtures / "short.ogg", tmp_path / "talk.ogg")
    told = "import json; print(json.dumps([analysis.extensions, list(analysis.provenance.stages)]))"
    found = run(
        "python",
        "-W",
        "ignore",
        "-c",
        example("README.md") + told,
        packages=installed(tmp_path_factory.mktemp("site")),
        folder=tmp_path,
    )
    assert found.returncode == 0, found.stderr
    assert "grammar" in found.stdout
    extensions, stages = json.loads(found.stdout.splitlines()[-1])
    assert extensions["politeness"]["per_100_words"] is not None
    assert "politeness" in stages
