"""Media files to 16 kHz mono FLAC by PyAV (FFmpeg's libraries), streamed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.adapters.audio import RATE
from pipeline.adapters.levels import TARGET_DB, Levels
from pipeline.adapters.ogg import breaks_off
from pipeline.adapters.wav import promised_seconds
from pipeline.errors import PermanentError
from pipeline.heard import DecodedAudio
from pipeline.ports import Progress

PLAYLISTS = (b"#EXTM3U", b"ffconcat", b"[playlist]", b"<?xml", b"<MPD", b"<smil", b"<ASX", b"v=0")
DEMUXERS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,eac3,flac,flv,gsm,loas,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mp3,"
    "mpeg,mpegts,mpegvideo,ogg,opus,tta,w64,wav,wv"
)
"""Containers that hold sound themselves. Playlists, image lists and scripts, which name other files
or addresses, are not among them."""

ROUNDING = 1.0
"""Seconds: more than any container's or codec's rounding of a length, and less than can hold a sentence."""

Samples = npt.NDArray[np.float32]


class PyAv:
    """Decodes twice: once to measure, once to write; memory does not grow with the length."""

    def __init__(self, max_seconds: float) -> None:
        """Refuse recordings longer than `max_seconds`."""
        self._max_seconds = max_seconds

    @property
    def engine(self) -> str:
        """PyAV and the level it aims at."""
        return f"pyav {version('av')} {TARGET_DB:g}dB"

    def decode(self, media: Path, into: Path, progress: Progress) -> DecodedAudio:
        """Write `mono.flac`, and `ch0.flac`, `ch1.flac` for a call with one speaker a channel."""
        _refuse_what_is_no_media(media)
        source = _Source(media, self._max_seconds)
        levels = Levels()
        for block in source.blocks():
            levels.add(block)
            progress(0.5 * source.share_read)
        if levels.samples == 0:
            raise PermanentError(
                "The file's sound track is empty or cannot be read.",
                code="no-audio",
                advice="Play the file to check it, export it again and upload that.",
            )
        gain_db = levels.gain_db
        apart = levels.speakers_apart
        names = ["mono", *(["ch0", "ch1"] if apart else [])]
        paths = [into / f"{name}.flac" for name in names]
        self._write(source, paths, 10 ** (gain_db / 20), progress)
        return DecodedAudio(
            path=paths[0],
            duration=round(levels.samples / RATE, 3),
            sample_rate=source.rate,
            channels=source.channels,
            codec=source.codec,
            gain_db=round(gain_db, 2),
            peak=round(levels.peak, 4),
            truncated=source.broken,
            channel_paths=tuple(paths[1:]),
        )

    @staticmethod
    def _write(source: _Source, paths: list[Path], gain: float, progress: Progress) -> None:
        writers = [_FlacWriter(path) for path in paths]
        try:
            for block in source.blocks():
                for writer, samples in zip(writers, (block.mean(axis=0), *block), strict=False):
                    writer.write(samples * np.float32(gain))
                progress(0.5 + 0.5 * source.share_read)
        finally:
            for writer in writers:
                writer.close()


def _refuse_what_is_no_media(media: Path) -> None:
    with media.open("rb") as file:
        head = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head:
        raise PermanentError(
            "The file is empty.",
            code="empty-file",
            advice="Record or export it again and upload that.",
        )
    if head.startswith(PLAYLISTS):
        raise PermanentError(
            "The file is a playlist or a description of media, not a recording.",
            code="playlist",
            advice="Upload the recording itself.",
        )


@dataclass
class _Source:
    """A media file's first sound track, as blocks of 16 kHz float samples, one row a channel."""

    media: Path
    max_seconds: float
    rate: int = 0
    channels: int = 0
    codec: str = ""
    broken: bool = False
    share_read: float = 0.0

    def blocks(self) -> Iterator[Samples]:
        """Decode from the start; damaged packets are left out and marked by `broken`."""
        import av

        try:
            container = av.open(
                str(self.media),
                options={"format_whitelist": DEMUXERS, "protocol_whitelist": "file"},
                metadata_errors="replace",
            )
        except (av.error.FFmpegError, ValueError) as error:
            raise PermanentError(
                "The file is not a recording that can be read, or it was cut off before its index.",
                code="not-media",
                advice="Play the file to check it, export it as MP3, M4A or WAV and upload that.",
            ) from error
        with container:
            if not container.streams.audio:
                raise PermanentError(
                    "The file holds no sound track.",
                    code="no-audio",
                    advice="Record again with the microphone on.",
                )
            yield from self._decoded(av, container)

    def _decoded(self, av: Any, container: Any) -> Iterator[Samples]:  # noqa: ANN401 - PyAV ships no types here
        stream = container.streams.audio[0]
        stream.thread_count = 1
        context = stream.codec_context
        self.rate, self.channels = context.sample_rate or 0, context.channels or 0
        self.codec = context.name
        expected = container.duration / av.time_base if container.duration else None
        # Counted in samples: seconds added up frame by frame stray, and ten hours were over ten hours.
        samples, seconds, resampler = 0, 0.0, None
        for frame in self._frames(av, container, stream):
            if resampler is None:
                self.rate, self.channels = frame.sample_rate, len(frame.layout.channels)
                resampler = av.AudioResampler(format="flt", layout=frame.layout, rate=RATE)
            elif frame.sample_rate != self.rate or len(frame.layout.channels) != self.channels:
                self.broken = True
                break
            samples += frame.samples
            seconds = samples / self.rate
            self._refuse_too_long(seconds)
            if expected:
                self.share_read = min(1.0, seconds / expected)
            yield from (self._rows(one) for one in resampler.resample(frame))
        if resampler is not None:
            yield from (self._rows(one) for one in resampler.resample(None))
        whole = max(expected or 0.0, promised_seconds(self.media) or 0.0)
        if whole - seconds > max(ROUNDING, 0.02 * whole) or breaks_off(self.media):
            self.broken = True

    def _rows(self, frame: Any) -> Samples:  # noqa: ANN401 - PyAV ships no types here
        # Interleaved on purpose: PyAV 18 crashes on planar frames of eight channels.
        samples: Samples = frame.to_ndarray().reshape(-1, self.channels).T
        return samples

    def _frames(self, av: Any, container: Any, stream: Any) -> Iterator[Any]:  # noqa: ANN401 - the same
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.error.FFmpegError:
                self.broken = True
                return
            try:
                yield from packet.decode()
            except av.error.FFmpegError:
                self.broken = True

    def _refuse_too_long(self, seconds: float) -> None:
        if seconds > self.max_seconds + ROUNDING:
            raise PermanentError(
                f"The recording is longer than {self.max_seconds / 3600:g} hours.",
                code="too-long",
                advice="Cut it into parts and upload each as a conversation.",
            )


class _FlacWriter:
    """One mono 16 kHz FLAC file."""

    def __init__(self, path: Path) -> None:
        import av

        self._av = av
        self._container = av.open(str(path), "w", format="flac")
        self._stream = self._container.add_stream("flac", rate=RATE, layout="mono")
        self._stream.codec_context.format = "s16"

    def write(self, samples: Samples) -> None:
        """Append samples, clipped to full scale."""
        whole = np.clip(np.rint(samples * 32767), -32768, 32767).astype(np.int16)
        frame = self._av.AudioFrame.from_ndarray(whole[np.newaxis], format="s16", layout="mono")
        frame.sample_rate = RATE
        for packet in self._stream.encode(frame):
            self._container.mux(packet)

    def close(self) -> None:
        """Write what is left, and the header's length."""
        for packet in self._stream.encode(None):
            self._container.mux(packet)
        self._container.close()
