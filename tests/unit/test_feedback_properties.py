"""Whatever is said and noticed: feedback quotes the learner alone, exactly, and never profanely."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.feedback import MOST
from pipeline.quotes import AROUND, LONGEST
from pipeline.reports import Dimension, GrammarReport, Observation, Report, VocabularyReport
from pipeline.rubric import Rubric
from pipeline.stages.score import score
from pipeline.values import LEARNER, Dialogue
from tests import factories, report_factories
from tests.shipped import RUBRICS
from tests.strategies import places

WORDS = st.sampled_from(
    ["he", "go.", "um", "naïve", "日本", "😀", "<b>", "fuck", "live", "{quote}", "“a”", "sea?"]
)
LINES = st.lists(
    st.tuples(st.sampled_from("LP"), st.lists(WORDS, min_size=1, max_size=16)),
    min_size=1,
    max_size=5,
)


@st.composite
def judged(draw: st.DrawFn) -> tuple[Dialogue, list[Report]]:
    """A talk and reports with losses at any words, the partner's too."""
    talk = factories.dialogue(*(f"{who}: {' '.join(said)}" for who, said in draw(LINES)))
    found = []
    for report in report_factories.reports(talk):
        metrics = tuple(
            replace(one, value=draw(st.floats(0, 30, allow_nan=False))) for one in report.metrics
        )
        names = sorted(
            {m.metric for one in RUBRICS.values() for m in one.criteria[report.dimension]}
        )
        observations = tuple(
            Observation(
                metric=draw(st.sampled_from(names)),
                rule=draw(st.sampled_from(["long-pause", "unclear-word", "new"])),
                message="It shows.",
                weight=draw(st.floats(0.1, 5)),
                place=draw(st.none() | places(talk)),
            )
            for _ in range(draw(st.integers(0, 4)))
        )
        changed = replace(report, metrics=metrics, observations=observations)
        if isinstance(changed, GrammarReport):
            changed = replace(changed, errors=())
        if isinstance(changed, VocabularyReport):
            changed = replace(changed, lemmas=())
        if draw(st.booleans()) and draw(st.booleans()):
            changed = replace(changed, insufficient="Too little.")
        found.append(changed)
    return talk, found


def trimmed(text: str) -> str:
    return text.rstrip(".,;:") or text


@pytest.mark.parametrize("rubric", RUBRICS.values(), ids=RUBRICS)
@settings(deadline=None)  # a whole scorecard an example
@given(found=judged(), language=st.sampled_from(["en", "de", "fr"]))
def test_feedback_quotes_the_learner_alone_and_exactly(
    rubric: Rubric, found: tuple[Dialogue, list[Report]], language: str
) -> None:
    talk, reports = found
    made = score(factories.upload(feedback_language=language), talk, *reports, rubric=rubric)
    said = made.feedback
    segments = {one.number: one for one in talk.segments}
    for one in said.detailed:
        assert made.of(one.dimension).score is not None
        assert (one.quote is None) == (one.place is None)
        if one.place is None or one.quote is None:
            continue
        segment = segments[one.place.segment]
        assert segment.speaker == LEARNER
        assert one.quote == segment.text[one.place.start : one.place.end]
        assert one.quote in one.text
        words = {word.id: word for word in segment.words}
        assert one.quote == trimmed(" ".join(words[name].text for name in one.place.words))
        assert one.place.start_time == words[one.place.words[0]].start
        assert one.place.end_time == words[one.place.words[-1]].end
        assert len(one.place.words) <= LONGEST + 2 * AROUND
        assert "fuck" not in one.text
    texts = [one.text for one in said.detailed]
    for sentences in (said.strengths, said.areas_for_improvement):
        assert len(sentences) <= MOST
        assert set(sentences) <= set(texts)
    assert len(said.recommendations) <= MOST
    for dimension in Dimension:
        assert sum(one.dimension == dimension for one in said.detailed) <= MOST + 1
