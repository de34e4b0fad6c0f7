"""Grammar: the learner's slips, each with its place in the text and in time."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.enough import unjudgeable
from pipeline.places import place
from pipeline.ports import GrammarChecker, GrammarFinding, TextAnalyzer, Token
from pipeline.reports import Dimension, GrammarError, GrammarReport, Metric, Observation
from pipeline.slips import Family, slips
from pipeline.spoken import CleanText, clean
from pipeline.stage import stage
from pipeline.values import UNSURE, Dialogue, Segment

ENOUGH = 40
"""Words: below, one slip more or less moves the rate by over 2.5 per 100 words, a third of the way from
B (9.0) to native speech (2.0)."""
FINITE = "VerbForm=Fin"


@stage(version=1)
def grammar(
    dialogue: Dialogue, *, grammar_checker: GrammarChecker, text_analyzer: TextAnalyzer
) -> GrammarReport:
    """Slips in what the learner said, disfluencies taken out; unsure words cost nothing."""
    segments = [one for one in dialogue.learner_segments if one.words]
    cleaned = [clean(one) for one in segments]
    words = sum(len(one.words) for one in cleaned)
    reason = unjudgeable(dialogue)
    if reason is None and words < ENOUGH:
        reason = f"The learner said {words} words; at least {ENOUGH} are needed to judge grammar."
    if reason:
        return GrammarReport(
            dimension=Dimension.GRAMMAR,
            metrics=(),
            observations=(),
            evidence_level="text",
            insufficient=reason,
        )
    findings = grammar_checker.check([one.text for one in cleaned], dialogue.language)
    errors = tuple(
        error
        for segment, text, found in zip(segments, cleaned, findings, strict=True)
        for error in _errors(segment, text, found, grammar_checker.engine)
    )
    counted = [one for one in errors if one.counted]
    weights = slips().weights
    rate = 100 * sum(weights[one.severity] for one in counted) / words
    tokens = text_analyzer.analyze([one.text for one in cleaned])
    return GrammarReport(
        dimension=Dimension.GRAMMAR,
        metrics=(
            Metric(name="errors_per_100_words", value=round(rate, 4), n=words),
            *_range(tokens),
        ),
        observations=tuple(
            Observation(
                metric="errors_per_100_words",
                rule=one.rule,
                message=one.message,
                weight=weights[one.severity],
                place=one.place,
            )
            for one in counted
        ),
        evidence_level="text",
        errors=errors,
    )


def _errors(
    segment: Segment, text: CleanText, findings: Sequence[GrammarFinding], source: str
) -> list[GrammarError]:
    errors = []
    for finding in findings:
        family = slips().family(finding.rule)
        touched = text.touched(finding.start, finding.end)
        if family is not None and touched is not None:
            errors.append(_error(segment, finding, family, touched, source))
    return errors


def _error(
    segment: Segment,
    finding: GrammarFinding,
    family: Family,
    touched: tuple[int, int],
    source: str,
) -> GrammarError:
    where = place(segment, *touched)
    said = segment.words[touched[0] : touched[1] + 1]
    why = None
    if any(one.probability < UNSURE for one in said):
        why = "The recogniser was unsure of these words."
    elif segment.overlap:
        why = "Somebody else talks at the same time."
    return GrammarError(
        type=family.name,
        rule=finding.rule,
        source=source,
        message=finding.message,
        text=segment.text[where.start : where.end],
        suggestion=finding.suggestions[0] if finding.suggestions else None,
        severity=family.severity,
        counted=why is None,
        why_not_counted=why,
        place=where,
    )


def _range(texts: Sequence[Sequence[Token]]) -> tuple[Metric, ...]:
    """Sentence length and clauses a sentence; a clause is counted by its finite verb."""
    tokens = [one for text in texts for one in text]
    sentences = sum(one.sentence_start for one in tokens) or 1
    words = sum(one.pos not in {"PUNCT", "SPACE"} for one in tokens)
    clauses = sum(FINITE in one.morph and one.pos in {"VERB", "AUX"} for one in tokens)
    return (
        Metric(name="mean_sentence_length", value=round(words / sentences, 4), n=sentences),
        Metric(name="clauses_per_sentence", value=round(clauses / sentences, 4), n=sentences),
    )
