"""Vocabulary: which words the learner has at hand, how varied and how advanced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.enough import unjudgeable
from pipeline.lexical import mattr, mtld
from pipeline.places import place
from pipeline.ports import LevelList, TextAnalyzer, Token, WordFrequencies
from pipeline.reports import Dimension, LemmaUse, Metric, Observation, Place, VocabularyReport
from pipeline.spoken import CleanText, clean
from pipeline.stage import stage
from pipeline.values import UNSURE, Dialogue, Segment, Upload

ENOUGH = 50
"""Words: one whole window of the diversity measure."""
CONTENT = frozenset({"NOUN", "VERB", "ADJ", "ADV"})
LEFT_OUT = frozenset({"PUNCT", "SPACE", "SYM", "X", "NUM", "PROPN"})
"""Not the learner's range: names, numbers, and what is no word."""
POSSESSIVE = "POS"
"""Penn tag of the possessive 's, which is no word of its own."""
LEVELS = ("A1", "A2", "B1", "B2", "C1", "C2")
ADVANCED = frozenset({"B2", "C1", "C2"})
COMMONEST = 7.0
"""Zipf value of the commonest words (`the` is 7.7): complexity 0; a Zipf value of 2 is 100."""
CONTEXT = 160
"""Code points: some two lines, enough to see the word at work."""
REPEATED = 0.05
"""Share of the words from which on a content word counts as overused: in talk of 100 words, five times."""
REPEATED_AT_LEAST = 4


@dataclass(frozen=True, slots=True)
class _Use:
    segment: Segment
    token: Token
    lemma: str
    where: Place


@stage(version=3)
def vocabulary(
    upload: Upload,
    dialogue: Dialogue,
    *,
    text_analyzer: TextAnalyzer,
    word_frequencies: WordFrequencies,
    level_list: LevelList,
) -> VocabularyReport:
    """One entry a lemma; disfluencies, names, numbers and unsure words are left out."""
    uses = _uses(dialogue, text_analyzer) if unjudgeable(dialogue) is None else []
    reason = unjudgeable(dialogue)
    if reason is None and len(uses) < ENOUGH:
        reason = (
            f"The learner said {len(uses)} words that were heard clearly; at least {ENOUGH} are needed "
            "to judge vocabulary: a longer or clearer recording would help."
        )
    lemmas = _lemmas(uses, dialogue.language, upload.level, word_frequencies, level_list)
    content = [one for one in lemmas if one.pos in CONTENT and _known(one)]
    return VocabularyReport(
        dimension=Dimension.VOCABULARY,
        metrics=_metrics([one.lemma for one in uses], lemmas, content),
        observations=(*_advanced(content), *_repeated(content, len(uses))),
        evidence_level="text",
        insufficient=reason,
        lemmas=tuple(lemmas),
    )


def _uses(dialogue: Dialogue, text_analyzer: TextAnalyzer) -> list[_Use]:
    segments = [one for one in dialogue.learner_segments if one.words]
    cleaned = [clean(one) for one in segments]
    analysed = text_analyzer.analyze([one.text for one in cleaned])
    return [
        use
        for segment, text, tokens in zip(segments, cleaned, analysed, strict=True)
        for token in tokens
        if (use := _use(segment, text, token)) is not None
    ]


def _use(segment: Segment, text: CleanText, token: Token) -> _Use | None:
    touched = text.touched(token.start, token.end)
    if touched is None or token.pos in LEFT_OUT or token.tag == POSSESSIVE:
        return None
    if not any(map(str.isalpha, token.text)):
        return None
    if any(segment.words[n].probability < UNSURE for n in range(touched[0], touched[1] + 1)):
        return None
    return _Use(segment, token, token.lemma.casefold(), place(segment, *touched))


