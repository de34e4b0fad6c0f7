"""By what another language is told from English that is hard to make out: `python -m bench.language --help`.

One person a row: the speakers of conversations (`NAME.flac` and `all.rttm`) and of single utterances (`scores.csv`
and `audio/`), and recordings of which each holds one speaker. A folder of prompts is drawn from, joined to minutes.
"""

from __future__ import annotations

import argparse
import csv
import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import soundfile

from bench.recognition import print_nothing
from config.settings import settings
from pipeline.adapters.audio import RATE, read
from pipeline.adapters.faster_whisper import FasterWhisper
from pipeline.adapters.pyav import PyAv
from pipeline.adapters.segmentation import PyannoteSegmentation
from pipeline.enough import FOREIGN, clearness, doubt, variety, worded
from pipeline.stages.transcribe import listen
from pipeline.values import Transcript, Word

Samples = npt.NDArray[np.float32]
MINUTE = 60 * RATE
MINUTES = 4
"""Of each folder of prompts: more of one voice says little more."""
PROMPT = 2.0
"""Seconds; shorter prompts are single letters and numbers."""
GAP = np.zeros(round(0.4 * RATE), dtype=np.float32)
"""Between joined pieces, about the pause between sentences."""


def conversations(folder: Path) -> Iterator[tuple[str, Sequence[Samples]]]:
    """Each speaker of each conversation, by the reference."""
    rows = [line.split() for line in (folder / "all.rttm").read_text().splitlines()]
    for name, speaker in sorted({(row[1], row[7]) for row in rows}):
        spans = [
            (float(row[3]), float(row[3]) + float(row[4]))
            for row in rows
            if (row[1], row[7]) == (name, speaker)
        ]
        yield f"{name} {speaker}", [read(folder / f"{name}.flac", *span) for span in spans]


def singles(folder: Path, every: int) -> Iterator[tuple[str, Sequence[Samples]]]:
    """Every so many of the speakers, all they said."""
    utterances: dict[str, list[str]] = {}
    with (folder / "scores.csv").open() as file:
        for row in csv.DictReader(file):
            utterances.setdefault(f"{row['speaker']} age {row['age']}", []).append(row["utt"])
    for name in sorted(utterances)[::every]:
        yield name, [read(folder / "audio" / f"{one}.flac") for one in sorted(utterances[name])]


def recordings(path: Path) -> Iterator[tuple[str, Sequence[Samples]]]:
    """A file as it is, or some minutes of a folder's prompts, the same ones each time."""
    if path.is_file():
        yield path.name, [_samples(path)]
        return
    files = sorted(one for one in path.rglob("*") if one.suffix in {".wav", ".gsm", ".ogg"})
    random.Random(3).shuffle(files)  # noqa: S311 - a draw, no secret
    drawn = (one for one in map(_readable, files) if len(one) >= PROMPT * RATE)
    for number in range(MINUTES):
        parts: list[Samples] = []
        while sum(map(len, parts)) < MINUTE and (part := next(drawn, None)) is not None:
            parts.append(part)
        if parts:
            yield f"{path.name} {number}", parts


def _readable(path: Path) -> Samples:
    """No samples where a package's prompt is broken."""
    try:
        return _samples(path)
    except av.error.FFmpegError:
        return np.zeros(0, dtype=np.float32)


def _samples(path: Path) -> Samples:
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        blocks = [
            out.to_ndarray()[0]
            for frame in container.decode(audio=0)
            for out in resampler.resample(frame)
        ]
    return np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.float32)


class Listener:
    """The product's own way from sound to words."""

    def __init__(self) -> None:
        """Load nothing yet."""
        self._activity = PyannoteSegmentation()
        self._recogniser = FasterWhisper(settings().speech.recogniser)

    def __call__(self, pieces: Sequence[Samples]) -> Transcript:
        """What is heard in the pieces, one after the other."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "joined.flac"
            joined = [part for piece in pieces for part in (piece, GAP)]
            soundfile.write(str(file), np.concatenate(joined), RATE)
            sound = PyAv(36_000).decode(file, Path(folder), print_nothing)
            return listen(
                sound.path,
                sound.duration,
                "en",
                voice_activity=self._activity,
                transcriber=self._recogniser,
                progress=print_nothing,
            )


def row(group: str, name: str, heard: Transcript) -> str:
    """One line of the table."""
    words: list[Word] = [word for one in heard.utterances for word in one.words]
    seconds = sum(one.seconds for one in heard.speech)
    reason = doubt(words, seconds)
    told = "another language" if reason == worded(FOREIGN) else "unclear" if reason else "judged"
    signs = (
        f"{variety(words, seconds):8.3f} {clearness(words):6.3f} {len(words):6} {seconds:5.0f} s"
    )
    return f"{group:9} {name:44} {signs}  {told}"


def main() -> None:
    """Print a line a speaker."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--conversations", type=Path)
    parser.add_argument("--singles", type=Path)
    parser.add_argument("--every", type=int, default=3, help="so many single speakers apart")
    parser.add_argument("--english", type=Path, nargs="*", default=[])
    parser.add_argument("--foreign", type=Path, nargs="*", default=[])
    options = parser.parse_args()
    hear = Listener()
    print(f"{'group':9} {'who':44} {'variety':>8} {'clear':>6} {'words':>6} {'speech':>6}")
    groups = [
        ("talk", conversations(options.conversations) if options.conversations else ()),
        ("single", singles(options.singles, options.every) if options.singles else ()),
        ("english", (one for path in options.english for one in recordings(path))),
        ("foreign", (one for path in options.foreign for one in recordings(path))),
    ]
    for group, people in groups:
        for name, pieces in people:
            print(row(group, name, hear(pieces)), flush=True)


if __name__ == "__main__":
    main()
