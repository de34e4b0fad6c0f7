"""How the pronunciation measure goes with experts' scores: `python -m bench.pronunciation --data FOLDER`.

The folder holds `scores.csv` (columns utt, duration_s, accuracy from 0 to 10) and `audio/UTT.flac`, as
speechocean762 has them. Each utterance is judged by the stage itself. An utterance of five words says
little, so the correlations are lower than those of whole conversations would be.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Sequence
from pathlib import Path
from statistics import correlation

from config.settings import settings
from pipeline.adapters.faster_whisper import FasterWhisper
from pipeline.stages.pronunciation import pronunciation
from pipeline.values import LEARNER, Dialogue, Segment, Span, Speaker, Utterance

MEASURES = ("mean_word_probability", "unclear_word_share")


def nothing(fraction: float) -> None:
    """Take the progress and drop it."""
    del fraction


def spoken_alone(duration: float, utterances: Sequence[Utterance]) -> Dialogue:
    """A dialogue in which the learner alone says everything."""
    words = tuple(word for one in utterances for word in one.words)
    span = Span(start=0.0, end=duration)
    said = Segment(
        number=0,
        start=0.0,
        end=duration,
        speaker=LEARNER,
        speaker_label="S1",
        text=" ".join(word.text for word in words),
        words=words,
        confidence=1.0,
        language="en",
        overlap=False,
    )
    learner = Speaker(
        label="S1",
        role=LEARNER,
        speech_seconds=duration,
        words=len(words),
        how="given",
        confidence=1.0,
    )
    return Dialogue(
        language="en",
        language_probability=None,
        language_supported=True,
        duration=duration,
        speakers=(learner,),
        turns=(),
        segments=(said,),
        speech=(span,),
    )


def ranks(values: Sequence[float]) -> list[float]:
    """Ranks from 1, ties share their mean rank."""
    order = sorted(values)
    first = {one: order.index(one) for one in set(values)}
    return [first[one] + (order.count(one) + 1) / 2 for one in values]


def interval(r: float, n: int) -> tuple[float, float]:
    """95 % interval of a correlation by Fisher's transformation."""
    centre, half = math.atanh(r), 1.96 / math.sqrt(n - 3)
    return math.tanh(centre - half), math.tanh(centre + half)


def report(name: str, measured: Sequence[float], judged: Sequence[float]) -> None:
    """Print one measure's line."""
    pearson = correlation(measured, judged)
    spearman = correlation(ranks(measured), ranks(judged))
    low, high = interval(spearman, len(judged))
    print(
        f"{name:24} Spearman {spearman:+.3f} [{low:+.3f}, {high:+.3f}]  "
        f"Pearson {pearson:+.3f}  n {len(judged)}"
    )


def main() -> None:
    """Print a line a measure."""
    parser = argparse.ArgumentParser(description="Correlation of the pronunciation measure")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--utterances", type=int, default=150, help="evenly spaced in the list")
    options = parser.parse_args()
    with (options.data / "scores.csv").open(encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["utt"])
    rows = rows[:: max(1, len(rows) // options.utterances)][: options.utterances]
    recogniser = FasterWhisper(settings().speech.recogniser)
    measured: dict[str, list[float]] = {name: [] for name in MEASURES}
    judged: list[float] = []
    for row in rows:
        audio = options.data / "audio" / f"{row['utt']}.flac"
        span = Span(start=0.0, end=float(row["duration_s"]))
        heard = recogniser.transcribe(audio, (span,), "en", nothing)
        found = pronunciation(spoken_alone(span.end, heard.utterances))
        if not found.metrics:
            continue
        judged.append(float(row["accuracy"]))
        for metric in found.metrics:
            measured[metric.name].append(metric.value)
    print(f"{len(rows) - len(judged)} of {len(rows)} utterances without a word")
    for name in MEASURES:
        report(name, measured[name], judged)


if __name__ == "__main__":
    main()