def _lemmas(
    uses: Sequence[_Use],
    language: str,
    level: str | None,
    word_frequencies: WordFrequencies,
    level_list: LevelList,
) -> list[LemmaUse]:
    groups: dict[str, list[_Use]] = {}
    for use in uses:
        groups.setdefault(use.lemma, []).append(use)
    found = []
    for lemma, group in sorted(groups.items()):
        pos = Counter(one.token.pos for one in group).most_common(1)[0][0]
        zipf = word_frequencies.zipf(lemma, language)
        cefr = level_list.level(lemma, pos)
        found.append(
            LemmaUse(
                lemma=lemma,
                pos=pos,
                frequency=len(group),
                zipf=round(zipf, 2),
                cefr=cefr,
                complexity=round(_complexity(zipf, cefr), 2),
                appropriateness=_appropriateness(cefr, level),
                context=_context(group[0]),
                is_advanced=cefr in ADVANCED,
                place=group[0].where,
            )
        )
    return found


def _context(use: _Use) -> str:
    """The words around the first use, cut at spaces."""
    text, middle = use.segment.text, (use.where.start + use.where.end) // 2
    if len(text) <= CONTEXT:
        return text
    first = max(0, min(middle - CONTEXT // 2, len(text) - CONTEXT))
    piece = text[first : first + CONTEXT]
    if first:
        piece = "…" + piece.partition(" ")[2]
    if first + CONTEXT < len(text):
        piece = piece.rpartition(" ")[0] + "…"
    return piece


def _known(one: LemmaUse) -> bool:
    """A form that no list and no corpus has is foreign, or the recogniser's invention."""
    return one.zipf > 0 or one.cefr is not None


def _complexity(zipf: float, cefr: str | None) -> float:
    """0 to 100: rarity on the Zipf scale, and the CEFR level where a list has one, half and half.

    Zipf 7 gives a rarity of 0, Zipf 2 one of 100; A1 a level of 0, C2 one of 100, in even steps. A form
    that neither a list nor a corpus has is 0: it may be no word at all.
    """
    if cefr is None and zipf == 0:
        return 0.0
    rarity = min(100.0, max(0.0, (COMMONEST - zipf) / (COMMONEST - 2.0) * 100))
    if cefr is None:
        return rarity
    return (rarity + LEVELS.index(cefr) * 100 / (len(LEVELS) - 1)) / 2


def _appropriateness(cefr: str | None, level: str | None) -> float | None:
    """100 at or below the conversation's level, 25 less for each level above it; None where one is unknown.

    The level is one of A1 to C2, in any case; "B1+" is B1.
    """
    wanted = (level or "").strip().upper().rstrip("+")
    if cefr is None or wanted not in LEVELS:
        return None
    above = LEVELS.index(cefr) - LEVELS.index(wanted)
    return float(max(0, 100 - 25 * max(0, above)))


def _metrics(
    tokens: Sequence[str], lemmas: Sequence[LemmaUse], content: Sequence[LemmaUse]
) -> tuple[Metric, ...]:
    if not tokens:
        return ()
    metrics = [
        Metric(name="words", value=len(tokens), n=len(tokens)),
        Metric(name="lemmas", value=len(lemmas), n=len(tokens)),
        Metric(name="mattr", value=round(mattr(tokens), 4), n=len(tokens)),
        Metric(name="mtld", value=round(mtld(tokens), 4), n=len(tokens)),
    ]
    if content:
        zipf = sum(one.zipf for one in content) / len(content)
        advanced = sum(one.is_advanced for one in content) / len(content)
        metrics += [
            Metric(name="mean_zipf", value=round(zipf, 4), n=len(content)),
            Metric(name="advanced_share", value=round(advanced, 4), n=len(content)),
        ]
    return tuple(metrics)


def _advanced(content: Sequence[LemmaUse]) -> list[Observation]:
    return [
        Observation(
            metric="advanced_share",
            rule="advanced-word",
            message=f"“{one.lemma}” is a word of level {one.cefr}.",
            weight=1.0,
            place=one.place,
        )
        for one in content
        if one.is_advanced
    ]


def _repeated(content: Sequence[LemmaUse], words: int) -> list[Observation]:
    return [
        Observation(
            metric="mattr",
            rule="repeated-word",
            message=f"“{one.lemma}” is said {one.frequency} times.",
            weight=float(one.frequency),
            place=one.place,
        )
        for one in content
        if one.frequency >= max(REPEATED_AT_LEAST, REPEATED * words)
    ]
