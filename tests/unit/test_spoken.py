from __future__ import annotations

import pytest

from pipeline.spoken import clean
from pipeline.values import Segment
from tests import factories


def said(line: str) -> Segment:
    return factories.dialogue(f"L: {line}").segments[0]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("he go home", "He go home."),
        ("(um) he [go] goes (uh) home,", "He goes home."),
        ("yes. then i went, and i'm here, i", "Yes. Then I went, and I'm here, I."),
        ("Is it?", "Is it?"),
        ("I went home (um.) Then I slept", "I went home. Then I slept."),
        ("(um.) I slept", "I slept."),
        ("well…", "Well…"),
        ("it ist 🙂 ĳs", "It ist 🙂 ĳs."),
    ],
)
def test_the_text_is_as_one_would_write_it(line: str, text: str) -> None:
    assert clean(said(line)).text == text


def test_every_kept_word_is_found_again_from_its_place_in_the_text() -> None:
    segment = said("(um) so 🙂 he [go] goes (uh) home, i think")
    text = clean(segment)
    for index, (start, end) in zip(text.words, text.spans, strict=True):
        assert text.touched(start, end) == (index, index)
        assert text.text[start:end].casefold().startswith(segment.words[index].text[:2])


def test_a_span_over_several_words_takes_in_what_was_left_out_between() -> None:
    text = clean(said("he (um) go [went] home"))
    assert text.text == "He go home."
    assert text.touched(0, 5) == (0, 2)
    assert text.touched(3, 10) == (2, 4)


def test_a_span_between_words_touches_none() -> None:
    assert clean(said("he goes")).touched(2, 3) is None


def test_nothing_but_fillers_is_an_empty_text() -> None:
    text = clean(said("(um) (uh)"))
    assert (text.text, text.words, text.spans) == ("", (), ())
