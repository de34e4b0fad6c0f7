"""Exports of what lacks times, words, lengths or roles."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pylangacq
import pytest
import srt
import webvtt
from praatio import textgrid

from pipeline.analysis import Analysis
from pipeline.errors import PermanentError
from review.exports import FORMATS
from tests.exported import analysed, talk, times_of_turns, untimed

WITH_TIMES = ("srt", "vtt", "rttm", "ctm", "textgrid")


@pytest.fixture
def analysis() -> Analysis:
    return analysed(talk())


def blank(analysis: Analysis) -> Analysis:
    """Its second turn says nothing."""
    one, two, *rest = analysis.segments
    return replace(analysis, segments=(one, replace(two, text=" ", words=()), *rest))


def test_a_cue_is_never_without_length(analysis: Analysis) -> None:
    one = replace(analysis.segments[0], start=61.0, end=61.0)
    [read] = webvtt.from_buffer(
        io.StringIO(FORMATS["vtt"](replace(analysis, segments=(one,)))),
    )
    assert (read.start, read.end) == ("00:01:01.000", "00:01:01.001")


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
