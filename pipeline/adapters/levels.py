"""How loud a recording is, and whether its channels hold one speaker each."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from pipeline.adapters.audio import RATE

FRAME = RATE // 10
"""Levels are taken over a tenth of a second: shorter than a syllable pair, longer than a pitch period."""
TARGET_DB = -20.0
"""RMS of the active frames after normalisation, dB below full scale: speech peaks some 15 dB above its
RMS, so hardly a sample clips."""
ACTIVE_BELOW_LOUD_DB = 25.0
"""A frame this much below the loud ones is background; speech spans about 30 dB. Relative, so that the
gain of the upload does not matter."""
SILENCE_DB = -75.0
"""Quieter than this is the noise of 16-bit steps: left as it is."""
APART_CORRELATION = 0.3
"""Two microphones in one room correlate far more than two ends of a telephone line."""
APART_EXCLUSIVE = 0.8
"""Share of active frames in which only one side of a call may talk."""
APART_SHARE = 0.05
"""Each side must hold this share of the active frames, else a channel is merely silent."""
FLOOR_DB = -53.0
"""dB below full scale, as white noise of that level would have, 33 below speech: 17 above the 16-bit steps of an upload that
is 20 dB too soft. The recogniser looks at the logarithm of the sound, where the last bit of what is nearly silent counts
as much as speech. Of 1,012 words of four conversations, by which it was chosen, 1 is heard otherwise when the sound is so soft,
34 with -57 and 14 with -50; of the words of ten .452 are wrong, .448 with -57. As a floor and not as noise: noise falls
otherwise on each word as soon as its first sample lies elsewhere."""

Samples = npt.NDArray[np.float32]


@dataclass
class Levels:
    """Level of every tenth of a second, and how the first two channels go together."""

    samples: int = 0
    peak: float = 0.0
    _mono: list[float] = field(default_factory=list)
    _sides: list[tuple[float, float]] = field(default_factory=list)
    _across: float = 0.0
    _left: float = 0.0
    _right: float = 0.0
    _rest: Samples | None = None

    def add(self, block: Samples) -> None:
        """Take in one block."""
        self.samples += block.shape[1]
        self.peak = max(self.peak, float(np.abs(block).max(initial=0.0)))
        joined = block if self._rest is None else np.concatenate([self._rest, block], axis=1)
        whole = joined.shape[1] // FRAME * FRAME
        self._rest = joined[:, whole:]
        frames = joined[:, :whole].reshape(joined.shape[0], -1, FRAME)
        self._mono += np.sqrt((frames.mean(axis=0) ** 2).mean(axis=1)).tolist()
        if frames.shape[0] == 2:  # noqa: PLR2004 - two channels, the only case in which a call is told
            left, right = frames
            self._across += float((left * right).sum())
            self._left += float((left**2).sum())
            self._right += float((right**2).sum())
            self._sides += np.sqrt((frames**2).mean(axis=2)).T.tolist()

    @property
    def gain_db(self) -> float:
        """What brings the active frames to the target; 0 for silence."""
        levels = np.array(self._mono) if self._mono else np.array([self.peak])
        active = levels[levels >= _gate(levels)]
        level = 20 * np.log10(max(float(np.sqrt((active**2).mean())), 1e-9))
        return 0.0 if level < SILENCE_DB else TARGET_DB - float(level)

    @property
    def speakers_apart(self) -> bool:
        """Whether each of two channels carries its own speaker."""
        if not self._sides:
            return False
        power = self._left * self._right
        if power <= 0 or abs(self._across) / np.sqrt(power) > APART_CORRELATION:
            return False
        sides = np.array(self._sides)
        active = np.stack([side >= max(_gate(side), 10 ** (SILENCE_DB / 20)) for side in sides.T])
        some, both = active.any(axis=0).sum(), active.all(axis=0).sum()
        return bool(
            (some - both) / some >= APART_EXCLUSIVE
            and (active.sum(axis=1) / some).min() >= APART_SHARE
        )


def _gate(levels: npt.NDArray[np.float64]) -> float:
    """Loud is the mean power weighted by power: silence has no weight, so more of it changes nothing."""
    power = levels**2
    loud = float((power**2).sum() / max(float(power.sum()), 1e-30))
    return float(np.sqrt(loud)) * 10 ** (-ACTIVE_BELOW_LOUD_DB / 20)
