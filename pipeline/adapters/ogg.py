"""Whether an Ogg file (RFC 3533) has its end; FFmpeg takes any page for the last one."""

from __future__ import annotations

from pathlib import Path

PAGE = 65_307
"""Bytes of the longest page."""
HEADER = 27
LAST = 0x04
"""The flag of the last page of a stream: encoders set it when they are told to stop."""


def breaks_off(media: Path) -> bool:
    """True where the file ends in the middle of a page, or after one that is not its stream's last; False for other files."""
    with media.open("rb") as file:
        if file.read(4) != b"OggS":
            return False
        file.seek(0, 2)
        file.seek(max(0, file.tell() - 2 * PAGE))
        tail = file.read()
    page = tail[tail.rfind(b"OggS\0") :]
    if len(page) < HEADER:
        return True
    segments = page[26]
    size = HEADER + segments + sum(page[HEADER : HEADER + segments])
    return not page[5] & LAST or len(page) < size
