"""The table of languages, and what is told apart by it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.disfluency import marked
from pipeline.enough import FEW, in_language, unjudgeable, variety
from pipeline.errors import PermanentError
from pipeline.languages import ENGLISH, heard, language_of, languages, named, wanted
from pipeline.sound_alikes import sound_alike
from tests import factories
from workers.transcripts import read

FRENCH = languages()["fr"]
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ("en", "en"), ("EN-us", "en"), ("en_GB", "en"), ("eng", "en"), ("English (UK)", "en"),
        ("fr", "fr"), ("fr-CA", "fr"), ("fra", "fr"), ("fre", "fr"), (" French ", "fr"),
        ("ja", None), ("enx", None), ("", None), ("日本語", None), ("frisian", None),
    ],
)  # fmt: skip
def test_a_language_is_known_by_its_tags_and_names(told: str, code: str | None) -> None:
    found = named(told)
    assert (found.code if found else None) == code


def test_another_language_is_refused_with_those_that_work() -> None:
    with pytest.raises(PermanentError) as told:
        wanted("ja")
    assert told.value.sentence == (
        "Talk in the language 'ja' cannot be judged. "
        "Transcripts can be in English (en) or French (fr), recordings in English (en)."
    )
    assert told.value.code == "language"


def test_a_recording_needs_a_recogniser_of_its_language() -> None:
    assert heard("en-GB", multilingual=False) is ENGLISH
    assert heard("fr", multilingual=True) is FRENCH
    with pytest.raises(PermanentError, match="the recording is in French") as told:
        heard("fr", multilingual=False)
    assert "speech.recogniser" in told.value.advice
    with pytest.raises(PermanentError, match="'ja'"):
        heard("ja", multilingual=True)


def test_the_documents_name_every_language_of_the_table() -> None:
    for document in ("README.md", "docs/rubric.md"):
        text = (ROOT / document).read_text("utf-8")
        assert all(one.name in text for one in languages().values()), document


def test_words_are_common_alone_or_at_the_beginning() -> None:
    assert FRENCH.common_share(["j'ai", "vu", "zut", "c'est"]) == 0.75
    assert ENGLISH.common_share(["i'll", "the"]) == 0.5
    assert FRENCH.common_share([]) == 0


def test_of_french_talk_the_turns_in_french_count() -> None:
    talk = factories.dialogue(
        "L: Je suis allé au marché avec mon frère et nous avons acheté du poisson",
        "L: We went to the market with my brother and we bought some fish",
        "L: Compramos un pescado muy grande en el mercado con mi hermano mayor",
        language="fr",
    )
    assert [one.number for one in in_language(talk)] == [0]


def test_french_speech_is_told_from_other_speech_by_its_own_words() -> None:
    words = [factories.word(one) for one in ("c'est", "pas", "très", "loin", "avec")]
    assert variety(words, 10.0, FRENCH) == pytest.approx(0.4)
    assert variety(words, 10.0) < FEW


def test_who_speaks_another_language_than_was_said_is_told() -> None:
    talk = factories.dialogue("P: Ça va ?", "L: Oui", language="fr", supported=False)
    assert "another language than it was uploaded as" in str(unjudgeable(talk))
    assert language_of("de") is ENGLISH


@pytest.mark.parametrize(
    ("text", "fillers", "repairs"),
    [
        ("je euh vais au au marché", "euh", "au"),
        ("nous nous levons tôt", "", ""),
        ("je va pardon je vais", "", "je va pardon"),
        ("le ma- le magasin", "", "le ma-"),
        ("ah bon, um, je vais", "um,", ""),
    ],
)
def test_french_disfluencies_are_marked(text: str, fillers: str, repairs: str) -> None:
    found = marked([factories.word(one) for one in text.split()], FRENCH)
    assert " ".join(one.text for one in found if one.filler) == fillers
    assert " ".join(one.text for one in found if one.repair) == repairs


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mange", "mangent"), ("allé", "allée"), ("allé", "aller"), ("parlait", "parlé"),
        ("va", "vas"), ("peut", "peux"), ("content", "contents"), ("rouges", "rouge"),
        ("cet", "cette"), ("tel", "telle"), ("chère", "cher"), ("mangeait", "manger"),
        ("voit", "voient"), ("a", "à"), ("là bas", "là-bas"), ("sac", "sacs"), ("Et", "est"),
        ("Les enfants mange", "Les enfants mangent"),
    ],
)  # fmt: skip
def test_what_sounds_alike(one: str, other: str) -> None:
    assert sound_alike("fr", one, other)
    assert sound_alike("fr", other, one)
    assert not sound_alike("en", one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("le", "la"), ("le", "les"), ("un", "une"), ("bon", "bonne"), ("content", "contente"),
        ("premier", "première"), ("vais", "aille"), ("viens", "viennes"), ("prend", "prennent"),
        ("que il", "qu'il"), ("je aime", "j'aime"), ("de le", "du"), ("à le", "au"), ("est", "sont"),
        ("aurais", "avais"), ("cheval", "chevaux"), ("beau", "belle"), ("petit", "petite"),
    ],
)  # fmt: skip
def test_what_sounds_apart(one: str, other: str) -> None:
    assert not sound_alike("fr", one, other)
    assert not sound_alike("fr", other, one)


GERMAN = (
    "Gestern bin ich mit meinem Bruder auf den Markt gegangen und wir haben zwei große Fische gekauft, "
    "weil meine Mutter kein Fleisch mag und weil wir am Abend zusammen kochen wollten, was sehr schön war."
)
ENGLISH_TALK = "We went to the market and bought some fish for my mother who was ill. " * 3


def transcript(*texts: str, **told: str) -> str:
    segments = [{"speaker": "A", "text": text, "start": None, "end": None} for text in texts]
    return json.dumps({"schema": "colloquy.transcript/1", "segments": segments, **told})


def given(folder: Path, text: str, language: str | None = None) -> str | None:
    """The language of a file that holds the text."""
    path = folder / "given"
    path.write_text(text, "utf-8")
    return read(path, language).language


def test_a_french_transcript_names_its_language_or_is_told_it(tmp_path: Path) -> None:
    lines = ("Ça va ?", "Oui, et toi ?")
    for told in ("fr", "fr-CA", "fra"):
        assert given(tmp_path, transcript(*lines, language=told)) == "fr"
    assert given(tmp_path, transcript(*lines)) == "en", "too few words to tell"
    assert given(tmp_path, transcript(*lines), "fr") == "fr"
    assert given(tmp_path, transcript(*lines, language="fr"), "French") == "fr"
    with pytest.raises(PermanentError, match="it is in French, not in English"):
        given(tmp_path, transcript(*lines, language="fr"), "en")
    with pytest.raises(PermanentError, match="'ja'"):
        given(tmp_path, transcript(*lines), "ja")


def test_a_transcript_in_another_language_than_it_says_is_told(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="another language than French"):
        given(tmp_path, transcript(GERMAN, language="fr"))
    with pytest.raises(PermanentError, match="seems to be in English") as told:
        given(tmp_path, transcript(ENGLISH_TALK, language="fr"))
    assert "--language en" in told.value.advice
