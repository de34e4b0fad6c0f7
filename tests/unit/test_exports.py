"""Every export is read back by a parser that is not ours, and the command writes them."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pylangacq
import pytest
import srt
import webvtt
from praatio import textgrid
from pyannote.core import Segment as Stretch
from pyannote.database.util import load_rttm
from typer.testing import CliRunner

from cli.main import app
from pipeline.analysis import Analysis, to_json
from pipeline.errors import PermanentError
from pipeline.values import Segment
from review.exports import FORMATS
from tests.exported import analysed, talk, untimed

NIST_CTM = re.compile(
    r"(?P<file>\S+) (?P<channel>[12A-Za-z]) (?P<start>\d+\.\d+) (?P<length>\d+\.\d+) "
    r"(?P<word>\S+) (?P<confidence>(?:0|1)(?:\.\d+)?)"
)
"""A line of a CTM file as sclite's manual has it; no kept package reads the format."""


@pytest.fixture
def analysis() -> Analysis:
    return analysed(talk())


def test_json_is_the_document(analysis: Analysis) -> None:
    read = json.loads(FORMATS["json"](analysis))
    assert read["schema"] == "colloquy.analysis/1"
    assert [one["text"] for one in read["segments"]] == [one.text for one in analysis.segments]


def test_subrip_is_read_by_srt(analysis: Analysis) -> None:
    read = list(srt.parse(FORMATS["srt"](analysis)))
    assert [one.index for one in read] == [1, 2, 3, 4]
    for one, segment in zip(read, analysis.segments, strict=True):
        assert one.start.total_seconds() == pytest.approx(segment.start, abs=0.001)
        assert one.end.total_seconds() == pytest.approx(segment.end, abs=0.001)
        assert one.content == f"{segment.speaker}: {segment.text}"


def milliseconds(stamp: str) -> int:
    hours, minutes, seconds = stamp.split(":")
    whole, part = seconds.split(".")
    return ((int(hours) * 60 + int(minutes)) * 60 + int(whole)) * 1000 + int(part)


def test_webvtt_is_read_by_webvtt(analysis: Analysis) -> None:
    read = webvtt.from_buffer(io.StringIO(FORMATS["vtt"](analysis)))
    assert [one.voice for one in read] == [one.speaker for one in analysis.segments]
    for one, segment in zip(read, analysis.segments, strict=True):
        assert milliseconds(one.start) == round(1000 * (segment.start or 0))
        assert milliseconds(one.end) == round(1000 * (segment.end or 0))
    assert any(round(1000 * (one.start or 0)) % 1000 for one in analysis.segments)
    assert "-&gt; and &lt;b&gt;green&lt;/b&gt;, 你好 😀" in read[3].text


def test_text_is_a_line_a_turn(analysis: Analysis) -> None:
    first, *_ = FORMATS["txt"](analysis).splitlines()
    assert first == "[00:00:00.000] partner: Where do you live?"
    assert FORMATS["txt"](untimed(analysis)).startswith("partner: Where")
    table = pd.read_fwf(io.StringIO(FORMATS["txt"](analysis)), colspecs=[(1, 13)], header=None)
    begun = [f"{pd.Timedelta(one).total_seconds():.3f}" for one in table[0]]
    assert begun == [f"{one.start or 0:.3f}" for one in analysis.segments]


def test_csv_is_read_by_pandas(analysis: Analysis) -> None:
    read = pd.read_csv(io.StringIO(FORMATS["csv"](analysis)))
    assert list(read["text"]) == [one.text for one in analysis.segments]
    assert list(read["start"]) == [one.start for one in analysis.segments]
    assert list(read["overlap"]) == [False, False, True, False]
    assert pd.read_csv(io.StringIO(FORMATS["csv"](untimed(analysis))))["start"].isna().all()


def test_rttm_is_read_by_pyannote(analysis: Analysis, tmp_path: Path) -> None:
    file = tmp_path / "talk.rttm"
    file.write_text(FORMATS["rttm"](analysis))
    read = load_rttm(str(file))["<talk>_&_more.wav"]
    assert len(read) == len(analysis.turns)
    assert set(read.labels()) == {one.speaker_label for one in analysis.turns}
    early = analysis.turns[2]
    assert read.crop(Stretch(early.start, early.start + 0.5)).labels() == ["S1", "S2"]


