"""An analysis in the formats of other tools."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from pipeline.analysis import Analysis, to_json
from review.chat import chat
from review.nist import ctm, rttm
from review.subtitles import srt, vtt
from review.textgrid import textgrid
from review.times import line, stamp, who

COLUMNS = (
    "number",
    "start",
    "end",
    "speaker",
    "speaker_label",
    "text",
    "confidence",
    "language",
    "overlap",
)
"""Of the table of segments: as in `colloquy.analysis/1`."""


def txt(analysis: Analysis) -> str:
    """For reading: a line a segment, with its time where that is known."""
    return "".join(
        f"{'' if one.start is None else f'[{stamp(one.start)}] '}{who(one)}: {line(one.text)}\n"
        for one in analysis.segments
    )


def table(analysis: Analysis) -> str:
    """Comma-separated values, a row a segment; an unknown time is empty."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([getattr(one, name) for name in COLUMNS] for one in analysis.segments)
    return target.getvalue()


FORMATS: dict[str, Callable[[Analysis], str]] = {
    "json": lambda analysis: to_json(analysis) + "\n",
    "srt": srt,
    "vtt": vtt,
    "txt": txt,
    "csv": table,
    "rttm": rttm,
    "ctm": ctm,
    "chat": chat,
    "textgrid": textgrid,
}
"""Each raises PermanentError `no-times` where it needs times that the document has not."""
