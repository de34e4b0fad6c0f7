"""`colloquy analyze`: real engines, no server, good and bad files in one call."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from cli.main import app
from pipeline.adapters.pyannote import PyannoteDiarizer
from pipeline.adapters.pyav import PyAv
from pipeline.adapters.segmentation import PyannoteSegmentation
from pipeline.analysis import from_json
from pipeline.enough import GUESSWORK, NOBODY, UNHEARD, WORDLESS, worded
from pipeline.stages.comprehension import ALONE
from review.exports import FORMATS
from tests import sounds
from tests.e2e.recordings import Recordings
from tests.opened import watched

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and lightning warn of their own parts


@dataclass
class Told:
    """What one call of the command said."""

    status: int
    stderr: str
    documents: dict[str, Any]
    """By the recording's name."""
    written: dict[str, Any]
    """The same by the files' names."""


@pytest.fixture(scope="module")
def told(fixtures: Path, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """All of them in one call, so that the models are loaded once; the good one comes last."""
    folder = tmp_path_factory.mktemp("bad")
    made = Recordings(fixtures, folder)
    files = [
        *made.no_recordings(),
        *made.without_words(),
        *made.breaks_off(),
        *made.odd(),
        made.french(),
        made.monologue(),
        made.three_speakers(),
        fixtures / "unclear.ogg",
        fixtures / "conversation.ogg",
    ]
    named = [sounds.named_by(one) for one in files if sounds.named_by(one).exists()]
    assert len(named) == 3
    with ExitStack() as watches:
        opened = [watches.enter_context(watched(one)) for one in named]
        arguments = [*map(str, files), "--learner", "S1", "--out", str(folder / "out"), "--json"]
        result = CliRunner().invoke(app, ["analyze", *arguments])
        assert not any(one() for one in opened), "a playlist's file was read"
    documents = json.loads(result.stdout)
    return Told(
        status=result.exit_code,
        stderr=" ".join(result.stderr.split()),
        documents={one["media"]["name"]: one for one in documents},
        written={one.name: json.loads(one.read_text()) for one in (folder / "out").iterdir()},
    )


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("empty.wav", "The file is empty."),
        ("text.wav", "The file is not a recording that can be read"),
        ("without-index.mp4", "The file is not a recording that can be read, or it was cut off"),
        ("mute-film.mp4", "The file holds no sound track. Record again with the microphone on."),
        ("list.m3u8", "The file is a playlist or a description of media, not a recording."),
        ("renamed.mp3", "The file is a playlist or a description of media, not a recording."),
        ("files.ffconcat", "The file is a playlist or a description of media, not a recording."),
        ("missing.wav", "There is no file"),
    ],
)
def test_what_is_no_recording_is_told_and_gives_no_document(
    told: Told, name: str, sentence: str
) -> None:
    assert f"{name}: {sentence}" in told.stderr
    assert name not in told.documents


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("silence.wav", NOBODY),
        ("noise.wav", NOBODY),
        ("music.wav", NOBODY),
        ("blip.wav", NOBODY),
        ("hum.wav", worded(WORDLESS)),
        ("french.wav", "another language than English"),
        ("two-seconds.wav", "a longer conversation would help"),
        ("breaks-off.wav", "a longer conversation would help"),
        ("breaks-off.mp4", "a longer conversation would help"),
        ("breaks-off-in-parts.mp4", "a longer conversation would help"),
        ("eight-channels.wav", "a longer conversation would help"),
    ],
)
def test_what_cannot_be_judged_says_why(told: Told, name: str, reason: str) -> None:
    scores = told.documents[name]["scores"]
    assert all(one["state"] == "insufficient" for one in scores.values())
    assert all(one["score"] is None and one["reason"] for one in scores.values())
    assert reason in scores["overall"]["reason"]
    assert f"{name}: Not enough evidence" in told.stderr


def test_where_most_words_were_guessed_only_the_voice_is_judged(told: Told) -> None:
    scores = told.documents["unclear.ogg"]["scores"]
    assert {name for name, one in scores.items() if one["score"] is not None} == {"pronunciation"}
    assert scores["grammar"]["reason"] == scores["fluency"]["reason"] == GUESSWORK
    assert GUESSWORK in scores["overall"]["reason"]


def test_laughter_is_no_talk_even_where_words_are_read_into_it(told: Told) -> None:
    scores = told.documents["laughter.wav"]["scores"]
    assert all(one["score"] is None and one["reason"] for one in scores.values())


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("breaks-off.wav", "truncated"),
        ("breaks-off.mp4", "truncated"),
        ("breaks-off-in-parts.mp4", "truncated"),
        ("telephone.wav", "narrow-band"),
        ("monologue.wav", "one-speaker"),
    ],
)
def test_what_is_wrong_with_the_sound_is_noted(told: Told, name: str, code: str) -> None:
    document = told.documents[name]
    assert code in [one["code"] for one in document["warnings"]]
    assert document["segments"], "what could be read was analysed"


def test_who_talks_alone_is_judged_but_for_the_replies(told: Told) -> None:
    scores = told.documents["monologue.wav"]["scores"]
    lacking = {name for name, one in scores.items() if one["state"] == "insufficient"}
    assert lacking == {"comprehension", "overall"}
    assert scores["comprehension"]["reason"] == ALONE


def test_of_three_speakers_the_named_one_is_the_learner(told: Told) -> None:
    document = told.documents["three-speakers.wav"]
    assert [one["role"] for one in document["speakers"]] == ["learner", "partner", "partner-2"]
    assert {one["speaker"] for one in document["segments"]} >= {"learner", "partner-2"}
    assert document["scores"]["fluency"]["state"] == "scored"
    assert document["scores"]["comprehension"]["reason"].startswith("The learner replies")


def test_the_good_one_after_them_is_analysed(told: Told) -> None:
    assert told.status == 1, "some of them could not be analysed"
    assert len(told.written) == len(told.documents) == 17
    assert told.written["conversation.analysis.json"] == told.documents["conversation.ogg"]
    schema = json.loads(Path("docs/analysis.schema.json").read_text(encoding="utf-8"))
    for one in told.documents.values():
        jsonschema.validate(one, schema)
    good = told.documents["conversation.ogg"]
    assert "conversation.ogg: Not enough" not in told.stderr
    for name in ("grammar", "vocabulary", "fluency", "pronunciation", "comprehension"):
        rows = [one for one in good["evidence"] if one["dimension"] == name]
        assert rows
        total = round(sum(one["points"] for one in rows), 2)
        assert total == good["scores"][name]["score"]


def test_an_exported_transcript_gives_the_same_scores_for_what_text_tells(
    told: Told, tmp_path: Path
) -> None:
    before = told.documents["conversation.ogg"]
    files = []
    for form in ("json", "vtt", "chat"):
        files.append(tmp_path / f"{form}.talk")
        document = from_json(json.dumps(before))
        files[-1].write_text(FORMATS[form](document), encoding="utf-8")
    arguments = ["--transcript", *map(str, files), "--out", str(tmp_path), "--json"]
    result = CliRunner().invoke(app, ["analyze", *arguments])
    assert result.exit_code == 0
    exact, *sure = json.loads(result.stdout)
    for name in ("grammar", "vocabulary"):
        assert exact["scores"][name]["score"] == before["scores"][name]["score"]
        assert exact["metrics"]["words"] == before["metrics"]["words"]
        assert all(one["scores"][name]["state"] == "scored" for one in sure)
    for one in (exact, *sure):
        assert one["scores"]["fluency"]["reason"] == one["scores"]["pronunciation"]["reason"]
        assert one["scores"]["fluency"]["reason"] == UNHEARD


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
