"""Sounds and broken files that tests make."""

from __future__ import annotations

import struct
import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float64]


def noise(seconds: float, rate: int = 16_000, level: float = 0.1) -> Samples:
    """White noise, always the same."""
    return level * np.random.default_rng(1).standard_normal(round(seconds * rate))


def music(seconds: float, rate: int = 16_000) -> Samples:
    """Chords that change every second."""
    time = np.arange(round(seconds * rate)) / rate
    roots = np.array([220.0, 261.6, 293.7, 196.0])[(time % 4).astype(int)]
    parts = [np.sin(2 * np.pi * roots * part * time) for part in (1, 1.25, 1.5, 2)]
    chord: Samples = 0.1 * np.sum(parts, axis=0)
    return chord


def wav(path: Path, samples: Samples, rate: int = 16_000) -> Path:
    """A 16-bit WAV file; shape (n,) or (n, channels)."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def samples_of(path: Path) -> Samples:
    """A recording as 16 kHz mono samples."""
    blocks = []
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=16_000)
        for frame in container.decode(audio=0):
            blocks += [one.to_ndarray()[0] for one in resampler.resample(frame)]
    return np.concatenate(blocks).astype(np.float64)


def mp4(
    path: Path, samples: Samples, *, picture: bool = False, sound: bool = True, movflags: str = ""
) -> Path:
    """An MP4 file with AAC sound, a picture, or both; `movflags` (FFmpeg's) say where its index goes."""
    options = {"movflags": movflags} if movflags else {}
    with av.open(str(path), "w", options=options) as out:
        video = out.add_stream("mpeg4", rate=10) if picture else None
        audio = out.add_stream("aac", rate=16_000, layout="mono") if sound else None
        if video is not None:
            _picture(out, video)
        if audio is not None:
            data = samples.astype(np.float32)[np.newaxis]
            frame = av.AudioFrame.from_ndarray(data, format="fltp", layout="mono")
            frame.sample_rate = 16_000
            frame.pts, frame.time_base = 0, Fraction(1, 16_000)
            out.mux(audio.encode(frame))
            out.mux(audio.encode(None))
    return path


def _picture(out: av.container.OutputContainer, video: av.VideoStream) -> None:
    video.width = video.height = 64
    video.pix_fmt = "yuv420p"
    for n in range(10):
        still = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
        still.pts, still.time_base = n, Fraction(1, 10)
        out.mux(video.encode(still))
    out.mux(video.encode(None))


def header_only(path: Path) -> Path:
    """A WAV header that promises sound and holds none."""
    path.write_bytes(
        b"RIFF" + struct.pack("<I", 36) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 16000, 32000, 2, 16)
        + b"data" + struct.pack("<I", 0)
    )  # fmt: skip
    return path


def named_by(playlist: Path) -> Path:
    """The file beside a playlist that it names."""
    return playlist.with_name(f"{playlist.name}.secret.wav")


def m3u8(path: Path) -> Path:
    """An HLS playlist that names a local file."""
    inside = wav(named_by(path), noise(1))
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{inside}\n#EXT-X-ENDLIST\n")
    return path


def ffconcat(path: Path) -> Path:
    """FFmpeg's own list of files."""
    inside = wav(named_by(path), noise(1))
    path.write_text(f"ffconcat version 1.0\nfile {inside}\n")
    return path


def hum(seconds: float, rate: int = 16_000) -> Samples:
    """A closed mouth that hums up and down, with a breath every three seconds."""
    time = np.arange(round(seconds * rate)) / rate
    pitch = 150 + 40 * np.sin(2 * np.pi * 0.4 * time)
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    # A nasal has its sound low: each partial at half of the one before.
    voice: Samples = 0.2 * np.sum([np.sin(n * phase) / 2**n for n in range(1, 9)], axis=0)
    voice[time % 3 >= 2.5] = 0
    return voice


def laughter(seconds: float, rate: int = 16_000) -> Samples:
    """Breathy bursts, five a second, falling in pitch, in fits of two seconds."""
    time = np.arange(round(seconds * rate)) / rate
    fit = time % 3
    phase = 2 * np.pi * np.cumsum(320 - 60 * fit) / rate
    voice: Samples = 0.1 * np.sum([np.sin(n * phase) / n for n in range(1, 12)], axis=0)
    burst = np.clip(np.sin(2 * np.pi * 5 * time), 0, None) * (fit < 2)
    laugh: Samples = (voice + noise(seconds, rate, 0.03)) * burst
    return laugh


def cut(path: Path, share: float) -> Path:
    """The same file, broken off."""
    whole = path.read_bytes()
    path.write_bytes(whole[: round(len(whole) * share)])
    return path
