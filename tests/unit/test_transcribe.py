from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from pipeline.stages.transcribe import SHORTER, listen
from pipeline.values import Span, Transcript, Utterance
from tests.fakes.hearing import FakeTranscriber, said
from tests.fakes.voices import FakeVoiceActivity

SOUND = Path("talk.flac")
TALK = (Span(start=0.0, end=10.0),)


def heard(
    *readings: tuple[Utterance, ...],
    speech: tuple[Span, ...] = TALK,
    duration: float = 12.0,
    told: list[float] | None = None,
) -> tuple[Transcript, FakeTranscriber]:
    engine = FakeTranscriber(readings)
    found = listen(
        SOUND,
        duration,
        "en",
        voice_activity=FakeVoiceActivity({SOUND.name: speech}),
        transcriber=engine,
        progress=(told if told is not None else []).append,
    )
    return found, engine


def texts(found: Transcript) -> list[str]:
    return [" ".join(word.text for word in one.words) for one in found.utterances]


def test_words_are_numbered_in_order_of_time() -> None:
    found, _ = heard((said("and then we left", 5.0), said("I was there", 1.0)))
    assert texts(found) == ["I was there", "and then we left"]
    words = [word for one in found.utterances for word in one.words]
    assert [word.id for word in words] == [f"w{n}" for n in range(7)]
    assert [word.start for word in words] == sorted(word.start for word in words)


def test_a_text_that_repeats_itself_is_dropped() -> None:
    loop = said("thank you thank you thank you", 1.0, compression=2.5)
    found, _ = heard((loop, said("good morning", 6.0)))
    assert texts(found) == ["good morning"]


def test_guesswork_where_nothing_was_said_is_dropped() -> None:
    guess = said("Thanks for watching", 1.0, mute=0.7, log_probability=-1.2)
    found, _ = heard((guess, said("good morning", 6.0)))
    assert texts(found) == ["good morning"]


def test_mumbled_speech_is_kept_where_somebody_speaks() -> None:
    found, _ = heard((said("good morning", 1.0, mute=0.2, log_probability=-1.2),))
    assert texts(found) == ["good morning"]


def test_words_where_nobody_speaks_are_dropped() -> None:
    speech = (Span(start=0.0, end=2.0), Span(start=8.0, end=10.0))
    found, _ = heard((said("one two three four five six", 0.0),), speech=speech)
    assert texts(found) == ["one two three four"]
    assert found.utterances[0].end == 2.0


def test_of_two_readings_of_a_chunk_the_one_that_can_be_believed_more_stays() -> None:
    poor, good = said("hum ham hem", 1.0, probability=0.2), said("come home then", 1.0)
    for readings in (((poor,), (good,)), ((good,), (poor,))):
        found, _ = heard(*readings)
        assert texts(found) == ["come home then"]


def test_a_loop_is_believed_for_nothing_however_sure_it_is() -> None:
    loop = said("no no no no no no no no", 1.0, probability=1.0, compression=3.0)
    found, _ = heard((loop,), (said("no idea", 1.0, probability=0.6),))
    assert texts(found) == ["no idea"]


def test_each_long_chunk_is_judged_alone() -> None:
    speech = (Span(start=0.0, end=20.0), Span(start=60.0, end=80.0))
    first = (said("first by long", 1.0), said("second poor", 61.0, probability=0.1))
    second = (said("first poor", 1.0, probability=0.1), said("second by short", 61.0))
    found, _ = heard(first, second, speech=speech, duration=90.0)
    assert texts(found) == ["first by long", "second by short"]


def test_the_second_reading_is_of_shorter_chunks_that_do_not_overlap() -> None:
    speech = tuple(Span(start=5.0 * n, end=5.0 * n + 4.0) for n in range(12))
    _, engine = heard((), speech=speech, duration=60.0)
    long, short = engine.asked
    assert len(short) > len(long)
    assert max(one.seconds for one in short) <= SHORTER
    assert all(one.end <= two.start for one, two in pairwise(short))
    covered = [any(one.start <= s.start and s.end <= one.end for one in short) for s in speech]
    assert all(covered)


def test_progress_rises_to_the_end_and_no_further() -> None:
    told: list[float] = []
    heard((said("good morning", 1.0),), told=told)
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.15, 1.0)


def test_silence_is_not_read_and_is_noted() -> None:
    found, engine = heard((said("thank you", 1.0),), speech=())
    assert found.utterances == ()
    assert [one.code for one in found.notices] == ["no-words"]
    assert engine.asked == []
