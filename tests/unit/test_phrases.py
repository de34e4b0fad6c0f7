"""Texts in files: every language has the same keys and the same places to fill in."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import pytest

from pages.report import languages as page_languages
from pipeline.phrases import languages, phrases
from pipeline.reports import Dimension
from pipeline.slips import slips
from tests.shipped import RUBRICS

FEEDBACK = files("pipeline").joinpath("data/feedback")
PAGE = files("pages").joinpath("texts")
FILES = [
    (folder, f"{one}.toml")
    for folder, known in ((FEEDBACK, languages()), (PAGE, page_languages()))
    for one in known
]


def leaves(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def filled_in(folder: Traversable, name: str) -> dict[str, list[str]]:
    """The names in braces, by key."""
    table = tomllib.loads(folder.joinpath(name).read_text("utf-8"))
    return {
        key: sorted(place for _, place, _, _ in string.Formatter().parse(text) if place)
        for key, text in leaves(table)
    }


@pytest.mark.parametrize(("folder", "name"), FILES)
def test_every_language_has_the_keys_and_the_places_of_english(
    folder: Traversable, name: str
) -> None:
    assert filled_in(folder, name) == filled_in(folder, "en.toml")


def test_there_are_english_and_german() -> None:
    assert languages() == page_languages() == ("de", "en")


@pytest.mark.parametrize(
    ("told", "found"),
    [("de", "de"), ("de-AT", "de"), ("DE_ch", "de"), ("en", "en"), ("xx", "en"), ("", "en"),
     ("../en", "en"), ("zh-Hant", "en")],
)  # fmt: skip
def test_a_language_without_texts_is_read_in_english(told: str, found: str) -> None:
    assert phrases(told).language == found


def test_numbers_have_the_languages_decimal_mark() -> None:
    assert phrases("de").number(2.649) == "2,65"
    assert phrases("en").number(2.649) == "2.65"


@pytest.mark.parametrize("version", RUBRICS)
@pytest.mark.parametrize("language", languages())
def test_nothing_that_costs_or_gives_points_is_without_a_text_of_its_own(
    language: str, version: str
) -> None:
    told = phrases(language)
    families = {one.name for one in slips().families.values()}
    metrics = {one.metric for part in RUBRICS[version].criteria.values() for one in part}
    assert families <= told.area.keys()
    # Slips take the text of their family.
    assert metrics - {"errors_per_100_words"} <= told.area.keys()
    assert metrics <= told.strength.keys()


def test_what_is_new_is_told_by_its_dimension() -> None:
    for one in Dimension:
        assert {"text", "advice"} <= phrases("en").area[one].keys()
        assert "text" in phrases("en").strength[one]
