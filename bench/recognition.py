"""Word error rate on recordings with reference words: `python -m bench.recognition --data FOLDER`.

The folder holds `NAME.flac` and `all.stm` (name, channel, speaker, start, end, words). Both sides go
through Whisper's English normaliser. CPU seconds are this process's own.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from pathlib import Path

import jiwer
from transformers.models.whisper.english_normalizer import EnglishTextNormalizer

from config.settings import settings
from pipeline.adapters.faster_whisper import FasterWhisper
from pipeline.adapters.pyav import PyAv
from pipeline.adapters.segmentation import PyannoteSegmentation
from pipeline.stages.transcribe import listen


def reference(stm: Path, name: str) -> str:
    """The reference words of one recording, in order of time."""
    rows = [line.split(maxsplit=5) for line in stm.read_text().splitlines()]
    return " ".join(row[5] for row in sorted(rows, key=lambda r: float(r[3])) if row[0] == name)


def cpu_seconds() -> float:
    """User and system time of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Print a line a recording and the pooled rate."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--names", nargs="*")
    options = parser.parse_args()
    normal = EnglishTextNormalizer({})  # type: ignore[no-untyped-call]  # untyped library
    speech = settings().speech
    activity = PyannoteSegmentation()
    recogniser = FasterWhisper(
        speech.recogniser, device=speech.device, compute_type=speech.compute_type
    )
    references, hypotheses = [], []
    names = options.names or sorted(one.stem for one in options.data.glob("*.flac"))
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            sound = PyAv(36_000).decode(options.data / f"{name}.flac", Path(folder), print_nothing)
            started = cpu_seconds()
            transcript = listen(
                sound.path,
                sound.duration,
                "en",
                voice_activity=activity,
                transcriber=recogniser,
                progress=print_nothing,
            )
            cost = (cpu_seconds() - started) / sound.duration
        heard = " ".join(word.text for one in transcript.utterances for word in one.words)
        references.append(normal(reference(options.data / "all.stm", name)))
        hypotheses.append(normal(heard))
        rate = jiwer.wer(references[-1], hypotheses[-1])
        print(f"{name}  WER {100 * rate:5.1f} %  CPU {cost:.3f} s per audio second", flush=True)
    print(f"pooled  WER {100 * jiwer.wer(references, hypotheses):5.1f} %")


def print_nothing(_fraction: float) -> None:
    """No progress is shown."""


if __name__ == "__main__":
    main()
