from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.cutting import LONGEST, chunks
from pipeline.values import Span

GAPS = st.lists(
    st.tuples(st.floats(min_value=0.01, max_value=40), st.floats(min_value=0.1, max_value=90)),
    max_size=30,
)


@given(GAPS)
def test_chunks_hold_all_speech_fit_the_window_and_never_overlap(
    found: list[tuple[float, float]],
) -> None:
    speech, at = [], 0.0
    for gap, length in found:
        speech.append(Span(start=at + gap, end=at + gap + length))
        at = speech[-1].end
    pieces = chunks(speech, at + 1)
    for one, two in pairwise(pieces):
        assert one.end <= two.start + 0.002
    assert all(0 < one.seconds <= LONGEST + 0.01 for one in pieces)
    for span in speech:
        covered = sum(span.overlap(one) for one in pieces)
        assert covered >= span.seconds - 0.01 * (1 + len(pieces))


def test_no_speech_gives_no_chunk() -> None:
    assert chunks((), 10) == ()


def test_a_short_recording_is_one_chunk_with_padding() -> None:
    assert chunks((Span(start=1, end=2), Span(start=3, end=4)), 10) == (Span(start=0.6, end=4.4),)
