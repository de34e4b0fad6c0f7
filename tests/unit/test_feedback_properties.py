"""Whatever is said and noticed: feedback quotes the learner alone, exactly, and never profanely."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.feedback import MOST
from pipeline.quotes import AROUND, LONGEST
from pipeline.reports import Dimension, GrammarReport, Observation, Place, Report, VocabularyReport
from pipeline.stages.score import score
from pipeline.values import LEARNER, Dialogue
from tests import factories, report_factories
from workers.toolbox import rubric

RUBRIC = rubric("2026.2")
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
        names = [one.metric for one in RUBRIC.criteria[report.dimension]]
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


@st.composite
def places(draw: st.DrawFn, talk: Dialogue) -> Place:
    segment = draw(st.sampled_from(talk.segments))
    first = draw(st.integers(0, len(segment.words) - 1))
    last = draw(st.integers(first, len(segment.words) - 1))
    spans = segment.word_spans()
    return Place(
        segment=segment.number,
        start=spans[first][0],
        end=spans[last][1],
        words=tuple(one.id for one in segment.words[first : last + 1]),
        start_time=segment.words[first].start,
        end_time=segment.words[last].end,
    )


def trimmed(text: str) -> str:
    return text.rstrip(".,;:") or text


@settings(deadline=None)  # a whole scorecard an example
@given(judged(), st.sampled_from(["en", "de", "fr"]))
def test_feedback_quotes_the_learner_alone_and_exactly(
    found: tuple[Dialogue, list[Report]], language: str
) -> None:
    talk, reports = found
    made = score(factories.upload(feedback_language=language), talk, *reports, rubric=RUBRIC)
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
