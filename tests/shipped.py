"""The rubrics that ship, by version: what holds for one must hold for all."""

from __future__ import annotations

from importlib.resources import files

from workers.toolbox import rubric

FOLDER = files("config").joinpath("rubrics")
VERSIONS = tuple(sorted(one.name.removesuffix(".toml") for one in FOLDER.iterdir()))
RUBRICS = {version: rubric(version) for version in VERSIONS}
