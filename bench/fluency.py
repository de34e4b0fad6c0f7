"""How the fluency measures go with experts' scores: `python -m bench.fluency --data FOLDER`.

The folder holds `scores.csv` (columns utt, speaker, text, fluency from 0 to 10) and `audio/UTT.flac`, as
speechocean762 has them. Each speaker's utterances are put one after the other as turns, voice activity is found by
the real detector, the reference words are spread over it by their syllables (so no recogniser errs here), and the
stage judges them. It is read speech: fillers and repairs are not measured by it.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import mean

import numpy as np
import soundfile

from bench.figures import Figure, measured
from bench.pronunciation import ADULT, pearson, spearman
from pipeline.adapters.audio import RATE, read
from pipeline.adapters.segmentation import PyannoteSegmentation
from pipeline.adapters.spacy import Spacy
from pipeline.points import share
from pipeline.ports import TextAnalyzer, VoiceActivity
from pipeline.reports import Dimension, FluencyReport
from pipeline.rubric import Rubric
from pipeline.stages.fluency import fluency
from pipeline.syllables import syllables
from pipeline.values import LEARNER, Dialogue, Segment, Span, Speaker, Turn, Word
from workers.toolbox import rubric

UTTERANCES = 8
"""Of a speaker: about 45 words, more than the stage needs."""
SPEAKERS = 60
"""About a second each on one core; all 125 give bounds narrower by a third."""
BETWEEN = 1.0
"""Seconds of silence between two utterances."""
POINTS, FLOOR = "fluency points", "letters a second"
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Judged:
    """One speaker: the experts' mean, and every measure of the stage."""

    expert: float
    adult: bool
    measured: dict[str, float]


def nothing(fraction: float) -> None:
    """Take the progress and drop it."""
    del fraction


def spread(texts: Sequence[str], span: Span, speech: Sequence[Span]) -> list[Word]:
    """The words over the voice inside the span, each as long as its syllables ask for."""
    parts = [
        Span(start=max(one.start, span.start), end=min(one.end, span.end))
        for one in speech
        if one.overlap(span) > 0
    ] or [span]
    counts = [syllables(one) for one in texts]
    scale = sum(one.seconds for one in parts) / sum(counts)
    words, done = [], 0
    for number, (text, count) in enumerate(zip(texts, counts, strict=True)):
        start, end = (_at(parts, scale * many) for many in (done, done + count))
        words.append(Word(id=f"w{number}", text=text, start=start, end=end, probability=1.0))
        done += count
    return words


def _at(parts: Sequence[Span], voiced: float) -> float:
    for one in parts:
        if voiced <= one.seconds:
            return one.start + voiced
        voiced -= one.seconds
    return parts[-1].end


def spoken(rows: Sequence[Row], audio: Path, activity: VoiceActivity) -> Dialogue:
    """A speaker's utterances as the turns of a conversation in which only the learner speaks."""
    silence = np.zeros(round(BETWEEN * RATE), np.float32)
    pieces, spans, at = [silence], [], BETWEEN
    for row in rows:
        sound = read(audio / f"{row['utt']}.flac")
        spans.append(Span(start=at, end=at + len(sound) / RATE))
        at = spans[-1].end + BETWEEN
        pieces += [sound, silence]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "turns.flac"
        soundfile.write(str(file), np.concatenate(pieces), RATE)
        speech = activity.detect(file, nothing)
    segments = [
        _segment(number, spread(row["text"].lower().split(), span, speech))
        for number, (row, span) in enumerate(zip(rows, spans, strict=True))
    ]
    learner = Speaker(
        label="S1",
        role=LEARNER,
        speech_seconds=sum(one.seconds for one in speech),
        words=sum(len(one.words) for one in segments),
        how="given",
        confidence=1.0,
    )
    return Dialogue(
        language="en",
        language_probability=None,
        language_supported=True,
        duration=at,
        speakers=(learner,),
        turns=tuple(Turn(label="S1", start=one.start, end=one.end) for one in spans),
        segments=tuple(segments),
        speech=speech,
    )


