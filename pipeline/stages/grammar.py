"""Grammar: the learner's slips, each with its place in the text and in time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat

from pipeline.enough import in_language, unread
from pipeline.grammar_range import FINITE, Turn, metrics, turn
from pipeline.grammar_rules import SOURCE, find
from pipeline.grammar_rules.parse import Parse
from pipeline.languages import Language, language_of
from pipeline.places import place
from pipeline.ports import GrammarChecker, GrammarFinding, TextAnalyzer, Token
from pipeline.reports import Dimension, GrammarError, GrammarReport, Observation, Place
from pipeline.slips import Family, slips
from pipeline.sound_alikes import sound_alike
from pipeline.spoken import CleanText, clean
from pipeline.stage import stage
from pipeline.structures import Use, inventory, uses
from pipeline.sureness import SURELY
from pipeline.values import Dialogue, Segment

ENOUGH = 40
"""Words: below, one slip more or less moves the rate by over 2.5 per 100 words, a third of the way from
B (9.0) to native speech (2.0)."""
FRAGMENTS = 25
"""Words a finite verb: above, there are no sentences in which anything could be wrong. Talk has one in 5 to 8
words, answers in fragments one in 15; a word said over and over, numbers and gibberish have none."""
EVIDENCE_LEVELS = {
    "recogniser": "text of the recogniser",
    "transcript": "text of the transcript",
    "teacher": "text as a teacher corrected it",
}
CHECKER = "languagetool"
"""Source of the checker's slips; its version stands with the run's tools."""
BESIDE = 1
"""Words on either side of a slip that must be sure too: "he go" is a slip only if "he" was said. In ten
recordings of sentences read aloud, where slips are the recogniser's, 9 were found (.33 per 100 words); 4 are left
when unsure words cost nothing, 2 when the words beside them must be sure too."""
APART = re.compile(r"[\s'’]")  # noqa: RUF001 - the mark that books set
"""Between words, and after what is elided: "l'école" has the noun "école"."""
NOUN = re.compile(r's.accorde avec le nom ["«]\s*([^"«»]+?)\s*["»]')
"""The noun with which a French determiner must agree, in the quotes of the rules and in those that a server makes of them."""


@stage(version=10)
def grammar(
    dialogue: Dialogue, *, grammar_checker: GrammarChecker, text_analyzer: TextAnalyzer
) -> GrammarReport:
    """Slips in what the learner said, disfluencies taken out; unsure words cost nothing.

    Our own rules, and the levels of structures, are there for English alone.
    """
    language = language_of(dialogue.language)
    segments = in_language(dialogue)
    cleaned = [clean(one) for one in segments]
    words = sum(len(one.words) for one in cleaned)
    reason = unread(dialogue)
    if reason is None and words < ENOUGH:
        reason = (
            f"The learner said {words} words in {language.name}; at least {ENOUGH} are needed to judge grammar: a longer conversation would "
            "help."
        )
    level = EVIDENCE_LEVELS[dialogue.words_by]
    if reason:
        return _abstained(reason, level)
    tokens = text_analyzer.analyze([one.text for one in cleaned], language.code)
    finite = sum(FINITE in one.morph for text in tokens for one in text)
    if words > FRAGMENTS * finite:
        return _abstained(
            f"Hardly a sentence was said: {finite} verbs that make one in {words} words. Answers in whole sentences "
            "are needed to judge grammar.",
            level,
        )
    theirs = grammar_checker.check([one.text for one in cleaned], language.code)
    own = [find(one) if language.complete else () for one in tokens]
    found = map(union, theirs, own, tokens, repeat(language.code))
    said = [_said(*one, language) for one in zip(segments, cleaned, tokens, found, strict=True)]
    errors = tuple(error for one in said for error in one.errors)
    return GrammarReport(
        dimension=Dimension.GRAMMAR,
        metrics=metrics([_turn(one) for one in said], profiled=language.complete),
        observations=(*_slips(errors), *_structures(said)),
        evidence_level=level,
        errors=errors,
    )


def _abstained(reason: str, level: str) -> GrammarReport:
    return GrammarReport(
        dimension=Dimension.GRAMMAR,
        metrics=(),
        observations=(),
        evidence_level=level,
        insufficient=reason,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A turn of the learner's with what was found in it."""

    segment: Segment
    text: CleanText
    tokens: Sequence[Token]
    uses: tuple[Use, ...]
    errors: tuple[GrammarError, ...]


def _said(
    segment: Segment,
    text: CleanText,
    tokens: Sequence[Token],
    findings: Sequence[tuple[GrammarFinding, str]],
    language: Language,
) -> Said:
    """Structures in which a slip was found are not credited."""
    wrong = [(one.start, one.end) for one, _ in findings]
    right = (
        one
        for one in (uses(tokens) if language.complete else ())
        if not any(a < tokens[one.at].end and tokens[one.at].start < b for a, b in wrong)
    )
    errors = tuple(_errors(segment, text, findings, language.code))
    return Said(segment=segment, text=text, tokens=tokens, uses=tuple(right), errors=errors)


