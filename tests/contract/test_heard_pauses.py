"""What the real detector and recogniser make of pauses, as the fluency stage counts them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.adapters.faster_whisper import FasterWhisper
from pipeline.adapters.pyav import PyAv
from pipeline.adapters.segmentation import PyannoteSegmentation
from pipeline.disfluency import bare
from pipeline.stages.transcribe import listen
from pipeline.timing import pauses
from pipeline.values import Transcript, Word
from tests import sounds
from tests.factories import segment

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and lightning warn of their own parts

RATE = 16_000
BORDERS = {4.84: "nervously", 13.765: "road", 23.565: "there"}
"""Seconds in `short.ogg` where one word of a sentence ends and the next begins."""
SILENCE = 1.0
NEAR = 0.15


def silent(_fraction: float) -> None:
    pass


def heard(media: Path, folder: Path) -> Transcript:
    sound = PyAv(60).decode(media, folder, silent)
    return listen(
        sound.path,
        sound.duration,
        "en",
        voice_activity=PyannoteSegmentation(),
        transcriber=FasterWhisper(None),
        progress=silent,
    )


def words(found: Transcript) -> list[Word]:
    return [word for one in found.utterances for word in one.words]


def test_silence_between_two_words_is_found_where_it_is(fixtures: Path, tmp_path: Path) -> None:
    whole = sounds.samples_of(PyAv(60).decode(fixtures / "short.ogg", tmp_path, silent).path)
    parts = np.split(whole, [round(at * RATE) for at in BORDERS])
    gap = np.zeros(round(SILENCE * RATE), whole.dtype)
    halting = np.concatenate([parts[0], *(piece for part in parts[1:] for piece in (gap, part))])
    found = heard(sounds.wav(tmp_path / "halting.wav", halting), tmp_path)
    said = segment(*words(found))
    places = pauses(said, found.speech, ())
    for number, (at, word) in enumerate(BORDERS.items()):
        start = at + number * SILENCE
        (place,) = (one for one in places if abs(one.start - start) <= NEAR)
        assert abs(place.end - start - SILENCE) <= NEAR
        assert bare(said.words[place.after].text) == word
