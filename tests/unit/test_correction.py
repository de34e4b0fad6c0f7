"""Where a teacher's words are put in time."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from pipeline.correction import Corrected, corrected
from pipeline.reports import Report
from pipeline.stages.attribute import attribute
from pipeline.stages.pronunciation import pronunciation
from pipeline.values import Correction, Dialogue, Line, Span, Transcript, Word
from tests import factories
from tests.fakes.hearing import FakePronunciationJudge
from tests.fakes.voices import NamedMedia

TALK = factories.dialogue(
    "P: Where did you go yesterday?",
    "L: I goed to the marked~ <1.2> with my bro",
    "P: Why did you go there?",
    "L: Because fish is cheap.",
)
HEARD = factories.transcript(TALK)


def lines(*told: str | tuple[str, float, float]) -> tuple[Line, ...]:
    found = []
    for one in told:
        text, start, end = (one, None, None) if isinstance(one, str) else one
        speaker, _, words = text.partition(": ")
        found.append(Line(speaker=speaker, text=words, start=start, end=end))
    return tuple(found)


SAME = tuple(f"{one.speaker_label}: {one.text}" for one in TALK.segments)


def put_right(*told: str | tuple[str, float, float], heard: Transcript = HEARD) -> Corrected:
    return corrected(heard, lines(*told))


def words(found: Corrected) -> list[Word]:
    return [word for one in found.transcript.utterances for word in one.words]


def old_words() -> list[Word]:
    return [word for one in TALK.segments for word in one.words]


def test_words_that_were_heard_keep_their_times() -> None:
    found = words(put_right(*SAME))
    assert [(one.text, one.start, one.end) for one in found] == [
        (one.text, one.start, one.end) for one in old_words()
    ]
    assert {one.probability for one in found} == {1.0}
    assert [one.heard for one in found] == [one.probability for one in old_words()]
    assert put_right(*SAME).transcript.words_by == "teacher"


def test_case_and_punctuation_do_not_part_words() -> None:
    found = words(
        put_right(
            *(one.lower().replace("s1", "S1").replace("s2", "S2").replace("?", ".") for one in SAME)
        )
    )
    assert [one.start for one in found] == [one.start for one in old_words()]


def test_a_word_put_right_has_the_time_of_what_was_heard_there() -> None:
    found = words(put_right(SAME[0], SAME[1].replace("marked", "market"), *SAME[2:]))
    market = next(one for one in found if one.text == "market")
    marked = next(one for one in old_words() if one.text == "marked")
    assert (market.start, market.end, market.heard) == (marked.start, marked.end, 0.3)
    assert [one.start for one in found] == sorted(one.start for one in found)


def test_several_words_share_the_time_of_one_and_leave_silence_out() -> None:
    found = words(put_right(SAME[0], SAME[1].replace("my bro", "my elder brother"), *SAME[2:]))
    my = next(n for n, one in enumerate(found) if one.text == "my")
    bro = next(one for one in old_words() if one.text == "bro")
    elder, brother = found[my + 1 : my + 3]
    assert (elder.start, brother.end) == (bro.start, bro.end)
    assert elder.start < elder.end == brother.start < brother.end
    # "marked <1.2> with" for three other words: none lies in the pause
    texts = SAME[1].replace("marked with", "big old market by")
    placed = words(put_right(SAME[0], texts, *SAME[2:]))
    marked, w = (
        next(one for one in old_words() if one.text == name) for name in ("marked", "with")
    )
    between = [one for one in placed if one.text in {"big", "old", "market", "by"}]
    assert len(between) == 4
    assert between[0].start == marked.start
    assert between[-1].end == w.end
    assert all(one.start <= marked.end or one.start >= w.start for one in between)


def test_words_that_nobody_heard_lie_between_their_neighbours() -> None:
    found = words(put_right(SAME[0], SAME[1].replace("with my", "together with my"), *SAME[2:]))
    n = next(n for n, one in enumerate(found) if one.text == "together")
    assert found[n].heard is None
    assert found[n - 1].end <= found[n].start < found[n].end <= found[n + 1].start
    assert found[n].end - found[n].start <= 0.08 * len("together") + 1e-9


def test_a_line_that_nobody_heard_lies_where_it_says() -> None:
    pause = old_words()[9]
    at = pause.end + 0.4
    found = words(put_right(SAME[0], SAME[1], ("S1: Oh dear", at, at + 1), *SAME[2:]))
    oh = next(one for one in found if one.text == "Oh")
    assert oh.start >= pause.end
    assert [one.text for one in found].index("Oh") == [one.text for one in found].index("dear") - 1


def test_who_speaks_when_follows_the_words() -> None:
    found = put_right(SAME[0], SAME[1], f"S2{SAME[2][2:]}", SAME[3])
    third = TALK.segments[2]
    assert all(one.label == "S2" for one in found.turns if one.start >= TALK.segments[1].start)
    assert any(one.start == third.start for one in found.turns) or found.turns[-1].end >= third.end


def test_a_filled_pause_that_the_teacher_wrote_is_not_heard_twice() -> None:
    marked = next(one for one in old_words() if one.text == "marked")
    pauses = (Span(start=marked.end + 0.01, end=marked.end + 0.2), Span(start=0.0, end=0.01))
    heard = replace(HEARD, filled_pauses=pauses)
    found = put_right(SAME[0], SAME[1].replace("marked", "marked um"), *SAME[2:], heard=heard)
    assert found.transcript.filled_pauses == pauses[1:]


def test_nothing_heard_takes_the_teachers_times() -> None:
    mute = replace(HEARD, utterances=())
    found = words(put_right(("S1: Hello there.", 1.0, 2.0), ("S2: Hi.", 3.0, 4.0), heard=mute))
    assert [one.text for one in found] == ["Hello", "there.", "Hi."]
    assert found[0].start == 1.0
    assert found[2].start == 3.0


def dialogue(correction: Correction | None) -> Dialogue:
    return attribute(
        factories.upload(learner_label="S2")
        if correction is None
        else replace(factories.upload(learner_label="S2"), correction=correction),
        factories.recording(),
        HEARD,
        factories.speaker_turns(TALK),
    )


def test_attribute_takes_the_teachers_words_and_speakers() -> None:
    found = dialogue(
        Correction(lines=lines(SAME[0], "S2: I went to the market with my brother.", *SAME[2:]))
    )
    assert (found.words_by, found.times) == ("teacher", "words")
    assert [one.code for one in found.notices] == ["corrected"]
    assert [(one.speaker, one.text) for one in found.segments] == [
        ("partner", "Where did you go yesterday?"),
        ("learner", "I went to the market with my brother."),
        ("partner", "Why did you go there?"),
        ("learner", "Because fish is cheap."),
    ]
    assert not any(one.overlap for one in found.segments)
    assert found.duration == factories.recording().duration


def heard_report(talk: Dialogue) -> Report:
    return pronunciation(
        factories.recording(),
        talk,
        media=NamedMedia(),
        pronunciation_judge=FakePronunciationJudge(),
        context=factories.context(),
    )


def test_pronunciation_goes_on_by_what_was_heard() -> None:
    before = heard_report(dialogue(None))
    after = heard_report(dialogue(Correction(lines=lines(*SAME))))
    added = heard_report(
        dialogue(Correction(lines=lines(*SAME[:3], f"{SAME[3]} Not always, though.")))
    )
    for name in ("mean_word_probability", "unclear_word_share"):
        one, two, three = (each.metric(name) for each in (before, after, added))
        assert one is not None
        assert one == two == three
        assert one.n == 12
    assert [one.message for one in after.observations] == ["Hard to make out “marked”."]


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_written_keeps_its_order_and_lies_in_the_talk(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - a test, no secret
    told = []
    for one in SAME:
        speaker, _, text = one.partition(": ")
        changed = []
        for each in text.split():
            roll = draw.random()
            changed += [] if roll < 0.2 else [each] if roll < 0.6 else [f"new{draw.randint(0, 99)}"]
            changed += ["more"] * draw.randint(0, 2) if roll > 0.8 else []
        told.append(f"{speaker}: {' '.join(changed) or 'yes'}")
    found = words(put_right(*told))
    assert [one.text for one in found] == [word for one in told for word in one.split()[1:]]
    assert all(0 <= one.start <= one.end <= TALK.duration for one in found)
    assert [one.start for one in found] == sorted(one.start for one in found)
    assert [one.id for one in found] == [f"w{n}" for n in range(len(found))]
