"""The training of the pronunciation head on made-up features, and the cutting of sounds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.train_pronunciation import Corpus, Pieces, crops, fitted, folds, other_channel
from pipeline.adapters.audio import RATE
from pipeline.adapters.whisper_head import SHORTEST, WINDOW, Head, pieces, trimmed
from tests import sounds

SPEAKERS, EACH, SIZE = 60, 6, 40
GOOD, MICROPHONE = 0, 1
"""Features: what experts hear, and what another microphone changes."""


def corpus() -> Corpus:
    draw = np.random.default_rng(1)
    speaker = np.repeat(np.arange(SPEAKERS), EACH)
    accuracy = draw.uniform(2, 10, SPEAKERS)[speaker]
    owner = np.repeat(np.arange(len(speaker)), 2)

    def heard(microphone: float) -> Pieces:
        x = draw.standard_normal((len(owner), SIZE))
        x[:, GOOD] = accuracy[owner] + 0.3 * x[:, GOOD]
        x[:, MICROPHONE] += microphone * draw.standard_normal(len(owner))
        return Pieces(x, owner)

    names = tuple(str(n) for n in range(len(speaker)))
    return Corpus(heard(0.0), heard(30.0), heard(0.0), accuracy, speaker, names)


EVERYBODY = np.ones(SPEAKERS * EACH, dtype=bool)


def test_the_head_hears_what_experts_hear() -> None:
    data = corpus()
    head, guess = fitted(data, EVERYBODY)
    judged = data.accuracy[data.cut.owner]
    assert np.corrcoef(guess, judged)[0, 1] > 0.9
    assert np.corrcoef(head.scores(data.cut.x), judged)[0, 1] > 0.9
    assert np.all((head.speaker_error > 0) & (head.speaker_error < 1.5))
    assert np.all(np.diff(head.error_at) > 0)


def test_the_microphone_does_not_count() -> None:
    head, _ = fitted(corpus(), EVERYBODY)
    assert abs(head.weights[MICROPHONE]) < 0.02 * abs(head.weights[GOOD])


def test_unlike_sound_lies_far_away() -> None:
    data = corpus()
    head, _ = fitted(data, EVERYBODY)
    assert head.distance(data.cut.x[:40]) < head.usual
    assert head.distance(data.cut.x[:40] + 10) > 2 * head.usual


def test_nobody_is_judged_by_a_head_that_heard_them() -> None:
    data = corpus()
    fold = folds(data)
    assert len(set(fold)) == 5
    for one in range(SPEAKERS):
        assert len(set(fold[data.speaker == one])) == 1
    wrong = np.where(data.speaker == 0, 100.0, data.accuracy)
    spoilt = Corpus(data.crops, data.elsewhere, data.cut, wrong, data.speaker, data.names)
    own = (data.speaker == 0)[data.cut.owner]
    assert fitted(spoilt, EVERYBODY)[1][own].max() < 50


def test_the_same_corpus_makes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.npz", "two.npz"):
        fitted(corpus(), EVERYBODY)[0].save(tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    head = Head.load(tmp_path / "one.npz")
    assert head.weights == pytest.approx(fitted(corpus(), EVERYBODY)[0].weights, rel=1e-5)


def test_silence_at_the_ends_goes_whatever_the_gain() -> None:
    speech = sounds.noise(2.0).astype(np.float32)
    hiss = sounds.noise(1.0, level=1e-4).astype(np.float32)
    for gain in (1.0, 0.1):
        whole = np.concatenate([hiss, speech, hiss]) * np.float32(gain)
        assert len(trimmed(whole)) == pytest.approx(len(speech), abs=640)


@pytest.mark.parametrize("seconds", [0.0, 1.0, 4.0, 4.1, 30.0])
def test_pieces_are_even_and_hold_everything(seconds: float) -> None:
    sound = sounds.noise(seconds).astype(np.float32)
    cut = pieces(sound)
    assert np.array_equal(np.concatenate(cut), sound)
    assert max(len(one) for one in cut) <= WINDOW * RATE
    assert max(len(one) for one in cut) - min(len(one) for one in cut) <= 1


def test_training_pieces_have_lengths_of_all_kinds() -> None:
    lengths = [
        len(one) / RATE for one in crops(np.zeros(100 * RATE, np.float32), np.random.default_rng(1))
    ]
    assert min(lengths[:-1]) < SHORTEST + 0.5 < WINDOW - 0.5 < max(lengths) <= WINDOW


def test_another_channel_is_another_sound_of_the_same_length() -> None:
    sound = sounds.noise(2.0).astype(np.float32)
    changed = other_channel(sound, np.random.default_rng(1))
    assert changed.shape == sound.shape
    assert changed.dtype == np.float32
    assert not np.allclose(changed, sound, atol=0.01)
