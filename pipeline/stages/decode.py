"""Decode: any audio or video to the sound alone."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipeline.heard import DecodedAudio
from pipeline.ports import MediaDecoder, MediaStore
from pipeline.scratch import need, scratch
from pipeline.stage import Context, stage
from pipeline.values import Notice, Recording, Upload

GROWTH = 12
"""Bytes of sound from a byte of upload at most, about: speech at 32 kbit/s becomes FLAC of some 128, three
times where each of two speakers has a channel of their own."""
MOST_SOUND = 2 * 1024**3
"""Bytes: three such files of the longest recording that is analysed, ten hours."""


@stage(version=4, resource="io")
def decode(
    upload: Upload, *, media: MediaStore, decoder: MediaDecoder, context: Context
) -> Recording:
    """Store the upload's sound as 16 kHz mono FLAC under `derived/`, where no upload is looked for."""
    need(upload.size + min(GROWTH * upload.size, MOST_SOUND))
    with media.fetch(upload.key, upload.etag) as source, scratch() as folder:
        sha256 = _sha256(source)
        sound = decoder.decode(source, folder, context.progress)
        stem = f"derived/{context.conversation_id}/{sha256}"
        key = f"{stem}.flac"
        media.store(key, sound.path)
        channel_keys = [f"{stem}.ch{n}.flac" for n in range(len(sound.channel_paths))]
        for channel_key, path in zip(channel_keys, sound.channel_paths, strict=True):
            media.store(channel_key, path)
    return Recording(
        key=key,
        sha256=sha256,
        duration=sound.duration,
        sample_rate=sound.sample_rate,
        channels=sound.channels,
        codec=sound.codec,
        gain_db=sound.gain_db,
        channel_keys=tuple(channel_keys),
        notices=_notices(sound),
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _notices(sound: DecodedAudio) -> tuple[Notice, ...]:
    notices = []
    if sound.truncated:
        notices.append(
            Notice(
                code="truncated",
                message="The file is damaged or breaks off; what could be read was analysed.",
            )
        )
    if sound.sample_rate and sound.sample_rate < 16_000:  # noqa: PLR2004 - narrower than what the models were trained on
        notices.append(
            Notice(
                code="narrow-band",
                message=f"The sound has telephone quality ({sound.sample_rate} Hz): "
                "words and pronunciation are less certain.",
            )
        )
    return tuple(notices)
