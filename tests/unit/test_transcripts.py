"""Ready transcripts: what is read, who the learner is, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from pipeline.errors import PermanentError
from pipeline.transcript import json_schema
from pipeline.written import WrittenTranscript, learner_of
from tests.transcripts import said, transcript, written
from workers.transcripts import read

CHAT = """@UTF8
@Begin
@Languages:\teng
@Participants:\tTEA Teacher, STU Anna Student
@ID:\teng|x|TEA|||||Teacher|||
@ID:\teng|x|STU|||||Student|||
*TEA:\twhere did you go , Anna ? \x150_1500\x15
*STU:\t&-um I <I go> [//] I goed [: went] [* m:=ed] home +...
%mor:\tpro|I
\tv|go
*STU:\tand he go to New_York too . \x151600_5000\x15
@End
"""


VTT = """WEBVTT
Language: en-GB

00:00:00.000 --> 00:00:02.000
<v Frau Müller &amp; Co>Where <i>did</i> you
go &lt;then&gt;?</v>

00:00:02.500 --> 00:00:05.000
<v.loud Anna>Home. <v Frau Müller &amp; Co>Oh, really now?
"""


def test_chat_is_read_as_it_was_said(tmp_path: Path) -> None:
    found = written(tmp_path, CHAT)
    assert [(one.speaker, one.text, one.start, one.end) for one in found.lines] == [
        ("TEA", "where did you go, Anna?", 0.0, 1.5),
        ("STU", "I I goed home… and he go to New York too.", 1.6, 5.0),
    ]
    assert (found.language, found.learner) == ("en", "STU")


def test_webvtt_is_read_with_its_voices(tmp_path: Path) -> None:
    found = written(tmp_path, "\ufeff" + VTT.replace("\n", "\r\n"))
    assert [(one.speaker, one.text) for one in found.lines] == [
        ("Frau Müller & Co", "Where did you go <then>?"),
        ("Anna", "Home."),
        ("Frau Müller & Co", "Oh, really now?"),
    ]
    assert found.language == "en"
    home, oh = found.lines[1:]
    assert (home.start, oh.end) == (2.5, 5.0)
    assert home.end == oh.start


def test_json_is_read_with_what_it_tells_of_its_words(tmp_path: Path) -> None:
    words = [{"text": "Hi,", "start": 0.1, "end": 0.4, "probability": 0.3}, {"text": "Bob."}]
    found = written(
        tmp_path,
        transcript(
            said("A", "Hi, Bob.", 0.0, 1.0) | {"words": words, "confidence": 0.8},
            said("B", "Hi.", 1.0, 2.0),
            learner="B",
            language="en",
        ),
    )
    [one, two] = found.lines[0].words
    assert (one.probability, two.probability, two.start) == (0.3, 0.8, None)
    assert found.learner == "B"


def test_the_published_schema_of_transcripts_is_made_from_the_types() -> None:
    published = Path("docs/transcript.schema.json").read_text(encoding="utf-8")
    assert published == json_schema()
    validator = jsonschema.Draft202012Validator(json.loads(published))
    assert validator.is_valid(json.loads(transcript(said("A", "Hi."), learner=None)))
    assert not validator.is_valid({"schema": "colloquy.transcript/1"})


def test_the_learner_is_named_by_the_caller_first() -> None:
    made = WrittenTranscript(name="x", sha256="", lines=(), learner="B")
    with pytest.raises(PermanentError, match="Nobody in the transcript is named B"):
        learner_of(made, None)


def of(*speakers: str, learner: str | None = None) -> str:
    return transcript(*(said(one, "Hello there.") for one in speakers), learner=learner)


@pytest.mark.parametrize(
    ("text", "named", "found"),
    [
        (of("A", "B", learner="B"), None, "B"),
        (of("A", "B", learner="B"), "A", "A"),
        (of("Anna", "Bob"), "anna", "Anna"),
        (of("A"), None, "A"),
    ],
)
def test_who_the_learner_is(tmp_path: Path, text: str, named: str | None, found: str) -> None:
    assert learner_of(written(tmp_path, text), named) == found


@pytest.mark.parametrize("named", [None, "Carl"])
def test_a_learner_that_nobody_is_is_told_with_who_there_is(
    tmp_path: Path, named: str | None
) -> None:
    with pytest.raises(PermanentError) as caught:
        learner_of(written(tmp_path, of("Anna", "Bob")), named)
    assert "--learner: Anna, Bob" in caught.value.advice


GERMAN = (
    "Gestern bin ich mit meinem Bruder auf den Markt gegangen und wir haben zwei große Fische gekauft, "
    "weil meine Mutter kein Fleisch mag und weil wir am Abend zusammen kochen wollten, was sehr schön war."
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("WEBVTT\n", "Nobody says anything"),
        ("WEBVTT\n\n00:00.000 --> 00:01.000\nHello.\n", "The cue at 00:00:00.000 does not say who"),
        ("WEBVTT\n\n00:00.000 --> 00:01.000\n<v>Hello.\n", "does not say who speaks"),
        ("WEBVTT\n\n00:00.000 --> soon\n<v A>Hello.\n", "times cannot be read"),
        ("WEBVTT\n\n00:05.000 --> 00:01.000\n<v A>Hello.\n", "an end before its start"),
        ("WEBVTT\n\n00:00.000 --> 00:01.000\n<v A>  \n", "Nobody says anything"),
        ("WEBVTT\nLanguage: de\n\n00:00.000 --> 00:01.000\n<v A>Hallo.\n", "'de' cannot be judged"),
        ("@UTF8\n@Begin\n@End\n", "Nobody says anything"),
        ("@UTF8\n@Begin\n*A:\t&-um .\n@End\n", "Nobody says anything"),
        ("@UTF8\n@Begin\n@Languages:\tdeu\n*A:\thallo .\n@End\n", "'de' cannot be judged"),
        ("1\n00:00:00,000 --> 00:00:01,000\nHello.\n", "no transcript of a kind"),
        ("Dear all,", "no transcript of a kind"),
        ("{", "cannot be read as JSON"),
        ('{"a": ' * 100_000, "colloquy.transcript/1"),
        ("{}", "schema: Field required"),
        (transcript({"speaker": "A"}), "segments.0.text: Field required"),
        (transcript(said("A", "Hi.") | {"start": -1}), "segments.0.start"),
        (transcript(said("A", "Hi.") | {"speed": 1}), "speed"),
        (transcript(), "Nobody says anything"),
        (transcript(said(" ", "Hello.")), "does not say who speaks"),
        (transcript(said("A", "Hallo.", 0, 1), language="de"), "'de' cannot be judged"),
        (transcript(said("A", GERMAN), language="en"), "another language"),
        (transcript(said("A", "Hi.", 3, 2)), "an end before its start"),
        (
            transcript(said("A", "So I said.", 0, 4), said("A", "Then he said.", 2, 6)),
            "A says two things at once from 2.0 s to 4.0 s",
        ),
        (
            transcript(said("A", "Hello there.") | {"words": [{"text": "Hello"}]}),
            "words that are not those of its text",
        ),
        (
            transcript(
                said("A", "Hello there.", 0, 2)
                | {
                    "words": [
                        {"text": "Hello", "start": 1, "end": 2},
                        {"text": "there.", "start": 0, "end": 1},
                    ]
                }
            ),
            "go back in time",
        ),
    ],
)
def test_what_cannot_be_used_is_told_with_what_to_do(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(PermanentError) as caught:
        written(tmp_path, text)
    assert told in caught.value.message
    assert caught.value.advice


def test_what_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "talk.vtt"
    path.write_bytes(b"WEBVTT\n\n\xff\xfe")
    with pytest.raises(PermanentError, match="no text in UTF-8"):
        read(path)
    path.write_bytes(b"")
    with pytest.raises(PermanentError, match="empty"):
        read(path)
