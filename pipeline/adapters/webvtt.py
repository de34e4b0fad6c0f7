"""WebVTT with voices, read by webvtt-py."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from pipeline.errors import PermanentError
from pipeline.values import Line
from pipeline.written import spread

VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]*)>")
"""`<v Anna>`, also with classes: `<v.loud Anna>`."""
TAG = re.compile(r"<[^>]*>")
LANGUAGE = re.compile(r"Language:\s*(\S+)", re.IGNORECASE)
ARROW = "-->"


def read_webvtt(text: str) -> tuple[list[Line], str | None]:
    """The lines, several where a cue has several voices, and the language where the header tells it.

    PermanentError for what is no WebVTT, a cue that cannot be read, and one without a voice.
    """
    import webvtt

    try:
        read = webvtt.from_string(text)
    except webvtt.errors.MalformedFileError as error:
        raise _wrong("The file is no WebVTT that can be read.", "Export it again.") from error
    if len(read.captions) != sum(ARROW in line for line in text.splitlines()):
        raise _wrong(
            "The WebVTT file has cues whose times cannot be read.",
            "Write times as 00:01:02.300 --> 00:01:04.000, and the words on the lines below.",
        )
    told = next((match for one in read.metadata if (match := LANGUAGE.match(one))), None)
    lines = [
        line
        for one in read.captions
        for line in _lines(_seconds(one.start), _seconds(one.end), one.raw_text, one.start)
    ]
    return lines, told[1] if told else None


def _lines(start: float, end: float, raw: str, at: str) -> Iterator[Line]:
    """A cue's voices share its time by their letters."""
    before, *parts = VOICE.split(raw)
    said = [
        (unescape(name).strip(), _plain(words))
        for name, words in zip(parts[::2], parts[1::2], strict=True)
    ]
    if _plain(before) or not said:
        raise _wrong(
            f"The cue at {at} does not say who speaks.",
            "Name the speaker of every cue as a voice: <v Anna>words.",
        )
    times = spread([words for _, words in said], start, end)
    for (name, words), (first, last) in zip(said, times, strict=True):
        yield Line(speaker=name, text=words, start=first, end=last)


def _plain(markup: str) -> str:
    return " ".join(unescape(TAG.sub("", markup)).split())


def _seconds(stamp: str) -> float:
    hours, minutes, seconds = stamp.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _wrong(message: str, advice: str) -> PermanentError:
    return PermanentError(message, code="bad-transcript", advice=advice)
