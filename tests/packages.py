"""Packages of other people, installed or made up, for tests that run Python with them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "docs" / "examples" / "politeness"


def installed(into: Path, package: Path = EXAMPLE) -> Path:
    """The package built and installed into a folder of its own, with nothing fetched."""
    # Building leaves files beside the source.
    source = shutil.copytree(package, into / ".source")
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--target", str(into)]
    uv = Path(sys.executable).with_name("uv")
    subprocess.run(
        [uv, "pip", "install", "--python", sys.executable, *options, str(source)],
        check=True,
        timeout=120,
        env={**os.environ, "UV_CACHE_DIR": str(into / ".cache")},
    )
    return into


def made_up(into: Path, name: str, code: str, points_to: str) -> Path:
    """A package that is nothing but a module and its entry point."""
    (into / f"{name}.py").write_text(code, encoding="utf-8")
    info = into / f"{name}-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[colloquy.stages]\n{name} = {points_to}\n")
    return into


def run(
    *command: str, packages: Path, folder: Path = ROOT, **settings: str
) -> subprocess.CompletedProcess[str]:
    """A command of this Python with the packages beside Colloquy."""
    return subprocess.run(
        [Path(sys.executable).with_name(command[0]), *command[1:]],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{packages}{os.pathsep}{ROOT}", **settings},
    )
