from __future__ import annotations

import csv
from importlib.resources import files

import pytest

from pipeline.adapters.cefr import FILES, CefrLists
from pipeline.ports import LevelList
from tests.fakes.text import FakeLevelList


@pytest.fixture(scope="module", params=[FakeLevelList, CefrLists])
def levels(request: pytest.FixtureRequest) -> LevelList:
    made: LevelList = request.param()
    return made


class TestLevelList:
    def test_it_names_itself(self, levels: LevelList) -> None:
        assert levels.engine

    @pytest.mark.parametrize(
        ("lemma", "pos", "level"),
        [("dog", "NOUN", "A1"), ("go", "VERB", "A1"), ("exterior", "NOUN", "C1")],
    )
    def test_known_words(self, levels: LevelList, lemma: str, pos: str, level: str) -> None:
        assert levels.level(lemma, pos) == level

    def test_a_word_no_list_has(self, levels: LevelList) -> None:
        assert levels.level("qzxv", "NOUN") is None

    def test_a_part_of_speech_nobody_knows_still_finds_the_word(self, levels: LevelList) -> None:
        assert levels.level("dog", "X") == "A1"


def test_spellings_and_parts_of_speech_of_the_real_lists() -> None:
    levels = CefrLists()
    assert levels.level("behavior", "NOUN") == levels.level("behaviour", "NOUN") is not None
    assert levels.level("be", "AUX") == "A1"


def test_an_everyday_word_is_one_as_every_part_of_speech() -> None:
    levels = CefrLists()
    assert levels.level("good", "ADJ") == "A1"
    assert levels.level("good", "NOUN") == "A1"
    # Where no part of speech is A1 the part of speech tells.
    assert (levels.level("access", "NOUN"), levels.level("access", "VERB")) == ("B1", "B2")


def test_every_word_of_the_lists_has_a_level_from_a1_to_c2() -> None:
    levels = CefrLists()
    found = set()
    for name in FILES:
        text = files("pipeline").joinpath("data", name).read_text("utf-8-sig")
        for row in csv.DictReader(text.splitlines()):
            if row["CEFR"].strip():
                found.add(levels.level(row["headword"].split("/")[0].strip().casefold(), "X"))
    assert found == {"A1", "A2", "B1", "B2", "C1", "C2"}
