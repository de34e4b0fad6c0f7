"""Vocabulary: which words the learner has at hand, how varied and how advanced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from pipeline.enough import unread
from pipeline.languages import Language, language_of
from pipeline.lexical import WINDOW, repetition
from pipeline.ports import LevelList, TextAnalyzer, WordFrequencies
from pipeline.reports import Dimension, LemmaUse, Metric, Observation, VocabularyReport
from pipeline.rubric import LEVELS
from pipeline.stage import stage
from pipeline.sureness import READINGS, UNSURE
from pipeline.values import Dialogue, Upload
from pipeline.word_range import ADVANCED, averaged, range_metrics
from pipeline.words_used import Use, words_used

ENOUGH = 50
"""Words: one whole window of the diversity measure."""
CONTENT = frozenset({"NOUN", "VERB", "ADJ", "ADV"})
SWEARING = frozenset({"bloody", "bum", "damn", "hell", "idiot", "prick", "retard", "suck"})
"""What the level lists have at B2: nothing to praise and no reason to take points off."""
COMMONEST = 7.0
"""Zipf value of the commonest words (`the` is 7.7): complexity 0; a Zipf value of 2 is 100."""
CONTEXT = 160
"""Code points: some two lines, enough to see the word at work."""
REPEATED = 0.05
"""Share of the words from which on a content word counts as overused: in talk of 100 words, five times."""
REPEATED_AT_LEAST = 4
"""Uses, by judgement: in talk of less than 80 words the share alone would name what is said three times, as
often as a subject asks for its word."""


@stage(version=9)
def vocabulary(
    upload: Upload,
    dialogue: Dialogue,
    *,
    text_analyzer: TextAnalyzer,
    word_frequencies: WordFrequencies,
    level_list: LevelList,
) -> VocabularyReport:
    """One entry a lemma; disfluencies, names, numbers and unsure words are left out.

    The measures are means over READINGS of the talk.

    Words that no level list has, where the language has none words that no corpus has, are listed but measured by
    nothing: they may be foreign, misheard or no words at all. In native everyday talk they are 1.5 % of the words (240 samples of dialogues and sentences).
    """
    reason = unread(dialogue)
    uses = words_used(dialogue, text_analyzer) if reason is None else []
    language = language_of(dialogue.language)
    lemmas = _lemmas(uses, language, upload.level, word_frequencies, level_list)
    if upload.topic:
        named = {
            one.lemma.casefold() for one in text_analyzer.analyze([upload.topic], language.code)[0]
        }
        lemmas = {lemma: _on_topic(one) if lemma in named else one for lemma, one in lemmas.items()}
    listed = [one for one in uses if _known(lemmas[one.lemma], language)]
    if reason is None and len(listed) < ENOUGH:
        reason = (
            f"The learner said {len(listed)} {language.name} words that were heard clearly, names and numbers left out; at "
            f"least {ENOUGH} are needed to judge vocabulary: a longer or clearer recording would help."
        )
    credited = _credited(listed, lemmas)
    return VocabularyReport(
        dimension=Dimension.VOCABULARY,
        metrics=(
            *_counts(uses, lemmas),
            *_measured(listed, lemmas, profiled=language.complete),
        ),
        observations=(
            *_advanced(
                [lemmas[one] for one in sorted(credited)],
                {one.lemma for one in listed if one.surely},
            ),
            *_repeated(listed, lemmas),
        ),
        evidence_level="text",
        insufficient=reason,
        lemmas=tuple(lemmas.values()),
    )


def _measured(
    listed: Sequence[Use], lemmas: Mapping[str, LemmaUse], *, profiled: bool
) -> tuple[Metric, ...]:
    """Range and variety: means over READINGS, of UNSURE and of the others that have words enough."""
    found: list[tuple[Metric, ...]] = []
    for least in READINGS:
        read = [one for one in listed if one.sure >= least]
        if least == UNSURE or len(read) >= ENOUGH:
            found.append(range_metrics(read, lemmas, _credited(read, lemmas), profiled=profiled))
    every = [one for some in found for one in some]
    return tuple(
        averaged(one, [other for other in every if other.name == one.name]) for one in found[0]
    )


def _known(one: LemmaUse, language: Language) -> bool:
    return (one.cefr if language.complete else one.zipf) is not None


def _credited(listed: Sequence[Use], lemmas: Mapping[str, LemmaUse]) -> frozenset[str]:
    """Content words that the learner said on their own: no mere echoes of the partner, no swearing."""
    own = {one.lemma for one in listed if not one.echo} - SWEARING
    return frozenset(one for one in own if lemmas[one].pos in CONTENT)


def _lemmas(
    uses: Sequence[Use],
    language: Language,
    level: str | None,
    word_frequencies: WordFrequencies,
    level_list: LevelList,
) -> dict[str, LemmaUse]:
    """By lemma, in the order of the alphabet."""
    groups: dict[str, list[Use]] = {}
    for use in uses:
        groups.setdefault(use.lemma, []).append(use)
    found = {}
    for lemma, group in sorted(groups.items()):
        pos = Counter(one.token.pos for one in group).most_common(1)[0][0]
        zipf = word_frequencies.zipf(lemma, language.code) or None
        cefr = level_list.level(lemma, pos) if language.complete else None
        echoed = all(one.echo for one in group)
        shown = next((one for one in group if one.surely), group[0])
        found[lemma] = LemmaUse(
            lemma=lemma,
            pos=pos,
            frequency=len(group),
            zipf=None if zipf is None else round(zipf, 2),
            cefr=cefr,
            complexity=_complexity(zipf, cefr),
            appropriateness=_appropriateness(cefr, level),
            context=_context(shown),
            is_advanced=cefr in ADVANCED and not echoed and lemma not in SWEARING,
            place=shown.where,
        )
    return found


def _context(use: Use) -> str:
    """The words around the first use, cut at spaces."""
    where, text = use.where, use.segment.text
    middle = (where.start + where.end) // 2
    if len(text) <= CONTEXT:
        return text
    first = max(0, min(middle - CONTEXT // 2, len(text) - CONTEXT))
    piece = text[first : first + CONTEXT]
    if first:
        piece = "…" + piece.partition(" ")[2]
    if first + CONTEXT < len(text):
        piece = piece.rpartition(" ")[0] + "…"
    return piece


def _complexity(zipf: float | None, cefr: str | None) -> float | None:
    """0 to 100: rarity on the Zipf scale, and the CEFR level where a list has one, half and half.

    Zipf 7 gives a rarity of 0, Zipf 2 one of 100; A1 a level of 0, C2 one of 100, in even steps. None for a
    form that neither a list nor a corpus has: it may be no word at all.
    """
    if cefr is None and zipf is None:
        return None
    rarity = min(100.0, max(0.0, (COMMONEST - (zipf or 0.0)) / (COMMONEST - 2.0) * 100))
    if cefr is None:
        return round(rarity, 2)
    return round((rarity + LEVELS.index(cefr) * 100 / (len(LEVELS) - 1)) / 2, 2)


def _appropriateness(cefr: str | None, level: str | None) -> float | None:
    """100 at or below the conversation's level, 25 less for each level above it; None where one is unknown.

    The level is one of A1 to C2, in any case; "B1+" is B1.
    """
    wanted = (level or "").strip().upper().rstrip("+")
    if cefr is None or wanted not in LEVELS:
        return None
    above = LEVELS.index(cefr) - LEVELS.index(wanted)
    return float(max(0, 100 - 25 * max(0, above)))


def _on_topic(one: LemmaUse) -> LemmaUse:
    """A word that the topic itself names is asked for, however advanced.

    More is not claimed of the topic: small talk is no fault, and a single word seldom has one topic.
    """
    known = one.appropriateness is not None
    return replace(one, appropriateness=100.0) if known else one


def _counts(uses: Sequence[Use], lemmas: Mapping[str, LemmaUse]) -> tuple[Metric, ...]:
    if not uses:
        return ()
    return (
        Metric(name="words", value=len(uses), n=len(uses)),
        Metric(name="lemmas", value=len(lemmas), n=len(uses)),
    )


def _advanced(credited: Sequence[LemmaUse], surely: Collection[str]) -> list[Observation]:
    """Each stands for the points of words from B1 on: those heard surely first, of these the most advanced."""
    return [
        Observation(
            metric="independent_words",
            rule="advanced-word",
            message=f"“{one.lemma}” is a word of level {one.cefr}.",
            weight=1.0,
            place=one.place,
        )
        for one in sorted(credited, key=lambda one: (one.lemma in surely, one.cefr), reverse=True)
        if one.is_advanced
    ]


def _repeated(listed: Sequence[Use], lemmas: Mapping[str, LemmaUse]) -> list[Observation]:
    """What lowers variety, by how much: overused content words by name, the rest in one."""
    weights: Counter[str] = Counter()
    for use, weight in zip(listed, repetition([one.form for one in listed]), strict=True):
        weights[use.lemma] += weight
    least = max(REPEATED_AT_LEAST, REPEATED * len(listed))
    named = [
        one
        for lemma, weight in weights.items()
        if weight and (one := lemmas[lemma]).pos in CONTENT and one.frequency >= least
    ]
    rest = weights.total() - sum(weights[one.lemma] for one in named)
    found = [
        Observation(
            metric="mattr",
            rule="repeated-word",
            message=f"“{one.lemma}” is said {one.frequency} times.",
            weight=float(weights[one.lemma]),
            place=one.place,
        )
        for one in sorted(named, key=lambda one: (-weights[one.lemma], one.lemma))
    ]
    if rest:
        message = f"Other words, small ones too, come again within {WINDOW} words."
        found.append(
            Observation(
                metric="mattr",
                rule="words-come-again",
                message=message,
                weight=float(rest),
                place=None,
            )
        )
    return found
