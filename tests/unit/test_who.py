from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.values import Span, Turn
from pipeline.who import TurnsInTime, distance

TENTHS = st.integers(0, 60)
SPANS = st.tuples(TENTHS, st.integers(1, 30)).map(
    lambda one: Span(start=one[0] / 10, end=(one[0] + one[1]) / 10)
)
TURNS = st.lists(
    st.tuples(SPANS, st.sampled_from("AB")).map(
        lambda one: Turn(label=one[1], start=one[0].start, end=one[0].end)
    ),
    max_size=12,
)


@given(TURNS, SPANS)
def test_turns_are_found_as_by_looking_at_each_of_them(turns: list[Turn], span: Span) -> None:
    index = TurnsInTime(turns)
    over = [one for one in turns if span.overlap(one.span) > 0]
    assert sorted(index.over(span), key=repr) == sorted(over, key=repr)
    near = index.nearest(span)
    if not over and turns:
        assert near is not None
        assert distance(span, near.span) == min(distance(span, one.span) for one in turns)


def test_without_turns_none_is_near() -> None:
    assert TurnsInTime(()).nearest(Span(start=0.0, end=1.0)) is None
