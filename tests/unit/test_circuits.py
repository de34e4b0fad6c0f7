from __future__ import annotations

from models.circuits import LONGEST_PAUSE, PAUSE, pause


def test_pauses_double_to_a_limit_with_a_quarter_of_jitter() -> None:
    assert [round(min(pause(n) for _ in range(200))) for n in (0, 1, 2, 9999)] == [
        PAUSE,
        2 * PAUSE,
        4 * PAUSE,
        LONGEST_PAUSE,
    ]
    assert max(pause(9999) for _ in range(200)) <= 1.25 * LONGEST_PAUSE
