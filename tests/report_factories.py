"""Reports and scorecards for tests, fitted to a dialogue of `tests.factories`."""

from __future__ import annotations

from decimal import Decimal

from pipeline.reports import (
    CAPS,
    ComprehensionReport,
    Dimension,
    Exchange,
    FluencyReport,
    GrammarError,
    GrammarReport,
    LemmaUse,
    Metric,
    Observation,
    Pause,
    Place,
    PronunciationReport,
    Report,
    Severity,
    VocabularyReport,
)
from pipeline.scores import DimensionScore, Evidence, Feedback, Level, Score, Scorecard
from pipeline.values import Dialogue


def place(talk: Dialogue, text: str) -> Place:
    """Where these words first stand in the dialogue; ValueError when they do not."""
    wanted = text.split()
    for one in talk.segments:
        said = [word.text for word in one.words]
        for at in range(len(said) - len(wanted) + 1):
            if said[at : at + len(wanted)] == wanted:
                spans, last = one.word_spans(), at + len(wanted) - 1
                return Place(
                    segment=one.number,
                    start=spans[at][0],
                    end=spans[last][1],
                    words=tuple(word.id for word in one.words[at : last + 1]),
                    start_time=one.words[at].start,
                    end_time=one.words[last].end,
                )
    message = f"nobody says {text!r}"
    raise ValueError(message)


def metrics(n: int = 40, **values: float) -> tuple[Metric, ...]:
    """Metrics by name, each measured on `n` things."""
    return tuple(Metric(name=name, value=value, n=n) for name, value in values.items())


def observation(
    metric: str, where: Place | None, *, rule: str = "RULE", weight: float = 1.0
) -> Observation:
    """One thing noticed."""
    return Observation(metric=metric, rule=rule, message="It shows.", weight=weight, place=where)


def grammar_error(
    talk: Dialogue, text: str, suggestion: str, *, counted: bool = True, severity: Severity = "high"
) -> GrammarError:
    """A slip at the words `text`."""
    return GrammarError(
        type="agreement",
        rule="HE_VERB_AGR",
        source="a test",
        message="The verb does not fit its subject.",
        text=text,
        suggestion=suggestion,
        severity=severity,
        counted=counted,
        why_not_counted=None if counted else "The recogniser was unsure of these words.",
        place=place(talk, text),
    )


def grammar_report(
    talk: Dialogue, *slips: tuple[str, str], insufficient: str | None = None, rate: float = 4.0
) -> GrammarReport:
    """Grammar with these slips (text, suggestion), all counted."""
    errors = tuple(grammar_error(talk, text, suggestion) for text, suggestion in slips)
    return GrammarReport(
        dimension=Dimension.GRAMMAR,
        metrics=metrics(
            errors_per_100_words=rate if slips else 0.0,
            structure_variety=5.0,
            upper_structure_share=0.05,
        ),
        observations=tuple(
            Observation(
                metric="errors_per_100_words",
                rule=one.rule,
                message=one.message,
                weight=1.0,
                place=one.place,
            )
            for one in errors
        ),
        evidence_level="text",
        insufficient=insufficient,
        errors=errors,
    )


def lemma(
    talk: Dialogue, text: str, *, cefr: str | None = "A1", advanced: bool = False
) -> LemmaUse:
    """One lemma used once, at the word `text`."""
    return LemmaUse(
        lemma=text.lower().strip(".,?!"),
        pos="NOUN",
        frequency=1,
        zipf=5.1,
        cefr=cefr,
        complexity=20.0,
        appropriateness=None,
        context=text,
        is_advanced=advanced,
        place=place(talk, text),
    )


def vocabulary_report(talk: Dialogue, *, insufficient: str | None = None) -> VocabularyReport:
    """Vocabulary: the first word of each of the learner's segments is a lemma, once."""
    firsts = dict.fromkeys(one.words[0].text for one in talk.learner_segments)
    return VocabularyReport(
        dimension=Dimension.VOCABULARY,
        metrics=metrics(
            words=120.0,
            lemmas=70.0,
            mattr=0.72,
            mtld=55.0,
            rarer_words=4.0,
            independent_words=2.0,
            mean_zipf=5.2,
            advanced_share=0.08,
        ),
        observations=tuple(observation("independent_words", place(talk, one)) for one in firsts),
        evidence_level="text",
        insufficient=insufficient,
        lemmas=tuple(lemma(talk, one) for one in firsts),
    )


