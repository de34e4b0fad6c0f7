"""A conversation as a teacher corrects it."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

from models.database import Sessions
from models.run_store import RunStore
from pipeline.analysis import Analysis
from pipeline.plan import PLAN
from review import archive
from review.exports import FORMATS
from tests.integration.commands import colloquy


def document(database: Sessions, talk: UUID) -> Analysis:
    return archive.analysis(RunStore(database, PLAN), talk)


def exported(database: Sessions, talk: UUID, folder: Path, form: str = "vtt") -> Path:
    path = folder / f"talk.{form}"
    path.write_text(FORMATS[form](document(database, talk)), encoding="utf-8")
    return path


def mend(path: Path, *pairs: tuple[str, str]) -> Path:
    text = path.read_text(encoding="utf-8")
    for one, other in pairs:
        assert one in text
        text = text.replace(one, other)
    path.write_text(text, encoding="utf-8")
    return path


def corrected(talk: UUID, *arguments: object) -> UUID:
    found = colloquy("correct", talk, *arguments, "--json")
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    assert told["conversation"] == str(talk)
    return UUID(told["run"])