def test_ctm_holds_to_the_grammar_of_nist(analysis: Analysis) -> None:
    lines = FORMATS["ctm"](analysis).splitlines()
    read = [match for one in lines if (match := NIST_CTM.fullmatch(one))]
    assert len(read) == len(lines) == sum(len(one.words) for one in analysis.segments)
    starts = [float(one["start"]) for one in read]
    assert starts == sorted(starts)
    assert {one["word"] for one in read} >= {"Zürich", "你好", "😀", '"the', "<b>green</b>,"}
    assert {one["file"] for one in read} == {"<talk>_&_more.wav"}
    table = pd.read_csv(
        io.StringIO(FORMATS["ctm"](analysis)), sep=" ", header=None, quoting=csv.QUOTE_NONE
    )
    assert list(table[4]) == [one["word"] for one in read]


def test_chat_is_read_by_pylangacq(analysis: Analysis) -> None:
    read = pylangacq.CHAT.from_strs([FORMATS["chat"](analysis)])
    assert read.languages() == ["eng"]
    assert [(one.code, one.role) for one in read.participants()] == [
        ("S1", "Partner"),
        ("S2", "Student"),
    ]
    said = [
        (one.participant, [token.word for token in one.tokens or []]) for one in read.utterances()
    ]
    assert said == [
        ("S1", ["Where", "do", "you", "live", "?"]),
        ("S2", ["I", "lives", "in", "a", "small", "town", "near", "Zürich", "and", "I", "like", "it", "."]),
        ("S1", ["Really", "?"]),
        ("S1", ["Why", "?"]),
        ("S2", ["Because", "the", "quiet", "and", "b", "green", "b", ",", "你好", "it's", "+..."]),
        ("S2", ["ok", "."]),
    ]  # fmt: skip
    first, second = read.utterances()[0], read.utterances()[1]
    assert first.time_marks == (0, round(1000 * (analysis.segments[0].end or 0)))
    assert "<the town> [//] &+wh &-um small" in (second.tiers or {})["S2"]
    assert not any(one.time_marks for one in pylangacq.CHAT.from_strs(
        [FORMATS["chat"](untimed(analysis))]
    ).utterances())  # fmt: skip


def test_speakers_of_any_name_have_a_code_in_chat() -> None:
    named = {"S1": "Frau Müller: the 1st", "S2": "SP1"}

    def called(one: Segment) -> Segment:
        return replace(one, speaker_label=named[one.speaker_label])

    made = talk()
    made = replace(
        made,
        segments=tuple(map(called, made.segments)),
        speakers=tuple(replace(one, label=named[one.label]) for one in made.speakers),
    )
    read = pylangacq.CHAT.from_strs([FORMATS["chat"](analysed(made))])
    assert [(one.code, one.name, one.role) for one in read.participants()] == [
        ("SP2", "Frau_Müller_the_1st", "Partner"),
        ("SP1", "", "Student"),
    ]
    assert [one.participant for one in read.utterances()][:2] == ["SP2", "SP1"]


def test_textgrid_is_read_by_praatio(analysis: Analysis, tmp_path: Path) -> None:
    file = tmp_path / "talk.TextGrid"
    file.write_text(FORMATS["textgrid"](analysis), encoding="utf-8")
    read = textgrid.openTextgrid(str(file), includeEmptyIntervals=False)
    assert read.tierNames == (
        "partner (S1)",
        "partner (S1) words",
        "learner (S2)",
        "learner (S2) words",
    )
    said = read.getTier("learner (S2)").entries
    assert [one.label for one in said] == [analysis.segments[n].text for n in (1, 3)]
    assert [one.start for one in said] == [analysis.segments[n].start for n in (1, 3)]
    words = read.getTier("learner (S2) words").entries
    assert len(words) == sum(len(analysis.segments[n].words) for n in (1, 3))
    assert read.maxTimestamp == 95


def test_the_command_exports_a_document_to_a_file_or_to_stdout(
    analysis: Analysis, tmp_path: Path
) -> None:
    source, target = tmp_path / "talk.analysis.json", tmp_path / "new" / "talk.cha"
    source.write_text(to_json(analysis), encoding="utf-8")
    told = CliRunner().invoke(app, ["export", str(source), "--format", "chat"])
    assert told.exit_code == 0
    given = ["export", str(source), "--format", "chat", "--out", str(target)]
    assert CliRunner().invoke(app, given).exit_code == 0
    assert target.read_text(encoding="utf-8") == told.stdout


def test_what_is_no_document_and_no_format_is_told(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["export", "x", "--format", "docx"]).exit_code == 2
    found = CliRunner().invoke(app, ["export", str(tmp_path / "no.json"), "--format", "txt"])
    assert found.exit_code == 1
    assert isinstance(found.exception, PermanentError)