def _segment(number: int, words: Sequence[Word]) -> Segment:
    return Segment(
        number=number,
        start=words[0].start,
        end=words[-1].end,
        speaker=LEARNER,
        speaker_label="S1",
        text=" ".join(one.text for one in words),
        words=tuple(words),
        confidence=1.0,
        language="en",
        overlap=False,
    )


def points(report: FluencyReport, by: Rubric) -> float:
    """What the rubric gives for the report's metrics."""
    found = 0.0
    for criterion in by.criteria[Dimension.FLUENCY]:
        metric = report.metric(criterion.metric)
        if metric is not None:
            found += float(criterion.points) * share(criterion.anchors, metric.value)
    return found


def _judged(
    rows: Sequence[Row],
    audio: Path,
    activity: VoiceActivity,
    analyzer: TextAnalyzer,
    version: Rubric,
) -> Judged:
    dialogue = spoken(rows, audio, activity)
    report = fluency(dialogue, text_analyzer=analyzer)
    values = {one.name: one.value for one in report.metrics}
    values[POINTS] = points(report, version)
    letters = sum(len(row["text"].replace(" ", "")) for row in rows)
    values[FLOOR] = letters / sum(one.span.seconds for one in dialogue.turns)
    return Judged(
        expert=mean(float(row["fluency"]) for row in rows),
        adult=int(rows[0]["age"]) >= ADULT,
        measured=values,
    )


def speakers_of(
    data: Path, speakers: int = SPEAKERS, utterances: int = UTTERANCES, version: str = "2026.2"
) -> list[Judged]:
    """So many speakers, evenly spaced, judged on so many of their utterances."""
    with (data / "scores.csv").open(encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["utt"])
    by_speaker: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_speaker[row["speaker"]].append(row)
    activity, analyzer, scale = PyannoteSegmentation(), Spacy(), rubric(version)
    judged = []
    for own in list(by_speaker.values())[:: max(1, len(by_speaker) // speakers)]:
        chosen = own[:: max(1, len(own) // utterances)][:utterances]
        judged.append(_judged(chosen, data / "audio", activity, analyzer, scale))
    return judged


def figures(judged: Sequence[Judged]) -> list[Figure]:
    """The rubric's points by age too, the floor, then each measure; none that is the same for everybody."""
    names = dict.fromkeys([POINTS, FLOOR, *(name for one in judged for name in one.measured)])
    groups = {
        "": judged,
        ", adults": [one for one in judged if one.adult],
        ", children": [one for one in judged if not one.adult],
    }
    return [
        one
        for name in names
        for group, of in groups.items()
        if name == POINTS or not group
        for one in _agreement(name, group, [one for one in of if name in one.measured])
    ]


def _agreement(name: str, group: str, judged: Sequence[Judged]) -> list[Figure]:
    """Correlations with the experts; empty for a measure that is the same for everybody."""
    better = True if name == POINTS else None
    return [
        measured(
            f"{name} and experts' fluency{group}, {kind}",
            judged,
            partial(_correlation, name, correlation),
            unit="speakers",
            higher_is_better=better,
        )
        for kind, correlation in (("Pearson", pearson), ("Spearman", spearman))
        if _correlation(name, correlation, judged) is not None
    ]


def _correlation(
    name: str,
    correlation: Callable[[Sequence[float], Sequence[float]], float],
    judged: Sequence[Judged],
) -> float | None:
    found = [one.measured[name] for one in judged]
    expert = [one.expert for one in judged]
    if len(set(found)) == 1 or len(set(expert)) == 1:
        return None
    return correlation(found, expert)


def main() -> None:
    """Print a line a measure."""
    parser = argparse.ArgumentParser(description="Correlation of the fluency measures")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--speakers", type=int, default=SPEAKERS, help="or up to twice as many, evenly spaced"
    )
    parser.add_argument("--utterances", type=int, default=UTTERANCES, help="of each speaker")
    options = parser.parse_args()
    judged = speakers_of(options.data, options.speakers, options.utterances)
    print(*figures(judged), sep="\n")


if __name__ == "__main__":
    main()
