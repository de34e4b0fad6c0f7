"""`colloquy analyze`: real engines, no server, good and bad files in one call."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from typer.testing import CliRunner

from cli.main import app
from pipeline.adapters.pyannote import PyannoteDiarizer
from pipeline.adapters.pyav import PyAv
from pipeline.adapters.segmentation import PyannoteSegmentation
from tests import sounds

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and lightning warn of their own parts


def test_each_file_ends_with_a_document_or_a_reason(fixtures: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.wav"
    text.write_text("no recording")
    files = [
        text,
        sounds.wav(tmp_path / "silence.wav", np.zeros(10 * 16_000)),
        sounds.wav(tmp_path / "noise.wav", sounds.noise(10)),
        sounds.wav(tmp_path / "music.wav", sounds.music(10)),
        sounds.wav(tmp_path / "blip.wav", sounds.noise(0.2)),
        tmp_path / "missing.wav",
        fixtures / "french.ogg",
        fixtures / "conversation.ogg",
    ]
    out = tmp_path / "out"
    arguments = ["analyze", *map(str, files), "--learner", "S1", "--out", str(out), "--json"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1, "some of them could not be analysed"
    told = " ".join(result.stderr.split())
    assert "text.wav: The file is not a recording" in told
    for name in ("silence", "noise", "music", "blip"):
        assert f"{name}.wav: Not enough evidence" in told
    assert "There is no file" in told
    assert "french.ogg: Not enough evidence" in told
    assert "they seem to be in another language than English" in told
    schema = json.loads(Path("docs/analysis.schema.json").read_text(encoding="utf-8"))
    documents = json.loads(result.stdout)
    assert len(documents) == 6
    for one in documents:
        jsonschema.validate(one, schema)
    assert [one["segments"] for one in documents[:4]] == [[], [], [], []]
    good = json.loads((out / "conversation.analysis.json").read_text(encoding="utf-8"))
    assert good == documents[-1]
    for name in ("grammar", "vocabulary", "fluency", "pronunciation", "comprehension"):
        rows = [one for one in good["evidence"] if one["dimension"] == name]
        assert rows
        total = round(sum(one["points"] for one in rows), 2)
        assert total == good["scores"][name]["score"]


def test_two_networks_side_by_side_give_what_each_gives_alone(
    fixtures: Path, tmp_path: Path
) -> None:
    def silent(_fraction: float) -> None:
        pass

    audio = PyAv(3600).decode(fixtures / "short.ogg", tmp_path, silent).path
    activity, diarizer = PyannoteSegmentation(), PyannoteDiarizer()
    alone = activity.detect(audio, silent), diarizer.diarize(audio, None, silent).turns
    with ThreadPoolExecutor(max_workers=2) as pool:
        for _ in range(2):
            spans = pool.submit(activity.detect, audio, silent)
            turns = pool.submit(diarizer.diarize, audio, None, silent)
            assert (spans.result(), turns.result().turns) == alone
