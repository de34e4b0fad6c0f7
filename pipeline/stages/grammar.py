"""Grammar: the learner's slips, each with its place in the text and in time."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.enough import unjudgeable
from pipeline.grammar_rules import SOURCE, find
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
EVIDENCE_LEVEL = "text of the recogniser"
CHECKER = "languagetool"
"""Source of the checker's slips; its version stands with the run's tools."""
BESIDE = 1
"""Words on either side of a slip that must be sure too: "he go" is a slip only if "he" was said. In ten
recordings of sentences read aloud, where slips are the recogniser's, 9 were found (.33 per 100 words); 4 are left
when unsure words cost nothing, 2 when the words beside them must be sure too."""


@stage(version=3)
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
            evidence_level=EVIDENCE_LEVEL,
            insufficient=reason,
        )
    findings = grammar_checker.check([one.text for one in cleaned], dialogue.language)
    tokens = text_analyzer.analyze([one.text for one in cleaned])
    errors = tuple(
        error
        for segment, text, theirs, parsed in zip(segments, cleaned, findings, tokens, strict=True)
        for error in _errors(segment, text, union(theirs, find(parsed)))
    )
    counted = [one for one in errors if one.counted]
    weights = slips().weights
    rate = 100 * sum(weights[one.severity] for one in counted) / words
    return GrammarReport(
        dimension=Dimension.GRAMMAR,
        metrics=(
            Metric(name="errors_per_100_words", value=round(rate, 4), n=words),
            *_range(tokens, words),
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
        evidence_level=EVIDENCE_LEVEL,
        errors=errors,
    )


def union(
    theirs: Sequence[GrammarFinding], own: Sequence[GrammarFinding]
) -> list[tuple[GrammarFinding, str]]:
    """Both checkers' slips with their source; where they overlap, the one that has a suggestion, else theirs."""
    kept = [one for one in theirs if slips().family(one.rule)]
    added = []
    for one in own:
        over = [other for other in kept if other.start < one.end and one.start < other.end]
        if not any(other.suggestions for other in over):
            kept = [other for other in kept if other not in over]
            added.append(one)
    return [(one, CHECKER) for one in kept] + [(one, SOURCE) for one in added]


def _errors(
    segment: Segment, text: CleanText, findings: Sequence[tuple[GrammarFinding, str]]
) -> list[GrammarError]:
    errors: list[GrammarError] = []
    taken: set[int] = set()
    for finding, source in sorted(
        findings, key=lambda one: (one[0].start, one[0].end, one[0].rule)
    ):
        family = slips().family(finding.rule)
        touched = text.touched(finding.start, finding.end)
        if family is None or touched is None:
            continue
        said = set(range(touched[0], touched[1] + 1))
        why = "These words are counted already." if said & taken else _doubt(segment, text, touched)
        if why is None:
            taken |= said
        errors.append(_error(segment, finding, family, touched, source, why=why))
    return errors


def _doubt(segment: Segment, text: CleanText, touched: tuple[int, int]) -> str | None:
    """Why a slip in the words from first to last must not cost anything, None when it may."""
    first, last = text.words.index(touched[0]), text.words.index(touched[1])
    near = text.words[max(0, first - BESIDE) : last + 1 + BESIDE]
    if any(segment.words[n].probability < UNSURE for n in near):
        return "The recogniser was unsure of these words."
    if segment.overlap:
        return "Somebody else talks at the same time."
    return None


def _error(
    segment: Segment,
    finding: GrammarFinding,
    family: Family,
    touched: tuple[int, int],
    source: str,
    *,
    why: str | None,
) -> GrammarError:
    where = place(segment, *touched)
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


def _range(texts: Sequence[Sequence[Token]], words: int) -> tuple[Metric, ...]:
    """Sentence length and clauses a sentence; a clause is counted by its finite verb."""
    tokens = [one for text in texts for one in text]
    sentences = sum(one.sentence_start for one in tokens) or 1
    clauses = sum(FINITE in one.morph and one.pos in {"VERB", "AUX"} for one in tokens)
    return (
        Metric(name="mean_sentence_length", value=round(words / sentences, 4), n=sentences),
        Metric(name="clauses_per_sentence", value=round(clauses / sentences, 4), n=sentences),
    )