def fluency_report(talk: Dialogue, *, insufficient: str | None = None) -> FluencyReport:
    """Fluency with one pause inside a clause, at the first learner's segment's first word."""
    own = talk.learner_segments[:1]
    return FluencyReport(
        dimension=Dimension.FLUENCY,
        metrics=metrics(
            speech_rate=2.6,
            articulation_rate=3.6,
            mean_length_of_run=6.0,
            pauses_per_minute=18.0,
            pauses_within_per_100_words=6.0,
            mean_pause=0.6,
            phonation_ratio=0.72,
            fillers_per_100_words=3.0,
            repairs_per_100_words=2.0,
        ),
        observations=tuple(
            observation("pauses_within_per_100_words", place(talk, one.words[0].text))
            for one in own
        ),
        evidence_level="timing",
        insufficient=insufficient,
        pauses=tuple(
            Pause(start=one.start, end=one.start + 0.4, where="within", segment=one.number)
            for one in own
        ),
    )


def pronunciation_report(talk: Dialogue, *, insufficient: str | None = None) -> PronunciationReport:
    """Pronunciation with the learner's unsure words as observations."""
    unsure = [
        word.text for one in talk.learner_segments for word in one.words if word.probability < 0.5
    ]
    return PronunciationReport(
        dimension=Dimension.PRONUNCIATION,
        metrics=metrics(
            pronunciation_accuracy=7.9, mean_word_probability=0.88, unclear_word_share=0.06
        ),
        observations=tuple(observation("unclear_word_share", place(talk, one)) for one in unsure),
        evidence_level="recogniser probabilities",
        insufficient=insufficient,
    )


def comprehension_report(talk: Dialogue, *, insufficient: str | None = None) -> ComprehensionReport:
    """Comprehension: each partner's segment with the learner's segment that follows at once."""
    pairs = [
        (before, after)
        for before, after in zip(talk.segments, talk.segments[1:], strict=False)
        if before.speaker != "learner" and after.speaker == "learner"
    ]
    return ComprehensionReport(
        dimension=Dimension.COMPREHENSION,
        metrics=metrics(n=12, reply_fit=0.5, reply_latency=0.7, repair_request_share=0.05),
        observations=(),
        evidence_level="text and timing",
        insufficient=insufficient,
        exchanges=tuple(
            Exchange(
                prompt=before.number,
                reply=after.number,
                question=before.text.endswith("?"),
                relevance=0.3,
                latency=after.start - before.end,
                repair_request=False,
            )
            for before, after in pairs
        ),
    )


def reports(talk: Dialogue) -> tuple[Report, ...]:
    """All five, no slip in the grammar."""
    return (
        grammar_report(talk),
        vocabulary_report(talk),
        fluency_report(talk),
        pronunciation_report(talk),
        comprehension_report(talk),
    )


def scorecard(
    *scores: str, insufficient: str | None = None, evidence: tuple[Evidence, ...] = ()
) -> Scorecard:
    """A scorecard of five scores in the dimensions' order, one row of evidence each unless given.

    Without scores: 20, 15, 14, 11 and 13, together 73. `insufficient` is the reason why there is
    no overall score; the five then stand all the same.
    """
    points = [
        Decimal(one).quantize(Decimal("0.01")) for one in scores or ["20", "15", "14", "11", "13"]
    ]
    parts = dict(zip(Dimension, points, strict=True))
    overall = sum(points, Decimal(0)) if insufficient is None else None
    return Scorecard(
        rubric="2026.2",
        rubric_sha256="0" * 64,
        dimensions=tuple(
            DimensionScore(
                dimension=one,
                state="scored",
                cap=Decimal(CAPS[one]),
                score=got,
                low=max(Decimal(0), got - 1),
                high=min(Decimal(CAPS[one]), got + 1),
                reason=None,
                evidence_level="text",
            )
            for one, got in parts.items()
        ),
        overall=Score(
            state="scored" if overall is not None else "insufficient",
            cap=Decimal(100),
            score=overall,
            low=None if overall is None else max(Decimal(0), overall - 3),
            high=None if overall is None else min(Decimal(100), overall + 3),
            reason=insufficient,
            evidence_level=None if overall is None else "text",
        ),
        level=Level(
            state="scored" if overall is not None else "insufficient",
            cefr=None if overall is None else "B2",
            low=None if overall is None else "B1",
            high=None if overall is None else "B2",
            reason=insufficient,
        ),
        evidence=evidence
        or tuple(
            Evidence(dimension=one, rule="criterion", points=got, explanation="Seen.", place=None)
            for one, got in parts.items()
        ),
        feedback=Feedback(
            strengths=("You speak clearly.",),
            areas_for_improvement=("Verbs with he and she.",),
            recommendations=("Say five sentences about a friend.",),
        ),
    )
