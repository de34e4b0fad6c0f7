"""The bench of scoring an archive anew, with a made-up analysis in the place of the engines'."""

from __future__ import annotations

import pytest

from bench import scale
from config.settings import Settings
from pipeline.artifacts import freeze
from pipeline.memory import MemoryLedger
from pipeline.plan import ANALYSIS
from pipeline.runner import Result
from tests.factories import recording, speaker_turns, transcript, upload
from tests.fakes.quick import TALK
from tests.integration.archived import judged


def analysed(_: Settings) -> MemoryLedger:
    ledger = MemoryLedger(ANALYSIS, upload())
    values = [recording(TALK.duration), transcript(TALK), speaker_turns(TALK), TALK, *judged(4.0)]
    for stage, value in zip(ANALYSIS.stages[:-1], values, strict=True):
        ledger.results[stage.name] = Result(
            artifact=freeze(value), key=64 * "0", engines=(), seconds=1.0, reused=False
        )
    return ledger


def test_each_share_is_scored_anew_by_the_command_and_timed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scale, "_analysed", analysed)
    said: list[str] = []
    timed = scale.rescore(4, Settings(), said.append)
    assert [one.conversations for one in timed] == [1, 2, 4]
    assert said[-1] == "scoring 4 conversations anew"
    found = scale.report(timed)
    assert found["rescore_seconds"] == timed[-1].seconds > 0
    assert found["conversations"] == 4
