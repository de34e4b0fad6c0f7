"""How varied and how advanced the words are, each measure with its 95 % bounds over turns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from statistics import fmean

from pipeline.bootstrap import bounds, centred
from pipeline.lexical import WINDOW, mattr, mtld, presence, repetition
from pipeline.reports import LemmaUse, Metric
from pipeline.rubric import LEVELS
from pipeline.words_used import Use

INDEPENDENT = frozenset({"B1", "B2", "C1", "C2"})
"""Words beyond the basic user's. Of B2 and above even native speakers' everyday talk has one in 100 words (median
of 240 samples of dialogues and sentences, before what is A1 as any part of speech was A1 throughout): too few to tell two learners apart in a conversation."""
ADVANCED = frozenset({"B2", "C1", "C2"})
RARER = 5.0
"""Zipf value below which a word is no longer among the commonest thousand or so, where P_Lex (Meara & Bell 2001)
begins to count."""
SAMPLE = WINDOW
"""Words in the sample that range is counted in: no fewer are judged, so it is never extrapolated."""
LEVELLED = re.compile(r"independent_words|advanced_|level_")
"""Metrics that go by levels."""
ZIPF_BANDS = (6, 5, 4, 3)
"""Lower ends; the last band takes all that is rarer too."""

Sums = tuple[float, ...]


def range_metrics(
    uses: Sequence[Use],
    lemmas: Mapping[str, LemmaUse],
    credited: frozenset[str],
    *,
    profiled: bool = True,
) -> tuple[Metric, ...]:
    """Of words that a level list has; `credited` are the content lemmas that show range.

    Without a level list of the language (`profiled`) nothing is told of levels.

    Diversity counts word forms, as the authors of both measures do; range counts lemmas.
    """
    words = [one.lemma for one in uses]
    forms = [one.form for one in uses]
    if not words:
        return ()
    turns = [one.segment.number for one in uses]
    rarer = {one for one in credited if _zipf(lemmas[one]) < RARER}
    independent = {one for one in credited if lemmas[one].cefr in INDEPENDENT}
    found = (
        _mattr(forms, turns),
        _mtld(forms, turns),
        _expected("rarer_words", words, turns, rarer),
        _expected("independent_words", words, turns, independent),
        *_profile(words, lemmas, credited),
    )
    return tuple(one for one in found if profiled or not LEVELLED.match(one.name))


def averaged(one: Metric, read: Sequence[Metric]) -> Metric:
    """The metric with the means of the same metric's values and bounds over several readings; no bounds where one has none."""
    lows = [reading.low for reading in read if reading.low is not None]
    highs = [reading.high for reading in read if reading.high is not None]
    bounded = len(lows) == len(highs) == len(read)
    return replace(
        one,
        value=round(fmean(reading.value for reading in read), 4),
        low=round(fmean(lows), 4) if bounded else None,
        high=round(fmean(highs), 4) if bounded else None,
    )


def _mattr(forms: Sequence[str], turns: Sequence[int]) -> Metric:
    """The bounds by each word's part in the repetition, which leaves out what happens at the talk's two ends."""
    value, parts = mattr(forms), [one / WINDOW for one in repetition(forms)]
    ends = value - 1 + sum(parts) / len(parts)
    units = _by_turn(turns, parts, [1.0] * len(parts))
    return _metric("mattr", len(forms), units, lambda sums: 1 - sums[0] / sums[1] + ends)


def _mtld(forms: Sequence[str], turns: Sequence[int]) -> Metric:
    said = [
        [form for _, form in turn]
        for _, turn in groupby(zip(turns, forms, strict=True), itemgetter(0))
    ]
    value = mtld(forms)
    found = bounds(said, lambda drawn: mtld([form for turn in drawn for form in turn]))
    if found is None:
        return Metric(name="mtld", value=round(value, 4), n=len(forms))
    low, high = centred(value, found)
    return Metric(
        name="mtld",
        value=round(value, 4),
        n=len(forms),
        low=round(low, 4),
        high=round(high, 4),
    )


def _expected(name: str, words: Sequence[str], turns: Sequence[int], chosen: set[str]) -> Metric:
    """How many different ones of the chosen to expect in SAMPLE words."""
    counts, total = Counter(words), len(words)
    parts = [
        presence(counts[one], total, min(SAMPLE, total)) / counts[one] if one in chosen else 0.0
        for one in words
    ]
    units = _by_turn(turns, parts, [1.0] * total)
    return _metric(name, total, units, lambda sums: sums[0] / sums[1] * total)


def _by_turn(turns: Sequence[int], *columns: Sequence[float]) -> list[Sums]:
    """The columns' sums, one row a turn: what is drawn again for the bounds.

    Drawing the words themselves again would repeat turns, and repetition is what is measured.
    """
    found: dict[int, list[float]] = {}
    for turn, *values in zip(turns, *columns, strict=True):
        sums = found.setdefault(turn, [0.0] * len(columns))
        for n, one in enumerate(values):
            sums[n] += one
    return [tuple(one) for one in found.values()]


def _metric(name: str, n: int, units: Sequence[Sums], measure: Callable[[Sums], float]) -> Metric:
    def over(drawn: Sequence[Sums]) -> float:
        return measure(tuple(map(sum, zip(*drawn, strict=True))))

    low, high = bounds(units, over) or (None, None)
    return Metric(
        name=name,
        value=round(over(units), 4),
        n=n,
        low=None if low is None else round(low, 4),
        high=None if high is None else round(high, 4),
    )


def _profile(
    words: Sequence[str], lemmas: Mapping[str, LemmaUse], credited: frozenset[str]
) -> list[Metric]:
    """Levels over different words and over all words, Zipf bands over all words."""
    if not credited:
        return []
    types = [lemmas[one] for one in sorted(credited)]
    tokens = [lemmas[one] for one in words if one in credited]
    shares = {
        "advanced_share": _advanced(types),
        "advanced_token_share": _advanced(tokens),
        "mean_zipf": sum(map(_zipf, types)) / len(types),
    }
    levels = Counter(one.cefr for one in types)
    bands = Counter(_band(_zipf(one)) for one in tokens)
    shares |= {f"level_{one.lower()}_share": levels[one] / len(types) for one in LEVELS}
    shares |= {f"zipf_{one}_share": bands[one] / len(tokens) for one in ZIPF_BANDS}
    of_tokens = {"advanced_token_share", *(f"zipf_{band}_share" for band in ZIPF_BANDS)}
    return [
        Metric(
            name=name,
            value=round(value, 4),
            n=len(tokens) if name in of_tokens else len(types),
        )
        for name, value in shares.items()
    ]


def _zipf(one: LemmaUse) -> float:
    """What the corpus never saw is as rare as can be: a level list has it, so it is a word."""
    return one.zipf or 0.0


def _band(zipf: float) -> int:
    return min(ZIPF_BANDS[0], max(ZIPF_BANDS[-1], int(zipf)))


def _advanced(of: Sequence[LemmaUse]) -> float:
    return sum(one.cefr in ADVANCED for one in of) / len(of)
