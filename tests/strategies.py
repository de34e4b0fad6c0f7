"""What Hypothesis draws."""

from __future__ import annotations

from hypothesis import strategies as st

from pipeline import places as made
from pipeline.reports import Place
from pipeline.values import Dialogue


@st.composite
def places(draw: st.DrawFn, talk: Dialogue) -> Place:
    """Some words of some segment."""
    segment = draw(st.sampled_from(talk.segments))
    first = draw(st.integers(0, len(segment.words) - 1))
    last = draw(st.integers(first, len(segment.words) - 1))
    return made.place(segment, first, last)
