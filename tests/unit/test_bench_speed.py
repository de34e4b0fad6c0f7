from __future__ import annotations

from pathlib import Path

import pytest

from bench import speed


@pytest.mark.parametrize(
    ("told", "code", "said"), [("--help", 0, "usage:"), ("nowhere.wav", 2, "no file nowhere.wav")]
)
def test_nothing_is_started_for_what_is_no_recording(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    told: str,
    code: int,
    said: str,
) -> None:
    def never(_: Path) -> None:
        pytest.fail("a stack was started")

    monkeypatch.setattr(speed, "Stack", never)
    with pytest.raises(SystemExit) as ended:
        speed.main([told])
    assert ended.value.code == code
    printed = capsys.readouterr()
    assert said in printed.out + printed.err
