"""What is downloaded once and kept in the user's cache, checked against sums that stand beside this file."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

from embedded.servers.server import needs
from pipeline.errors import PermanentError

JAVA = "openjdk-17-jre-headless maven"
DOWNLOAD = 1800.0
"""Seconds for 912 MB: 47 were seen."""
TOLD = 600
"""Last characters of a failed command's output that are told."""


def cache() -> Path:
    """`colloquy` in the user's cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    found = Path(base) / "colloquy"
    found.mkdir(parents=True, exist_ok=True)
    return found


def data(name: str) -> Path:
    """A file or folder that ships beside this module."""
    return Path(str(files("embedded.servers"))) / "data" / name


def check(folder: Path, sums: str) -> None:
    """Compare with a file as `sha256sum` writes it; PermanentError when one is missing, strange or other."""
    told = (line.split() for line in data(sums).read_text(encoding="utf-8").splitlines())
    wanted = {name: value for value, name in told}
    found = {one.name: digest(one) for one in folder.iterdir() if one.is_file()}
    wrong = {name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)}
    if wrong:
        raise PermanentError(
            f"What was downloaded is not what it should be: {', '.join(sorted(wrong))}.",
            code="checksum",
            advice=f"Delete {folder} and try again; if it stays so, do not use it.",
        )


def digest(file: Path) -> str:
    """Its SHA-256."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def maven(*arguments: str) -> None:
    """Run Maven; it fails where a file is not what the registry says of it."""
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            raise needs(program, JAVA)
    run("mvn", "-q", "-B", "--strict-checksums", *arguments)


def run(*command: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> None:
    """Run to its end; PermanentError with the end of its output."""
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=DOWNLOAD,
        )
    except subprocess.TimeoutExpired as error:
        raise PermanentError(
            f"{command[0]} did not end in {DOWNLOAD:.0f} seconds.",
            code="fetch",
            advice="See that the package registry is reached, and try again.",
        ) from error
    if done.returncode != 0:
        raise PermanentError(
            f"{command[0]} failed: {done.stdout.strip()[-TOLD:]}",
            code="fetch",
            advice="See that the package registry is reached and that the disk is not full.",
        )
