"""Diarization error on recordings with reference turns: `python -m bench.diarization --data FOLDER`.

The folder holds `NAME.flac` (16 kHz mono) or `NAME.wav` and one or more `.rttm`; where `.uem` files
lie beside them only the stretches they name are scored. CPU seconds are this process's own.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import soundfile
from pyannote.core import Annotation, Segment, Timeline
from pyannote.metrics.diarization import DiarizationErrorRate

from pipeline.adapters.audio import RATE
from pipeline.adapters.pyannote import PyannoteDiarizer
from pipeline.adapters.pyav import PyAv
from pipeline.values import Turn

COLLAR = 0.25
"""Seconds on each side of a reference border, as in NIST's `md-eval -c 0.25`. pyannote.metrics
takes the whole width, so it is handed twice as much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One recording's result: rates are shares of the reference speech, costs per audio second."""

    name: str
    seconds: float
    speakers: int
    found: int
    """Labels the engine gave."""
    apart: int
    """Reference speakers most of whose heard speech bears their own label: a label on a blip of half a
    second is found, but nobody is told apart by it."""
    der: float
    der_collar: float
    missed: float
    false_alarm: float
    confusion: float
    cpu: float
    wall: float


def references(folder: Path) -> dict[str, Annotation]:
    """The reference turns of each recording, from every RTTM in the folder."""
    found: dict[str, Annotation] = {}
    for path in sorted(folder.glob("*.rttm")):
        for number, line in enumerate(path.read_text().splitlines()):
            kind, name, _, start, length, _, _, speaker, *_ = line.split()
            if kind == "SPEAKER":
                turn = Segment(float(start), float(start) + float(length))
                found.setdefault(name, Annotation(uri=name))[turn, f"{path.stem}{number}"] = speaker
    return found


def scored(folder: Path) -> dict[str, Timeline]:
    """The stretches to score of each recording, from every UEM in the folder."""
    found: dict[str, Timeline] = {}
    for path in sorted(folder.glob("*.uem")):
        for line in path.read_text().splitlines():
            name, _, start, end = line.split()
            found.setdefault(name, Timeline(uri=name)).add(Segment(float(start), float(end)))
    return found


def hypothesis(heard: Sequence[Turn], name: str) -> Annotation:
    """Turns as pyannote.metrics reads them."""
    turns = Annotation(uri=name)
    for number, turn in enumerate(heard):
        turns[Segment(turn.start, turn.end), number] = turn.label
    return turns


def measure(
    folder: Path, names: list[str] | None, speakers: int | None, *, decode: bool
) -> Iterator[tuple[Line, DiarizationErrorRate, DiarizationErrorRate]]:
    """A line a recording, with both metrics as pooled so far."""
    exact, lenient = DiarizationErrorRate(), DiarizationErrorRate(collar=2 * COLLAR)
    known, stretches, diarizer = references(folder), scored(folder), PyannoteDiarizer()
    warm(diarizer)
    for name in names or sorted(known):
        files = [folder / f"{name}.{ending}" for ending in ("flac", "wav")]
        path = next((one for one in files if one.is_file()), None)
        if path is None:
            print(f"{name}  left out: reference turns, but no sound", file=sys.stderr)
            continue
        with tempfile.TemporaryDirectory() as scratch:
            if decode:
                path = PyAv(36_000).decode(path, Path(scratch), show_nothing).path
            cpu, wall = cpu_seconds(), time.perf_counter()
            speech = diarizer.diarize(path, speakers, show_nothing)
            cpu, wall = cpu_seconds() - cpu, time.perf_counter() - wall
        turns = hypothesis(speech.turns, name)
        # Without a UEM everything either side marks is scored.
        uem = stretches.get(name) or Timeline(
            [(known[name].get_timeline() | turns.get_timeline()).extent()]
        )
        parts = exact(known[name], turns, uem=uem, detailed=True)
        total = parts["total"]
        length = uem.extent().end
        line = Line(
            name=name,
            seconds=length,
            speakers=len(known[name].labels()),
            found=len({turn.label for turn in speech.turns}),
            apart=told_apart(known[name], turns),
            der=parts["diarization error rate"],
            der_collar=lenient(known[name], turns, uem=uem),
            missed=parts["missed detection"] / total,
            false_alarm=parts["false alarm"] / total,
            confusion=parts["confusion"] / total,
            cpu=cpu / length,
            wall=wall / length,
        )
        yield line, exact, lenient


def warm(diarizer: PyannoteDiarizer) -> None:
    """Load the networks, which is no recording's cost."""
    with tempfile.TemporaryDirectory() as folder:
        silence = Path(folder) / "silence.wav"
        soundfile.write(str(silence), np.zeros(RATE, np.float32), RATE)
        diarizer.diarize(silence, None, show_nothing)


def told_apart(known: Annotation, turns: Annotation) -> int:
    """How many reference speakers have more than half of their heard speech under their own label."""
    own = {
        who: label for label, who in DiarizationErrorRate().optimal_mapping(known, turns).items()
    }
    heard, count = turns.get_timeline().support(), 0
    for who in known.labels():
        spoken = known.label_timeline(who).support()
        if who in own:
            labelled = spoken.crop(turns.label_timeline(own[who]).support()).duration()
            count += labelled > spoken.crop(heard).duration() / 2
    return count


def cpu_seconds() -> float:
    """User and system time of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def show_nothing(_fraction: float) -> None:
    """No progress is shown."""


def main() -> None:
    """Print a line a recording, then the pooled rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--names", nargs="*", help="only these recordings")
    parser.add_argument("--speakers", type=int, help="tell the engine their number")
    parser.add_argument("--decode", action="store_true", help="level the sound by `decode` first")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    options = parser.parse_args()
    lines = []
    exact = lenient = None
    for line, exact, lenient in measure(  # noqa: B007 - the last pair holds the pooled rates
        options.data, options.names, options.speakers, decode=options.decode
    ):
        lines.append(line)
        if not options.json:
            print(
                f"{line.name}  speakers {line.found}, apart {line.apart}, of {line.speakers}  DER {100 * line.der:5.1f} %"
                f"  collar {100 * line.der_collar:5.1f} %  missed {100 * line.missed:5.1f}"
                f"  false alarm {100 * line.false_alarm:4.1f}  confusion {100 * line.confusion:4.1f}"
                f"  CPU {line.cpu:.3f}  wall {line.wall:.3f} s per audio second",
                flush=True,
            )
    if exact is None or lenient is None:
        parser.error("the folder holds no reference turns")
    total = exact["total"]
    pooled = {
        "der": abs(exact),
        "der_collar": abs(lenient),
        "missed": exact["missed detection"] / total,
        "false_alarm": exact["false alarm"] / total,
        "confusion": exact["confusion"] / total,
    }
    # On Linux the unit is KiB.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    if options.json:
        print(json.dumps({"recordings": [asdict(one) for one in lines], "pooled": pooled}))
        return
    rates = "  ".join(f"{name} {100 * value:.1f} %" for name, value in pooled.items())
    print(f"pooled  {rates}  peak memory {peak:.2f} GB")


if __name__ == "__main__":
    main()
