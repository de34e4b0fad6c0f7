"""The real speech engines, on real speech and on what is none."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from faster_whisper.feature_extractor import FeatureExtractor

from pipeline.adapters.audio import RATE, TELEPHONE, read, sounding
from pipeline.adapters.faster_whisper import FasterWhisper
from pipeline.adapters.floor import SteadyFeatures
from pipeline.adapters.levels import FLOOR_DB
from pipeline.adapters.pyannote import PyannoteDiarizer
from pipeline.adapters.pyav import PyAv
from pipeline.adapters.segmentation import PyannoteSegmentation
from pipeline.cutting import chunks
from pipeline.ports import Transcriber
from pipeline.stages.transcribe import listen
from pipeline.values import Span
from tests import sounds
from tests.fakes.hearing import FakeTranscriber, said

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and lightning warn of their own parts


def silent(_fraction: float) -> None:
    pass


@pytest.fixture(scope="module")
def short(fixtures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return PyAv(3600).decode(fixtures / "short.ogg", tmp_path_factory.mktemp("short"), silent).path


@pytest.fixture(scope="module")
def activity() -> PyannoteSegmentation:
    return PyannoteSegmentation()


@pytest.fixture(scope="module")
def recogniser() -> FasterWhisper:
    return FasterWhisper(None)


def test_speech_is_found_in_order(activity: PyannoteSegmentation, short: Path) -> None:
    spans = activity.detect(short, silent)
    assert all(one.end <= two.start for one, two in itertools.pairwise(spans))
    assert 15 < sum(one.seconds for one in spans) < 30
    assert activity.detect(short, silent) == spans


@pytest.mark.parametrize(
    "make", [lambda: np.zeros(160_000), lambda: sounds.noise(10), lambda: sounds.music(10)],
    ids=["silence", "noise", "music"],
)  # fmt: skip
def test_no_words_are_invented_where_nobody_speaks(
    activity: PyannoteSegmentation,
    recogniser: FasterWhisper,
    tmp_path: Path,
    make: Callable[[], sounds.Samples],
) -> None:
    media = sounds.wav(tmp_path / "a.wav", make())
    sound = PyAv(60).decode(media, tmp_path, silent)
    found = listen(
        sound.path,
        sound.duration,
        "en",
        voice_activity=activity,
        transcriber=recogniser,
        progress=silent,
    )
    assert [word.text for one in found.utterances for word in one.words] == []


def test_words_come_with_times_inside_their_chunk(
    activity: PyannoteSegmentation, recogniser: FasterWhisper, short: Path
) -> None:
    pieces = chunks(activity.detect(short, silent), 30.05)
    found = recogniser.transcribe(short, pieces, "en", silent)
    words = [word for one in found.utterances for word in one.words]
    heard = " ".join(word.text.lower().strip(".,") for word in words)
    assert "lucky to live in" in heard
    assert "too many fish in the sea" in heard
    for word in words:
        assert word.start <= word.end
        assert any(piece.start <= word.start and word.end <= piece.end for piece in pieces)
        assert 0 <= word.probability <= 1
    assert recogniser.transcribe(short, pieces, "en", silent) == found


def test_borders_that_stray_by_a_frame_change_no_word(
    recogniser: FasterWhisper, short: Path
) -> None:
    sound = sounding(short)
    pieces = [Span(start=sound.start + 1.0, end=sound.start + 12.0)]
    strayed = [Span(start=one.start - 0.017, end=one.end + 0.034) for one in pieces]
    first, second = (recogniser.transcribe(short, some, "en", silent) for some in (pieces, strayed))
    assert first.utterances
    assert second == first


def test_what_no_telephone_lets_through_moves_hardly_a_border(
    activity: PyannoteSegmentation, short: Path, tmp_path: Path
) -> None:
    spectrum = np.fft.rfft(read(short))
    spectrum[np.fft.rfftfreq(len(read(short)), 1 / RATE) > TELEPHONE + 200] = 0
    narrow = sounds.wav(tmp_path / "narrow.wav", np.fft.irfft(spectrum, len(read(short))))
    wide, low = activity.detect(short, silent), activity.detect(narrow, silent)
    assert len(low) == len(wide)
    for one, other in zip(wide, low, strict=True):
        assert other.start == pytest.approx(one.start, abs=0.05)
        assert other.end == pytest.approx(one.end, abs=0.05)


def test_the_recogniser_hears_neither_16_bit_steps_nor_what_codecs_leave_out() -> None:
    steady, own = SteadyFeatures(), FeatureExtractor()
    speech = 0.1 * sounds.music(4.0)
    steps = 10 ** ((FLOOR_DB - 20) / 20) * sounds.noise(4.0, level=1.0)
    time = np.arange(len(speech)) / RATE
    hiss_of_s = 0.01 * np.sin(2 * np.pi * 7_500 * time)
    for added in (steps, hiss_of_s):
        moved, would = (
            float(
                np.abs(
                    features((speech + added).astype(np.float32))
                    - features(speech.astype(np.float32))
                ).mean()
            )
            for features in (steady, own)
        )
        assert moved < 0.01 < would / 3


class TestTranscriber:
    """What the stage relies on, of the real recogniser and of the fake."""

    @pytest.fixture(params=["fake", "faster-whisper"])
    def any_transcriber(
        self, request: pytest.FixtureRequest, recogniser: FasterWhisper
    ) -> Transcriber:
        if request.param == "fake":
            return FakeTranscriber([(said("you are lucky", 1.0), said("too many fish", 14.0))])
        return recogniser

    def test_words_lie_in_the_chunks_in_order(
        self, any_transcriber: Transcriber, short: Path
    ) -> None:
        pieces = (Span(start=0.5, end=10.0), Span(start=12.0, end=20.0))
        told: list[float] = []
        found = any_transcriber.transcribe(short, pieces, "en", told.append)
        words = [word for one in found.utterances for word in one.words]
        assert words
        assert [word.start for word in words] == sorted(word.start for word in words)
        for word in words:
            assert word.text == word.text.strip() != ""
            assert any(one.start <= word.start <= word.end <= one.end for one in pieces)
            assert 0 <= word.probability <= 1
        assert found.language == "en"
        assert told == sorted(told)
        assert told[-1] == 1.0
        assert any_transcriber.engine

    def test_no_chunks_hold_no_words(self, any_transcriber: Transcriber, short: Path) -> None:
        assert any_transcriber.transcribe(short, (), "en", silent).utterances == ()


def test_the_engine_is_named_by_what_lies_in_the_folder(tmp_path: Path) -> None:
    named = []
    for parent, weights in (("a", b"1234"), ("b", b"5678"), ("c", b"1234")):
        folder = tmp_path / parent / "model"
        folder.mkdir(parents=True)
        (folder / "config.json").write_text("{}")
        (folder / "model.bin").write_bytes(weights)
        named.append(FasterWhisper(str(folder)).engine)
    assert named[0] != named[1]
    assert named[0] == named[2]
    assert "org/model" in FasterWhisper("org/model").engine


def test_two_speakers_are_told_apart(short: Path, tmp_path: Path) -> None:
    diarizer = PyannoteDiarizer()
    found = diarizer.diarize(short, None, silent)
    labels = {one.label for one in found.turns}
    assert len(labels) == 2
    assert set(found.voices) == labels
    assert all(0 <= one.start < one.end <= 30.1 for one in found.turns)
    first = min(found.turns, key=lambda one: one.start).label
    samples = sounds.samples_of(short)
    # By the reference the first five seconds are one speaker, seconds 6.5 to 10 the other.
    voice = np.array(diarizer.voice(sounds.wav(tmp_path / "v.wav", samples[: 5 * 16_000])))
    like = {
        label: float(voice @ vector / np.linalg.norm(voice) / np.linalg.norm(vector))
        for label, vector in found.voices.items()
    }
    assert max(like, key=lambda label: like[label]) == first
    assert like[first] - min(like.values()) > 0.2
