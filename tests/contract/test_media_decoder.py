from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from pipeline.adapters.audio import read, sounding
from pipeline.adapters.levels import FLOOR_DB
from pipeline.adapters.pyav import PyAv
from pipeline.errors import PermanentError
from pipeline.ports import MediaDecoder
from tests import sounds
from tests.fakes.hearing import FakeDecoder
from tests.opened import watched

Make = Callable[[Path], Path]
SPEECHLIKE = sounds.noise(3) * np.repeat([1, 0.01, 1], 16_000)


@pytest.fixture
def decoder() -> PyAv:
    return PyAv(max_seconds=60)


class TestDecoder:
    """What the stage relies on, of the real decoder and of the fake."""

    @pytest.fixture(params=[FakeDecoder, lambda: PyAv(max_seconds=60)], ids=["fake", "PyAV"])
    def any_decoder(self, request: pytest.FixtureRequest) -> MediaDecoder:
        made: MediaDecoder = request.param()
        return made

    def test_the_sound_lies_in_the_folder(self, any_decoder: MediaDecoder, tmp_path: Path) -> None:
        media, into = sounds.wav(tmp_path / "a.wav", sounds.noise(2)), tmp_path / "into"
        into.mkdir()
        told: list[float] = []
        found = any_decoder.decode(media, into, told.append)
        assert found.path.parent == into
        assert found.path.stat().st_size
        assert found.duration == pytest.approx(2, abs=0.05)
        assert (found.sample_rate, found.channels, found.codec) == (16_000, 1, "pcm_s16le")
        assert not found.truncated
        assert told == sorted(told)
        assert all(0 <= one <= 1 for one in told)
        assert any_decoder.engine

    @pytest.mark.parametrize(("content", "code"), [(b"", "empty-file"), (b"no sound", "not-media")])
    def test_what_is_no_recording_is_refused(
        self, any_decoder: MediaDecoder, tmp_path: Path, content: bytes, code: str
    ) -> None:
        (tmp_path / "a.wav").write_bytes(content)
        with pytest.raises(PermanentError) as caught:
            any_decoder.decode(tmp_path / "a.wav", tmp_path, silent)
        assert caught.value.code == code


def silent(_fraction: float) -> None:
    pass


def truncated_before_index(path: Path) -> Path:
    whole = sounds.mp4(path, sounds.noise(3)).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def garbage(path: Path) -> Path:
    path.write_bytes(np.random.default_rng(2).bytes(50_000))
    return path


def text(path: Path) -> Path:
    path.write_text("This is no recording.\n" * 100)
    return path


def empty(path: Path) -> Path:
    path.touch()
    return path


@pytest.mark.parametrize(
    ("make", "name", "code"),
    [
        (empty, "a.wav", "empty-file"),
        (text, "a.wav", "not-media"),
        (garbage, "a.mp3", "not-media"),
        (sounds.m3u8, "a.m3u8", "playlist"),
        (sounds.m3u8, "a.wav", "playlist"),
        (sounds.ffconcat, "a.mp4", "playlist"),
        (truncated_before_index, "a.mp4", "not-media"),
        (sounds.header_only, "a.wav", "no-audio"),
        (lambda path: sounds.mp4(path, sounds.noise(1), picture=True, sound=False), "a.mp4", "no-audio"),
        (lambda path: sounds.wav(path, sounds.noise(62, 8000), 8000), "a.wav", "too-long"),
    ],
)  # fmt: skip
def test_what_cannot_be_analysed_is_refused_with_a_sentence_and_advice(
    decoder: PyAv, tmp_path: Path, make: Make, name: str, code: str
) -> None:
    with pytest.raises(PermanentError) as caught:
        decoder.decode(make(tmp_path / name), tmp_path, silent)
    assert caught.value.code == code
    assert caught.value.message.endswith(".")
    assert caught.value.advice.endswith(".")


def test_the_longest_recording_is_taken_with_what_its_codec_adds(
    decoder: PyAv, tmp_path: Path
) -> None:
    found = decoder.decode(sounds.mp4(tmp_path / "a.mp4", sounds.noise(60)), tmp_path, silent)
    assert 60 < found.duration < 61


