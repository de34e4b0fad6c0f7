from __future__ import annotations

import pytest

from models.circuits import LONGEST_PAUSE, PAUSE, pause


@pytest.mark.parametrize(("drawn", "factor"), [(0.0, 1.0), (1.0, 1.25)])
def test_pauses_double_to_a_limit_with_a_quarter_of_jitter(
    monkeypatch: pytest.MonkeyPatch, drawn: float, factor: float
) -> None:
    monkeypatch.setattr("models.circuits.random.random", lambda: drawn)
    assert [pause(n) / factor for n in (0, 1, 2, 9999)] == [
        PAUSE,
        2 * PAUSE,
        4 * PAUSE,
        LONGEST_PAUSE,
    ]
