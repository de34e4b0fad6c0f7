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
from pipeline.values import Dialogue, Segment
from review.exports import FORMATS
from tests import factories, report_factories
from tests.documents import document

WITH_TIMES = ("srt", "vtt", "rttm", "ctm", "textgrid")
NIST_CTM = re.compile(
    r"(?P<file>\S+) (?P<channel>[12A-Za-z]) (?P<start>\d+\.\d+) (?P<length>\d+\.\d+) "
    r"(?P<word>\S+) (?P<confidence>(?:0|1)(?:\.\d+)?)"
)
"""A line of a CTM file as sclite's manual has it; no kept package reads the format."""


def talk() -> Dialogue:
    """Overlap, a disfluency of each kind, other alphabets, quotes, angle brackets, codes of CHAT's."""
    made = factories.dialogue(
        "P: Where do you live?",
        "L: I lives in a [the] [town] wh- (um) small town <1.2> near Zürich & I like it.",
        "P: Really? Why?",
        'L: Because "the quiet" -> and <b>green</b>, 你好 😀 [50%] it\'s… ok',
    )
    own = made.segments[1]
    broken = replace(own.words[6], repair=True)
    words = (*own.words[:6], broken, *own.words[7:])
    early = replace(made.segments[2], start=own.end - 1.0, overlap=True)
    turns = tuple(
        replace(one, start=early.start) if one.start == made.segments[2].start else one
        for one in made.turns
    )
    segments = (made.segments[0], replace(own, words=words), early, made.segments[3])
    return replace(made, segments=segments, turns=turns)


def analysed(made: Dialogue) -> Analysis:
    return document(made, *report_factories.reports(factories.dialogue("P: Hi.", "L: Yes.")))


@pytest.fixture
def analysis() -> Analysis:
    return analysed(talk())


def untimed(analysis: Analysis) -> Analysis:
    """As that of a ready transcript that has no times."""
    segments = tuple(
        replace(
            one,
            start=None,
            end=None,
            words=tuple(replace(word, start=None, end=None) for word in one.words),
        )
        for one in analysis.segments
    )
    media = replace(analysis.media, duration=None, sample_rate=None, channels=None)
    return replace(analysis, media=media, turns=(), segments=segments)


def times_of_turns(analysis: Analysis) -> Analysis:
    """As that of a transcript with a time a turn."""
    segments = tuple(
        replace(one, words=tuple(replace(word, start=None, end=None) for word in one.words))
        for one in analysis.segments
    )
    return replace(analysis, segments=segments)


def blank(analysis: Analysis) -> Analysis:
    """Its second turn says nothing."""
    one, two, *rest = analysis.segments
    return replace(analysis, segments=(one, replace(two, text=" ", words=()), *rest))


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


def test_a_cue_is_never_without_length(analysis: Analysis) -> None:
    one = replace(analysis.segments[0], start=61.0, end=61.0)
    [read] = webvtt.from_buffer(
        io.StringIO(FORMATS["vtt"](replace(analysis, segments=(one,)))),
    )
    assert (read.start, read.end) == ("00:01:01.000", "00:01:01.001")


def test_text_is_a_line_a_turn(analysis: Analysis) -> None:
    first, *_ = FORMATS["txt"](analysis).splitlines()
    assert first == "[00:00:00.000] partner: Where do you live?"
    assert FORMATS["txt"](untimed(analysis)).startswith("partner: Where")


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


def test_chat_has_a_turns_time_at_its_last_sentence_where_no_words_have_theirs(
    analysis: Analysis,
) -> None:
    read = pylangacq.CHAT.from_strs([FORMATS["chat"](times_of_turns(analysis))])
    marks = [one.time_marks for one in read.utterances()]
    third = analysis.segments[2]
    assert marks[2:4] == [
        None,
        (round(1000 * (third.start or 0)), round(1000 * (third.end or 0))),
    ]


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


def test_words_without_length_keep_their_place_in_a_textgrid(
    analysis: Analysis, tmp_path: Path
) -> None:
    one = analysis.segments[0]
    first, second, third, fourth = one.words
    end = analysis.media.duration
    words = (
        replace(first, end=first.start),
        replace(second, start=first.start, end=first.start),
        replace(third, start=0.5, end=end),
        replace(fourth, start=end, end=end),
    )
    file = tmp_path / "talk.TextGrid"
    made = replace(analysis, segments=(replace(one, end=end, words=words),))
    file.write_text(FORMATS["textgrid"](made), encoding="utf-8")
    read = textgrid.openTextgrid(str(file), includeEmptyIntervals=False, reportingMode="error")
    told = [each.label for each in read.getTier("partner (S1) words").entries]
    assert told == ["Where", "do", "you live?"]


@pytest.mark.parametrize("form", WITH_TIMES)
def test_what_needs_times_says_so(analysis: Analysis, form: str) -> None:
    with pytest.raises(PermanentError, match=form) as caught:
        FORMATS[form](untimed(analysis))
    assert "json, txt, csv or chat" in caught.value.advice


@pytest.mark.parametrize("form", ["srt", "vtt", "rttm", "textgrid"])
def test_times_of_turns_are_enough_for_turns(analysis: Analysis, form: str) -> None:
    told = FORMATS[form](times_of_turns(analysis))
    assert told
    assert "words" not in told


def test_words_need_times_of_their_own(analysis: Analysis) -> None:
    with pytest.raises(PermanentError, match="ctm"):
        FORMATS["ctm"](times_of_turns(analysis))


def test_turns_in_which_nothing_is_said_are_left_out(analysis: Analysis) -> None:
    mute = blank(analysis)
    assert len(list(srt.parse(FORMATS["srt"](mute)))) == 3
    assert len(webvtt.from_buffer(io.StringIO(FORMATS["vtt"](mute))).captions) == 3
    read = pylangacq.CHAT.from_strs([FORMATS["chat"](mute)])
    assert [one.participant for one in read.utterances()] == ["S1", "S1", "S1", "S2", "S2"]


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_said_is_no_failure(analysis: Analysis, form: str, tmp_path: Path) -> None:
    told = FORMATS[form](replace(analysis, segments=(), turns=(), speakers=()))
    if form == "textgrid":
        file = tmp_path / "mute.TextGrid"
        file.write_text(told)
        assert textgrid.openTextgrid(str(file), includeEmptyIntervals=True).tierNames == ("nobody",)
    if form == "csv":
        assert list(csv.reader(io.StringIO(told)))[1:] == []
    if form == "chat":
        assert not pylangacq.CHAT.from_strs([told]).utterances()


def test_two_whose_roles_nobody_knows_stay_two(analysis: Analysis) -> None:
    segments = tuple(replace(one, speaker="unknown") for one in analysis.segments)
    unknown = replace(analysis, segments=segments)
    read = webvtt.from_buffer(io.StringIO(FORMATS["vtt"](unknown)))
    assert [one.voice for one in read] == ["S1", "S2", "S1", "S2"]
    assert "S1: Where" in FORMATS["srt"](unknown)


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
