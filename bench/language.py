"""How sure the recogniser is, by language: `python -m bench.language SOUND…`.

Prints for each recording what `pipeline.enough` goes by: the mean probability of its words and the words in a
second of speech. Each file should hold one speaker.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import mean

from bench.recognition import print_nothing
from config.settings import settings
from pipeline.adapters.faster_whisper import FasterWhisper
from pipeline.adapters.pyav import PyAv
from pipeline.adapters.segmentation import PyannoteSegmentation
from pipeline.enough import SPARSE, UNCLEAR
from pipeline.stages.transcribe import listen


def main() -> None:
    """Print a line a file."""
    activity, recogniser = PyannoteSegmentation(), FasterWhisper(settings().speech.recogniser)
    for file in map(Path, sys.argv[1:]):
        with tempfile.TemporaryDirectory() as folder:
            sound = PyAv(36_000).decode(file, Path(folder), print_nothing)
            heard = listen(
                sound.path,
                sound.duration,
                "en",
                voice_activity=activity,
                transcriber=recogniser,
                progress=print_nothing,
            )
        words = [word.probability for one in heard.utterances for word in one.words]
        speech = sum(one.seconds for one in heard.speech)
        sure = mean(words) if words else 0.0
        rate = len(words) / speech if speech else 0.0
        told = "doubtful" if sure < UNCLEAR or rate < SPARSE else "taken for English"
        print(f"{file.name:40} {sure:.3f}  {rate:.2f} words/s of {speech:.0f} s  {told}")


if __name__ == "__main__":
    main()