@pytest.mark.parametrize("make", [sounds.m3u8, sounds.ffconcat])
@pytest.mark.parametrize("name", ["a.m3u8", "a.ffconcat", "a.mp3"])
def test_a_file_that_a_playlist_names_is_not_opened(
    decoder: PyAv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Make, name: str
) -> None:
    media = make(tmp_path / name)
    assert refused_unopened(decoder, media) == "playlist"
    # Nor where the first line tells nothing: no demuxer reads it.
    monkeypatch.setattr("pipeline.adapters.pyav.PLAYLISTS", (b"nothing like it",))
    assert refused_unopened(decoder, media) == "not-media"


def refused_unopened(decoder: PyAv, media: Path) -> str:
    with watched(sounds.named_by(media)) as opened:
        with pytest.raises(PermanentError) as caught:
            decoder.decode(media, media.parent, silent)
        assert not opened()
    return caught.value.code


def test_a_careless_reader_would_open_it(tmp_path: Path) -> None:
    media = sounds.ffconcat(tmp_path / "a.mp3")
    with watched(sounds.named_by(media)) as opened:
        av.open(str(media), format="concat", options={"safe": "0"}).close()
        assert opened(), "else the test above could not fail"


@pytest.mark.parametrize("rate", [8000, 16_000, 44_100])
@pytest.mark.parametrize("channels", [1, 2, 8])
def test_any_rate_and_any_number_of_channels_becomes_16_khz_mono(
    decoder: PyAv, tmp_path: Path, rate: int, channels: int
) -> None:
    one = sounds.noise(2, rate)
    media = sounds.wav(tmp_path / "a.wav", np.stack([one] * channels, axis=1), rate)
    found = decoder.decode(media, tmp_path, silent)
    stored = soundfile.info(str(found.path))
    assert (stored.samplerate, stored.channels, stored.format) == (16_000, 1, "FLAC")
    assert stored.duration == pytest.approx(2, abs=0.05)
    assert (found.sample_rate, found.channels) == (rate, channels)
    assert found.channel_paths == (), "the same sound on both sides is one room"


def test_a_video_gives_its_sound_whatever_its_name(decoder: PyAv, tmp_path: Path) -> None:
    media = sounds.mp4(tmp_path / "film.mp4", sounds.noise(2), picture=True)
    found = decoder.decode(media.rename(tmp_path / "film.wav"), tmp_path, silent)
    assert found.codec == "aac"
    assert found.duration == pytest.approx(2, abs=0.2)


def test_the_level_of_the_upload_does_not_matter(decoder: PyAv, tmp_path: Path) -> None:
    levels = []
    for n, gain in enumerate((0.05, 1.0)):
        folder = tmp_path / str(n)
        folder.mkdir()
        media = sounds.wav(folder / "a.wav", SPEECHLIKE * gain)
        stored, _ = soundfile.read(str(decoder.decode(media, folder, silent).path))
        levels.append(float(np.sqrt((stored[:16_000] ** 2).mean())))
    assert levels[0] == pytest.approx(levels[1], rel=0.02)
    assert 20 * np.log10(levels[1]) == pytest.approx(-20, abs=0.5)


@pytest.mark.parametrize("seconds", [0.1, 1.0, 3.0])
def test_silence_at_the_ends_changes_no_sample_of_the_sound(
    decoder: PyAv, tmp_path: Path, seconds: float
) -> None:
    heard = []
    for n, silence in enumerate((0, round(seconds * 16_000))):
        folder = tmp_path / str(n)
        folder.mkdir()
        media = sounds.wav(folder / "a.wav", np.pad(SPEECHLIKE, silence))
        stored = decoder.decode(media, folder, silent).path
        sound = sounding(stored)
        assert sound.start == pytest.approx(silence / 16_000, abs=0.01)
        heard.append(read(stored, sound.start, sound.end))
    assert np.array_equal(heard[0], heard[1])


