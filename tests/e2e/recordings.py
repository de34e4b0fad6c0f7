"""What teachers upload by mistake, made from the small fixtures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests import sounds
from tests.sounds import Samples

RATE = 16_000
CLEAR = ((35.2, 43.4), (21.4, 26.4), (60.8, 64.5), (83.8, 88.0), (106.0, 114.7))
"""Seconds of `unclear.ogg` in which its second voice talks alone: 30 s with the pauses."""
WEAK = ((49.9, 60.7),)
"""The first voice."""
THIRD = ((18.1, 29.8),)
"""Seconds of `short.ogg` in which its first voice, a third one, talks alone."""


class Recordings:
    """Makes files in one folder."""

    def __init__(self, fixtures: Path, folder: Path) -> None:
        """Read the fixtures once."""
        self._folder = folder
        self._long = sounds.samples_of(fixtures / "unclear.ogg")
        self._short = sounds.samples_of(fixtures / "short.ogg")
        self._french = sounds.samples_of(fixtures / "french.ogg")

    def no_recordings(self) -> list[Path]:
        """Files that nothing can be read from."""
        empty, text = self._folder / "empty.wav", self._folder / "text.wav"
        empty.touch()
        text.write_text("no recording")
        mp4 = sounds.mp4(self._folder / "without-index.mp4", self._short[: 10 * RATE])
        film = self._folder / "mute-film.mp4"
        return [
            empty,
            text,
            sounds.cut(mp4, 0.5),
            sounds.mp4(film, np.zeros(0), picture=True, sound=False),
            sounds.m3u8(self._folder / "list.m3u8"),
            sounds.m3u8(self._folder / "renamed.mp3"),
            sounds.ffconcat(self._folder / "files.ffconcat"),
            self._folder / "missing.wav",
        ]

    def without_words(self) -> list[Path]:
        """Sound that nobody speaks in."""
        made = {
            "silence": np.zeros(10 * RATE),
            "noise": sounds.noise(10),
            "music": sounds.music(10),
            "hum": sounds.hum(12),
            "laughter": sounds.laughter(12),
            "blip": sounds.noise(0.2),
        }
        return [sounds.wav(self._folder / f"{name}.wav", one) for name, one in made.items()]

    def breaks_off(self) -> list[Path]:
        """A WAV, an MP4 with its index first, and one in fragments, each cut in the middle."""
        some = self._short[: 12 * RATE]
        first, parts = self._folder / "breaks-off.mp4", self._folder / "breaks-off-in-parts.mp4"
        made = [
            sounds.wav(self._folder / "breaks-off.wav", some),
            sounds.mp4(first, some, movflags="faststart"),
            sounds.mp4(parts, some, movflags="frag_keyframe+empty_moov"),
        ]
        return [sounds.cut(one, 0.5) for one in made]

    def odd(self) -> list[Path]:
        """Good speech, but short, in eight channels, or by telephone."""
        eight = np.stack([self._short[: 8 * RATE]] * 8, axis=1)
        return [
            sounds.wav(self._folder / "two-seconds.wav", self._short[: 2 * RATE]),
            sounds.wav(self._folder / "eight-channels.wav", eight),
            sounds.wav(self._folder / "telephone.wav", self._short[: 12 * RATE : 2], RATE // 2),
        ]

    def french(self) -> Path:
        """Another language."""
        return sounds.wav(self._folder / "french.wav", self._french)

    def monologue(self) -> Path:
        """One speaker only, enough of them to be judged."""
        return sounds.wav(self._folder / "monologue.wav", _taken(self._long, CLEAR))

    def three_speakers(self) -> Path:
        """The clear voice, then two others."""
        parts = [
            _taken(self._long, CLEAR[:4]),
            _taken(self._long, WEAK),
            _taken(self._short, THIRD),
        ]
        return sounds.wav(self._folder / "three-speakers.wav", np.concatenate(parts))


def _taken(samples: Samples, spans: Sequence[tuple[float, float]]) -> Samples:
    return np.concatenate([samples[round(a * RATE) : round(b * RATE)] for a, b in spans])
