"""Rubrics as analysts name them: a version, or a file."""

from __future__ import annotations

import re
from pathlib import Path

from models.rubrics import Rubrics, changed
from pipeline.errors import PermanentError
from pipeline.rubric import Rubric, digest, parse, shipped

VERSION = re.compile(r"(?!.*\.toml$)\w[\w.+-]{0,49}", re.ASCII)
"""Of a new rubric: as long as the database's column, of characters that stand on a command line without quotes, and taken
neither for an option nor for a file."""


def named(rubrics: Rubrics, told: str | None) -> Rubric:
    """The rubric of that version or in that .toml file, without either the one in force.

    PermanentError where there is none, it does not hold together, or its version was another rubric's before.
    """
    if told is None:
        return rubrics.read(rubrics.in_force())
    if not told.endswith(".toml"):
        return rubrics.read(told)
    try:
        rubric = parse(Path(told).read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise PermanentError(
            f"The rubric {told} cannot be read.",
            code="no-rubric-file",
            advice="Check the name; it must be a TOML file in UTF-8.",
        ) from error
    if not VERSION.fullmatch(rubric.version):
        raise PermanentError(
            "The rubric's version is no name that can be used.",
            code="rubric-version",
            advice="Write it with letters, digits and . _ + -, 50 of them at most, a letter or digit first, and no .toml at its end.",
        )
    known = {one.version: one.sha256 for one in rubrics.known()}
    known |= {version: digest(body) for version, body in shipped().items()}
    if known.get(rubric.version, rubric.sha256) != rubric.sha256:
        raise changed(rubric.version)
    return rubric