def _turn(one: Said) -> Turn:
    counted = [error.severity for error in one.errors if error.counted]
    return turn(len(one.text.words), one.tokens, one.uses, counted)


def _slips(errors: Sequence[GrammarError]) -> list[Observation]:
    return [
        Observation(
            metric="errors_per_100_words",
            rule=one.rule,
            message=one.message,
            weight=slips().weights[one.severity],
            place=one.place,
        )
        for one in errors
        if one.counted
    ]


def _structures(said: Sequence[Said]) -> list[Observation]:
    """Each structure once: at the first sentence that has it and was heard surely, else at the first.

    Those heard surely come first, of these the highest level: the first is the one that readers are shown.
    """
    known = inventory()
    best: dict[str, tuple[bool, Place | None]] = {}
    for one in said:
        for use in one.uses:
            if not best.get(use.structure, (False, None))[0]:
                sure, where = _sentence(one, use)
                if sure or use.structure not in best:
                    best[use.structure] = sure, where
    names = sorted(best, key=lambda name: (best[name][0], known[name].level), reverse=True)
    return [
        Observation(
            metric="structure_variety",
            rule=f"structure-{name}",
            message=f"{known[name].title.capitalize()} ({known[name].level}).",
            weight=1.0,
            place=best[name][1],
        )
        for name in names
    ]


def _sentence(said: Said, use: Use) -> tuple[bool, Place | None]:
    """Where it stands, and whether all of its words were heard surely."""
    parse = Parse(said.tokens)
    start, stop = parse.start(use.at), parse.stop(use.at)
    touched = said.text.touched(said.tokens[start].start, said.tokens[stop - 1].end)
    if touched is None:
        return False, None
    return said.segment.least_probability(*touched) >= SURELY, place(said.segment, *touched)


def union(
    theirs: Sequence[GrammarFinding],
    own: Sequence[GrammarFinding],
    tokens: Sequence[Token],
    language: str,
) -> list[tuple[GrammarFinding, str]]:
    """Both checkers' slips with their source; where they overlap, the one that has a suggestion, else theirs."""
    known = slips(language)
    kept = [
        one
        for one in theirs
        if known.family(one.rule, one.category) and not known.misfires(one, tokens)
    ]
    added = []
    for one in own:
        over = [other for other in kept if other.start < one.end and one.start < other.end]
        if not any(other.suggestions for other in over):
            kept = [other for other in kept if other not in over]
            added.append(one)
    return [(one, CHECKER) for one in kept] + [(one, SOURCE) for one in added]


def _errors(
    segment: Segment,
    text: CleanText,
    findings: Sequence[tuple[GrammarFinding, str]],
    language: str,
) -> list[GrammarError]:
    errors: list[GrammarError] = []
    taken: set[int] = set()
    for finding, source in sorted(
        findings, key=lambda one: (one[0].start, one[0].end, one[0].rule)
    ):
        family = slips(language).family(finding.rule, finding.category)
        touched = text.touched(finding.start, finding.end)
        if family is None or touched is None:
            continue
        said = set(range(touched[0], touched[1] + 1))
        why = "These words are counted already." if said & taken else None
        why = why or _unheard(text, finding, language) or _doubt(segment, text, touched)
        if why is None:
            taken |= said
        errors.append(_error(segment, finding, family, touched, source, why=why))
    return errors


def _unheard(text: CleanText, finding: GrammarFinding, language: str) -> str | None:
    """Why a slip must not cost anything that only a reader sees, None when one hears it."""
    said = text.text[finding.start : finding.end]
    alike = next((one for one in finding.suggestions if sound_alike(language, said, one)), None)
    return None if alike is None else f"It cannot be heard: “{alike}” sounds the same."


def _doubt(segment: Segment, text: CleanText, touched: tuple[int, int]) -> str | None:
    """Why a slip in the words from first to last must not cost anything, None when it may."""
    first, last = text.words.index(touched[0]), text.words.index(touched[1])
    near = text.words[max(0, first - BESIDE) : last + 1 + BESIDE]
    if any(segment.words[n].probability < SURELY for n in near):
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
        suggestion=_better(finding),
        severity=family.severity,
        counted=why is None,
        why_not_counted=why,
        place=where,
    )


def _better(finding: GrammarFinding) -> str | None:
    """The first suggestion; of a determiner's, the first that keeps the noun.

    LanguageTool thinks of accents that writers leave out and has "un soupé" before "une soupe"; in talk the noun was heard.
    """
    noun = NOUN.search(finding.message)
    kept = (one for one in finding.suggestions if noun and noun[1] in APART.split(one))
    return next(kept, next(iter(finding.suggestions), None))
