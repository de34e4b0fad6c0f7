"""A class as a data set, read back by pandas."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

import pandas as pd
import pyarrow.parquet as pq
import pytest

from models.database import Sessions
from models.run_store import RunStore
from pipeline.plan import PLAN
from review import archive
from tests.factories import dialogue
from tests.fakes.quick import TALK
from tests.integration import rows, walked
from tests.integration.commands import colloquy, deeds, failure

pytestmark = pytest.mark.usefixtures("command")

TABLES = {
    "conversations", "scores", "segments", "words", "errors", "evidence", "vocabulary", "metrics",
}  # fmt: skip
KINDS = {
    "string": "str",
    "integer": "int64",
    "number": "float64",
    "boolean": "bool",
    "date": "object",
}
"""What pandas makes of each type of the dictionary where no value is null."""


@pytest.fixture
def group(database: Sessions) -> UUID:
    """The class 3b: two talks of one learner, one of another too short to judge, one not analysed yet."""
    with database.begin() as session:
        found = rows.group(session, "3b").id
        for name in ("anna-müller", "ben-smith"):
            rows.user(session, name)
    for learner, said in (
        ("anna-müller", TALK),
        ("anna-müller", TALK),
        ("ben-smith", dialogue("P: Hi.", 'L: "Hello", he, said <0.5> 😀')),
    ):
        walked.analysed(database, walked.conversation(database, "3b", learner), said)
    walked.conversation(database, "3b", "ben-smith")
    walked.analysed(database, walked.conversation(database))
    return found


def exported(folder: Path, *more: str) -> dict[str, pd.DataFrame]:
    found = colloquy("export", "--class", "3b", "--out", folder, *more)
    assert found.exit_code == 0, found.output
    assert "wrote 3 conversations" in " ".join(found.stderr.split())
    assert "1 have no result" in " ".join(found.stderr.split())
    return {one: pd.read_parquet(folder / f"{one}.parquet") for one in TABLES}


def test_the_data_set_says_what_the_documents_say(
    database: Sessions, group: UUID, tmp_path: Path
) -> None:
    frames = exported(tmp_path)
    talks = frames["conversations"]
    assert list(talks["class"].unique()) == [str(group)]
    runs = RunStore(database, PLAN)
    for talk in talks["conversation"]:
        document = archive.analysis(runs, UUID(talk))
        mine = {name: frame[frame["conversation"] == talk] for name, frame in frames.items()}
        assert list(mine["segments"]["text"]) == [one.text for one in document.segments]
        assert len(mine["words"]) == sum(len(one.words) for one in document.segments)
        assert list(mine["errors"]["rule"]) == [one.rule for one in document.grammar_errors]
        assert list(mine["vocabulary"]["lemma"]) == [one.lemma for one in document.vocabulary]
        assert dict(zip(mine["metrics"]["metric"], mine["metrics"]["value"], strict=True)) == {
            name: one.value for name, one in document.metrics.items()
        }
        overall = mine["scores"].set_index("dimension").loc["overall"]
        if document.scores.overall.score is None:
            assert pd.isna(overall["score"])
            assert overall["reason"] == document.scores.overall.reason
            continue
        assert overall["score"] == float(document.scores.overall.score)
        sums = mine["evidence"].groupby("dimension")["points"].sum().round(2)
        scores = mine["scores"].set_index("dimension")["score"].drop("overall")
        assert sums.to_dict() == scores.to_dict()
    assert set(frames["scores"]["state"]) == {"scored", "insufficient"}


@pytest.mark.usefixtures("group")
def test_csv_and_parquet_are_the_same(tmp_path: Path) -> None:
    frames = exported(tmp_path)
    columns = pd.read_csv(tmp_path / "datadictionary.csv")
    for name, frame in frames.items():
        mine = columns[(columns["table"] == name) & (columns["type"] == "string")]
        read = pd.read_csv(
            tmp_path / f"{name}.csv",
            keep_default_na=False,
            na_values=[""],
            dtype=dict.fromkeys(mine["column"], "str"),
        )
        told = frame.copy()
        if "recorded_on" in told:
            told["recorded_on"] = told["recorded_on"].astype(str)
        pd.testing.assert_frame_equal(
            read, told, check_dtype=False, check_exact=True, check_index_type=False
        )


@pytest.mark.usefixtures("group")
def test_the_dictionary_tells_of_every_column(tmp_path: Path) -> None:
    frames = exported(tmp_path)
    dictionary = pd.read_csv(tmp_path / "datadictionary.csv", keep_default_na=False)
    assert set(dictionary["table"]) == TABLES
    for name, frame in frames.items():
        mine = dictionary[dictionary["table"] == name].set_index("column")
        assert list(mine.index) == list(frame.columns)
        assert all(mine["meaning"])
        for column, one in mine.iterrows():
            if one["null"] == "never null":
                assert not frame[column].isna().any(), (name, column)
                assert str(frame[column].dtype) == KINDS[one["type"]], (name, column)
    told = json.loads((tmp_path / "datadictionary.json").read_text(encoding="utf-8"))
    assert (told["schema"], told["conversations"], told["left_out"]) == ("colloquy.dataset/1", 3, 1)
    assert {one["name"] for one in told["tables"]} == TABLES
    field = pq.read_schema(tmp_path / "segments.parquet").field("start")
    assert field.metadata[b"unit"] == b"s"


def test_nobody_is_named_unless_it_is_asked_for(
    database: Sessions, group: UUID, tmp_path: Path
) -> None:
    frames = exported(tmp_path / "plain")
    content = b"".join(one.read_bytes() for one in (tmp_path / "plain").iterdir())
    for name in ("anna-müller", "ben-smith", "First", "Last", "example.org", "a.ogg"):
        assert name.encode() not in content
    assert frames["conversations"]["learner"].nunique() == 2
    again = exported(tmp_path / "again", "--names")["conversations"]
    assert list(again["learner"]) == list(frames["conversations"]["learner"])
    assert set(again["learner_name"]) == {"anna-müller", "ben-smith"}
    assert deeds(database, group) == [
        ("export", {"conversations": 4, "names": False}),
        ("export", {"conversations": 4, "names": True}),
    ]


def test_a_class_without_conversations_is_an_empty_data_set(
    database: Sessions, tmp_path: Path
) -> None:
    with database.begin() as session:
        rows.group(session, "new")
    done = colloquy("export", "--class", "new", "--out", tmp_path)
    assert done.exit_code == 0
    assert done.stderr.startswith("wrote 0 conversations to "), "no bar outside of a terminal"
    for name in TABLES:
        assert not len(pd.read_csv(tmp_path / f"{name}.csv"))
        assert not len(pd.read_parquet(tmp_path / f"{name}.parquet"))


@pytest.mark.usefixtures("database")
def test_what_cannot_be_exported_is_told(tmp_path: Path) -> None:
    assert "no class 'no'" in failure("export", "--class", "no", "--out", tmp_path / "x")
    assert not (tmp_path / "x").exists()


@pytest.mark.usefixtures("group")
def test_a_folder_that_cannot_be_written_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told = failure("export", "--class", "3b", "--out", tmp_path / "file" / "data")
    assert "cannot be written" in told
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        ["x", "--class", "3b"],
        ["--class", "3b"],
        ["--class", "3b", "--out", "x", "--format", "csv"],
        ["x"],
        ["x", "--format", "csv", "--names"],
    ],
)
def test_half_an_order_is_wrong_use(wrong: list[str]) -> None:
    assert colloquy("export", *wrong).exit_code == 2
