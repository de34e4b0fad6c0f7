"""How far apart the two groups of voice vectors lie: `python -m bench.voices SOUND…`.

Print for each 16 kHz mono recording the silhouette that `pipeline.adapters.second_look` goes by, whatever pyannote
made of it. Give recordings of one person and of two.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bench.diarization import show_nothing
from pipeline.adapters import second_look
from pipeline.adapters.audio import read
from pipeline.adapters.pyannote import PyannoteDiarizer
from pipeline.adapters.segmentation import PyannoteSegmentation
from pipeline.values import Turn


def main() -> None:
    """Print a line a file."""
    activity, diarizer = PyannoteSegmentation(), PyannoteDiarizer()
    heard: list[float] = []
    grouped = second_look.grouped

    def listened(vectors: second_look.Vectors) -> object:
        found = grouped(vectors)
        heard.append(found[1])
        return found

    second_look.grouped = listened  # type: ignore[assignment]  # looked at on its way
    for file in map(Path, sys.argv[1:]):
        speech = activity.detect(file, show_nothing)
        turns = [Turn(label="S", start=one.start, end=one.end) for one in speech]
        heard.clear()
        found = second_look.parted(read(file), turns, diarizer.vector)
        told = "two" if found else "one"
        print(f"{file.name:32} silhouette {heard[0] if heard else float('nan'):.3f}  {told}")


if __name__ == "__main__":
    main()
