"""What a WAV file's own header says of its length; FFmpeg goes by where the file ends."""

from __future__ import annotations

from pathlib import Path

STREAMED = 0x7FFF_0000
"""Sizes from here on are what recorders write before they know (`arecord` just below 2 GiB, pipes 4 GiB); true
ones are longer than three hours in stereo at 48 kHz, which are not told to break off, then."""
CHUNKS = 64
"""No more are looked at: a file of garbage has no end of them."""


def promised_seconds(media: Path) -> float | None:
    """Seconds of sound that the header announces; None for other files and where it does not say."""
    with media.open("rb") as file:
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return None
        bytes_a_second = 0
        for _ in range(CHUNKS):
            name, size = file.read(4), int.from_bytes(file.read(4), "little")
            if name == b"data":
                known = bytes_a_second and 0 < size < STREAMED
                return size / bytes_a_second if known else None
            if name == b"fmt ":
                layout = file.read(min(size, 40))
                bytes_a_second = int.from_bytes(layout[8:12], "little")
                size -= len(layout)
            # Chunks start at even places.
            file.seek(size + size % 2, 1)
    return None
