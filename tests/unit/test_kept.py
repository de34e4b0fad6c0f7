from __future__ import annotations

from pathlib import Path

import pytest

from bench.kept import KeptLedger
from pipeline.memory import walk
from pipeline.plan import Plan
from pipeline.stage import Context, stage
from pipeline.values import Recording, Transcript, Upload

calls: list[str] = []


@stage(version=1)
def decode(upload: Upload, *, context: Context) -> Recording:
    """Name the sound by the run, as the real stage does."""
    calls.append("decode")
    return Recording(
        key=f"derived/{context.conversation_id}",
        sha256=upload.etag,
        duration=1.0,
        sample_rate=16_000,
        channels=1,
        codec="flac",
        gain_db=0.0,
    )


@stage(version=1)
def transcribe(recording: Recording) -> Transcript:
    """Take long."""
    calls.append("transcribe")
    return Transcript(language=recording.sha256, language_probability=1.0, utterances=(), speech=())


PLAN = Plan(Upload, (decode, transcribe))


def run(folder: Path | None, *, sound: str = "en") -> Transcript:
    calls.clear()
    upload = Upload(name="talk", key="media", size=1, etag=sound)
    ledger = KeptLedger(PLAN, upload, name="talk", folder=folder, slow=("transcribe",))
    walk(ledger, PLAN, {})
    return ledger.value(Transcript)


def test_a_slow_stage_runs_once_for_the_same_sound(tmp_path: Path) -> None:
    first = run(tmp_path)
    assert calls == ["decode", "transcribe"]
    assert run(tmp_path) == first
    assert calls == ["decode"]


def test_another_sound_is_heard_anew(tmp_path: Path) -> None:
    run(tmp_path)
    assert run(tmp_path, sound="fr").language == "fr"
    assert calls == ["decode", "transcribe"]


@pytest.mark.parametrize("again", [1, 2])
def test_without_a_folder_nothing_is_kept(*, again: int) -> None:
    for _ in range(again):
        run(None)
        assert calls == ["decode", "transcribe"]
