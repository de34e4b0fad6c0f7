from __future__ import annotations

import numpy as np
import pytest

from pipeline.adapters.second_look import (
    APART,
    Sound,
    grouped,
    lopsided,
    parted,
    two_people,
    wanted,
)
from pipeline.values import Turn

RATE = 16_000
RANDOM = np.random.default_rng(3)


def turn(start: float, end: float, label: str = "A") -> Turn:
    return Turn(label=label, start=start, end=end)


def sound(*levels: tuple[float, float]) -> Sound:
    """Stretches of (seconds, level): the level stands for the voice."""
    samples = np.concatenate([np.full(round(s * RATE), x, np.float32) for s, x in levels])
    return lambda one: samples[round(one.start * RATE) : round(one.end * RATE)]


def vector(samples: np.ndarray[tuple[int], np.dtype[np.float32]]) -> np.ndarray[tuple[int], np.dtype[np.float32]]:  # fmt: skip
    """Two axes: how much of the first voice, how much of the second; a little noise."""
    second = float((samples > 0).mean())
    return (np.array([1 - second, second]) + RANDOM.normal(0, 0.02, 2)).astype(np.float32)


@pytest.mark.parametrize(
    ("turns", "speakers", "answer"),
    [
        ([], None, False),
        ([turn(0, 9)], None, True),
        ([turn(0, 9)], 2, True),
        ([turn(0, 9)], 1, False),
        ([turn(0, 9)], 3, False),
        ([turn(0, 9), turn(9, 10, "B")], None, True),
        ([turn(0, 7), turn(7, 10, "B")], None, True),
        ([turn(0, 7), turn(7, 10, "B")], 3, False),
        ([turn(0, 9), turn(9, 9.5, "B"), turn(9.5, 10, "C")], None, False),
    ],
)
def test_it_is_taken_where_two_people_were_found_at_most(
    turns: list[Turn],
    speakers: int | None,
    answer: bool,  # noqa: FBT001 - the expected answer
) -> None:
    assert wanted(turns, speakers) is answer


def test_two_voices_taken_for_one_are_parted_where_they_change() -> None:
    samples = sound((9, -1.0), (9, 1.0), (2, 0.0), (4, -1.0))
    found = parted(samples, [turn(0, 18), turn(20, 24)], vector)
    assert found is not None
    first, second, third = found.turns
    assert first.label == third.label != second.label
    assert (first.start, second.end) == (0, 18)
    assert first.end == second.start == pytest.approx(9, abs=0.5)
    assert (third.start, third.end) == (20, 24)
    assert set(found.voices) == {first.label, second.label}


def test_a_second_person_with_next_to_nothing_may_be_scraps() -> None:
    assert lopsided([turn(0, 9)])
    assert lopsided([turn(0, 9), turn(9, 10, "B")])
    assert not lopsided([turn(0, 7), turn(7, 10, "B")])


def test_a_mix_up_within_two_voices_is_put_right_and_both_keep_where_they_talk_at_once() -> None:
    samples = sound((9, -1.0), (9, 1.0), (9, -1.0))
    # The first look takes three seconds of the second voice for the first, and hears both from 20 to 21 s.
    heard = [turn(0, 12), turn(12, 21, "B"), turn(20, 27)]
    found = parted(samples, heard, vector)
    assert found is not None
    first = found.turns[0].label
    own = [(one.start, one.end) for one in found.turns if one.label == first]
    other = [(one.start, one.end) for one in found.turns if one.label != first]
    assert own == [(0, pytest.approx(9, abs=0.5)), (pytest.approx(18, abs=0.5), 27)]
    assert other == [(pytest.approx(9, abs=0.5), pytest.approx(18, abs=0.5)), (20, 21)]


def test_one_voice_stays_one_unless_two_are_certain() -> None:
    def alone(samples: object) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        del samples
        made: np.ndarray[tuple[int], np.dtype[np.float32]] = np.zeros(32, np.float32)
        made[0] = 1.0
        return made + RANDOM.normal(0, 0.1, 32).astype(np.float32)

    samples = sound((20, -1.0))
    assert parted(samples, [turn(0, 20)], alone) is None
    assert parted(samples, [turn(0, 20)], alone, certain=True) is not None


def test_too_little_speech_is_left_as_it_is() -> None:
    assert parted(sound((2, -1.0), (2, 1.0)), [turn(0, 4)], vector) is None
    assert parted(sound((7, -1.0), (7, 1.0)), [turn(0, 14)], vector) is None


def test_vectors_that_are_all_one_are_one_group() -> None:
    with pytest.warns(UserWarning, match="distinct clusters"):
        _, distance = grouped(np.tile(np.eye(1, 8, dtype=np.float32), (20, 1)))
    assert distance == 0


def test_the_distance_is_that_of_the_centres_of_the_groups() -> None:
    # Two groups around directions of 60 degrees, cosine one half.
    one, two = np.array([1, 0]), np.array([0.5, np.sqrt(0.75)])
    groups, distance = grouped(np.stack([one] * 10 + [two] * 5).astype(np.float32))
    assert sorted(np.bincount(groups).tolist()) == [5, 10]
    assert distance == pytest.approx(0.5)


def test_fewer_vectors_must_lie_further_apart() -> None:
    # k-means finds two groups in anything: the fewer vectors, the further apart by chance.
    assert two_people(30) > two_people(45) > two_people(400) == two_people(4000) == APART