def test_a_softer_upload_differs_by_less_than_the_floor_that_the_recogniser_hears_over(
    decoder: PyAv, tmp_path: Path
) -> None:
    heard = []
    for n, gain in enumerate((1.0, 0.1)):
        folder = tmp_path / str(n)
        folder.mkdir()
        media = sounds.wav(folder / "a.wav", SPEECHLIKE * gain)
        heard.append(read(decoder.decode(media, folder, silent).path))
    apart = float(np.sqrt(np.mean((heard[1] - heard[0]) ** 2)))
    assert 20 * np.log10(apart) < FLOOR_DB - 10


def test_silence_stays_silence(decoder: PyAv, tmp_path: Path) -> None:
    media = sounds.wav(tmp_path / "a.wav", np.zeros(32_000))
    found = decoder.decode(media, tmp_path, silent)
    assert (found.gain_db, found.peak) == (0.0, 0.0)
    assert not read(found.path).any()
    assert sounding(found.path).seconds == 0


@pytest.mark.parametrize(
    ("name", "movflags"), [("a.wav", ""), ("a.mp4", "faststart"), ("a.mp4", "frag_keyframe+empty_moov")]
)  # fmt: skip
def test_a_file_that_breaks_off_gives_what_can_be_read(
    decoder: PyAv, tmp_path: Path, name: str, movflags: str
) -> None:
    media = tmp_path / name
    if movflags:
        sounds.mp4(media, sounds.noise(10), movflags=movflags)
    else:
        sounds.wav(media, sounds.noise(10))
    whole = media.read_bytes()
    assert not decoder.decode(media, tmp_path, silent).truncated
    media.write_bytes(whole[: len(whole) // 2])
    found = decoder.decode(media, tmp_path, silent)
    assert 4 < found.duration < 6
    assert found.truncated


@pytest.mark.parametrize("size", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_wav_whose_recorder_did_not_know_its_length_does_not_break_off(
    decoder: PyAv, tmp_path: Path, size: int
) -> None:
    media = sounds.wav(tmp_path / "a.wav", sounds.noise(3))
    whole = bytearray(media.read_bytes())
    whole[40:44] = size.to_bytes(4, "little")
    media.write_bytes(whole)
    found = decoder.decode(media, tmp_path, silent)
    assert found.duration == pytest.approx(3, abs=0.05)
    assert not found.truncated


@pytest.mark.parametrize("codec", ["OPUS", "VORBIS"])
@pytest.mark.parametrize("share", [0.4, 0.97])
def test_an_ogg_file_breaks_off_wherever_its_last_page_is_missing(
    decoder: PyAv, tmp_path: Path, codec: str, share: float
) -> None:
    media = tmp_path / "a.ogg"
    soundfile.write(str(media), sounds.noise(10), 16_000, format="OGG", subtype=codec)
    assert not decoder.decode(media, tmp_path, silent).truncated
    whole = media.read_bytes()
    media.write_bytes(whole[: round(share * len(whole))])
    assert decoder.decode(media, tmp_path, silent).truncated
    media.write_bytes(whole[: whole.rfind(b"OggS")])
    assert decoder.decode(media, tmp_path, silent).truncated, "between two pages"


def test_chunks_before_a_wavs_sound_are_stepped_over(decoder: PyAv, tmp_path: Path) -> None:
    media = sounds.wav(tmp_path / "a.wav", sounds.noise(10))
    whole = media.read_bytes()
    odd = b"LIST" + (5).to_bytes(4, "little") + b"INFOx" + b"\0"
    media.write_bytes((whole[:36] + odd + whole[36:])[: len(whole) // 2])
    assert decoder.decode(media, tmp_path, silent).truncated


def test_a_call_with_one_speaker_a_channel_is_noticed(decoder: PyAv, tmp_path: Path) -> None:
    talk = np.repeat([1, 0, 1, 0, 1, 0], 16_000)
    left = sounds.noise(6) * talk
    right = np.random.default_rng(5).standard_normal(6 * 16_000) * 0.1 * (1 - talk)
    media = sounds.wav(tmp_path / "a.wav", np.stack([left, right], axis=1))
    found = decoder.decode(media, tmp_path, silent)
    assert len(found.channel_paths) == 2
    first, _ = soundfile.read(str(found.channel_paths[0]))
    assert np.abs(first[17_000:31_000]).max() < 0.01, "the other side is not in it"
