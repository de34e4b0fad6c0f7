"""Filled pauses by their sound: a voice that holds one pitch and one vowel (Goto, Itou & Hayamizu 1999)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.adapters.audio import RATE, read
from pipeline.values import Span

Numbers = npt.NDArray[np.float64]

HOP = RATE // 100
"""Samples between two looks: 10 ms."""
FRAME = RATE * 4 // 100
"""Samples of one look: 40 ms hold three periods of the lowest voice."""
LOOK_BACK = 3
"""Looks between the two that are compared: within 30 ms a syllable's vowel and consonant differ."""
BANDS = 24
LOWEST, HIGHEST = 100.0, 4000.0
"""Hz of the bands: where vowels differ."""
DEEPEST, SHRILLEST = 70.0, 400.0
"""Hz of voices, men's to children's."""
VOICED = 0.6
"""Autocorrelation at the pitch period from which on a sound is a voice; .75 changed nothing."""
SAME_PITCH, DRIFT_OF_PITCH = 1.0, 1.5
"""Semitones of change in 30 and in 150 ms."""
SAME_VOWEL, DRIFT_OF_VOWEL = 2.5, 3.0
"""Mean change of the bands in 30 and in 150 ms, dB, the level left out. Of some 900 words of learners and natives that
were surely heard 0.3 % hold still so long, 1.2 % without the drift; of 64 “uh”, “um” and “er” of a synthesiser 91 %."""
DRIFT = 15
"""Looks over which a slow glide from one vowel to another shows."""
SHORTEST = 0.2
"""Seconds of steady voice; filled pauses last .2 to .8 s, few vowels of running talk do."""
SHARE = 0.5
"""Of the stretch that must be steady: more is a word with a drawn-out vowel. In 32 minutes of read speech, where
hardly anybody says “uh”, 1 of the 388 voices without a word is taken for one."""


class SteadyVoice:
    """Looks at pitch and timbre every 10 ms."""

    engine = f"steady voice {SAME_VOWEL:g}dB {SHORTEST:g}s"

    def find(self, audio: Path, gaps: Sequence[Span]) -> tuple[Span, ...]:
        """Gaps shorter than SHORTEST are not read."""
        found = []
        for gap in gaps:
            if gap.seconds < SHORTEST:
                continue
            run = _longest(read(audio, gap.start, gap.end))
            if run is not None and run.seconds >= max(SHORTEST, SHARE * gap.seconds):
                found.append(
                    Span(start=round(gap.start + run.start, 3), end=round(gap.start + run.end, 3))
                )
        return tuple(found)


def _longest(sound: npt.NDArray[np.float32]) -> Span | None:
    """The longest steady run, in seconds from the sound's start."""
    steady = _steady(sound)
    borders = [0, *(np.flatnonzero(np.diff(steady)) + 1).tolist(), len(steady)]
    runs = [(a, b) for a, b in pairwise(borders) if b > a and steady[a]]
    if not runs:
        return None
    first, last = max(runs, key=lambda run: (run[1] - run[0], -run[0]))
    # From the middle of the earliest look to the end of the last.
    return Span(start=first * HOP / RATE, end=((last + LOOK_BACK) * HOP + FRAME // 2) / RATE)


def _steady(sound: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """One value a look: whether it is a voice like that of 30 ms before."""
    if len(sound) < FRAME + LOOK_BACK * HOP:
        return np.zeros(0, dtype=bool)
    frames = np.lib.stride_tricks.sliding_window_view(sound, FRAME)[::HOP].astype(np.float64)
    spectra = np.abs(np.fft.rfft((frames - frames.mean(1, keepdims=True)) * WINDOW, SIZE)) ** 2
    bands = 10 * np.log10(spectra @ FILTERS + 1e-9)
    bands -= bands.mean(1, keepdims=True)
    period, voice = _pitch(spectra)
    held = (
        (np.minimum(voice[LOOK_BACK:], voice[:-LOOK_BACK]) >= VOICED)
        & (_vowel_change(bands, LOOK_BACK) <= SAME_VOWEL)
        & (_pitch_change(period, LOOK_BACK) <= SAME_PITCH)
    )
    drifting = (_vowel_change(bands, DRIFT) > DRIFT_OF_VOWEL) | (
        _pitch_change(period, DRIFT) > DRIFT_OF_PITCH
    )
    # A run ends where it has drifted from its own sound, not from what came before it.
    length = DRIFT - LOOK_BACK
    for look in np.flatnonzero(drifting) + length:
        if held[look - length : look].all():
            held[look] = False
    return held


def _vowel_change(bands: Numbers, looks: int) -> Numbers:
    change: Numbers = np.abs(bands[looks:] - bands[:-looks]).mean(1)
    return change


def _pitch_change(period: Numbers, looks: int) -> Numbers:
    """Semitones; by an octave a pitch tracker slips, no voice goes."""
    semitones: Numbers = 12 * np.abs(np.log2(period[looks:] / period[:-looks]))
    return np.minimum(semitones, np.abs(semitones - 12))


def _pitch(spectra: Numbers) -> tuple[Numbers, Numbers]:
    """Period in samples, and how periodic, by autocorrelation less the window's own (Boersma 1993)."""
    correlation = np.fft.irfft(spectra)[:, : RATE // int(DEEPEST)]
    energy = np.maximum(correlation[:, :1], 1e-12)
    own = np.fft.irfft(np.abs(np.fft.rfft(WINDOW, SIZE)) ** 2)[: correlation.shape[1]]
    correlation = correlation / energy / (own / own[0])
    first = RATE // int(SHRILLEST)
    best = correlation[:, first:].argmax(1) + first
    return best.astype(np.float64), correlation[np.arange(len(best)), best]


def _filters() -> Numbers:
    """Triangles of equal width on the mel scale, shape (frequencies, bands)."""
    lowest, highest = (2595 * np.log10(1 + f / 700) for f in (LOWEST, HIGHEST))
    edges = np.linspace(lowest, highest, BANDS + 2)
    edges = 700 * (10 ** (edges / 2595) - 1)
    at = np.fft.rfftfreq(SIZE, 1 / RATE)[:, None]
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    filters: Numbers = np.minimum((at - low) / (middle - low), (high - at) / (high - middle))
    return np.clip(filters, 0, None)


SIZE = 2048
"""Points of the Fourier transform: more than twice a look, so that the autocorrelation does not wrap."""
WINDOW = np.hanning(FRAME)
FILTERS = _filters()
