from __future__ import annotations

import pytest

from pipeline.timing import between, pauses, speaking_time, voiced, wait, wordless
from pipeline.values import Segment, Span
from tests.factories import segment, word


def span(start: float, end: float) -> Span:
    return Span(start=start, end=end)


def three() -> Segment:
    """0 to .4, then from .4 to 2.0 in one word, then 2.0 to 2.4."""
    return segment(
        word("I", id="w0", start=0.0, end=0.4),
        word("really", id="w1", start=0.4, end=2.0),
        word("went", id="w2", start=2.0, end=2.4),
    )


def test_a_word_stretched_over_a_silence_is_cut_to_its_voice() -> None:
    speech = (span(0.0, 0.9), span(1.9, 2.4))
    assert voiced(three().words, speech)[1] == span(0.4, 0.9)
    (gap,) = pauses(three(), speech, ())
    assert (gap.start, gap.end, gap.after) == (0.9, 1.9, 1)


def test_a_word_without_any_voice_keeps_its_time() -> None:
    assert voiced(three().words, (span(0.0, 0.4),))[2] == span(2.0, 2.4)


def test_a_voice_that_no_word_was_written_for_lies_between_the_words_of_all_speakers() -> None:
    said = (
        word("so", id="w0", start=0.0, end=0.5),
        word("right", id="w1", start=0.3, end=0.6),
        word("then", id="w2", start=1.5, end=2.0),
    )
    assert wordless(said, (span(0.0, 1.2), span(1.4, 2.2))) == (
        span(0.6, 1.2),
        span(1.4, 1.5),
        span(2.0, 2.2),
    )
    assert wordless((), (span(0.0, 1.2),)) == (span(0.0, 1.2),)


def test_a_sound_belongs_after_the_word_that_it_follows_unless_another_talks_then() -> None:
    said = three()
    uh, late = span(0.4, 0.8), span(2.5, 2.9)
    (found,) = between(said, (uh, late), ())
    assert (found.start, found.end, found.after) == (0.4, 0.8, 1)
    assert between(said, (uh,), (span(0.7, 1.5),)) == ()


@pytest.mark.parametrize(
    ("seconds", "weight"), [(0.19, 0.0), (0.22, 0.2), (0.25, 0.5), (0.28, 0.8), (0.31, 1.0)]
)
def test_a_silence_is_a_pause_as_far_as_it_is_surely_long_enough(
    seconds: float, weight: float
) -> None:
    said = segment(word("a", start=0.0, end=0.5), word("b", id="w1", start=0.5 + seconds, end=1.0))
    assert sum(one.weight for one in pauses(said, (), ())) == pytest.approx(weight)


def test_a_gap_in_which_a_voice_goes_on_is_no_pause() -> None:
    said = segment(word("a", start=0.0, end=0.5), word("b", id="w1", start=2.0, end=2.5))
    assert pauses(said, (span(0.0, 2.5),), ()) == []
    first, second = pauses(said, (span(0.0, 0.5), span(1.0, 1.3), span(2.0, 2.5)), ())
    assert first.seconds == pytest.approx(0.5)
    assert second.seconds == pytest.approx(0.7)


def test_the_partners_talk_is_neither_pause_nor_speaking_time() -> None:
    said = segment(word("a", start=0.0, end=0.5), word("b", id="w1", start=3.5, end=4.0))
    partner = (span(0.9, 3.1),)
    assert pauses(said, (), partner) == []
    assert speaking_time(said, (), partner) == pytest.approx(1.0)


def test_a_listeners_murmur_changes_neither_the_pause_nor_the_speaking_time() -> None:
    said = segment(word("a", start=0.0, end=0.5), word("b", id="w1", start=2.5, end=3.0))
    own = (span(0.0, 0.5), span(2.5, 3.0))
    murmur = (span(0.0, 0.5), span(1.48, 2.33), span(2.5, 3.0))
    for speech, others in ((own, ()), (murmur, (span(1.5, 2.3),)), ((), (span(1.5, 2.3),))):
        assert [one.seconds for one in pauses(said, speech, others)] == [2.0]
        assert speaking_time(said, speech, others) == pytest.approx(3.0)


def test_the_speakers_own_voice_beside_a_murmur_still_ends_the_pause() -> None:
    said = segment(word("a", start=0.0, end=0.5), word("b", id="w1", start=3.0, end=3.5))
    speech = (span(0.0, 0.5), span(1.0, 2.0), span(3.0, 3.5))
    found = pauses(said, speech, (span(1.0, 1.6),))
    assert [(one.start, one.end) for one in found] == [(0.5, 1.6), (2.0, 3.0)]


def test_the_wait_is_between_sounds_and_negative_in_overlap() -> None:
    before = segment(word("Really?", start=0.0, end=1.5))
    after = segment(word("Yes", start=1.5, end=3.0), number=1)
    assert wait(before, after, (span(0.0, 1.0), span(2.2, 3.0))).seconds == pytest.approx(1.2)
    early = segment(word("Yes", start=0.8, end=1.2), number=1)
    assert wait(before, early, ()).seconds == pytest.approx(-0.7)
