"""What the grammar stage measures, turn by turn, so that each measure has its interval over turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.bootstrap import bounds, centred, rare
from pipeline.ports import Token
from pipeline.reports import Metric, Severity
from pipeline.slips import slips
from pipeline.structures import Use, upper_share, variety

FINITE = "VerbForm=Fin"
HANGING = frozenset({"advcl", "ccomp", "relcl", "acl", "acl:relcl", "csubj", "csubjpass", "pcomp"})
"""Relations of a verb to what its clause hangs on, by the names of the English and of the French model …"""
HELPING = frozenset({"aux", "auxpass", "aux:tense", "aux:pass", "cop"})
"""… and of a finite verb to the word that it helps to be a clause."""
RARE = {"errors_per_100_words": 100.0, "upper_structure_share": 1.0}
"""Rates of what may not have happened once, per so many words or uses."""
SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high")
"""No family of slips is critical: what changes the meaning no rule can tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one turn of the learner's adds."""

    words: int
    sentences: int
    clauses: int
    """Finite verbs."""
    dependent: int
    """Of these, in clauses that hang on another."""
    uses: tuple[str, ...]
    slips: tuple[Severity, ...]
    """Of the slips that count."""


Measure = Callable[[Sequence[Turn]], float | None]
Size = Callable[[Turn], int]


def turn(
    words: int, tokens: Sequence[Token], uses: Sequence[Use], counted: Sequence[Severity]
) -> Turn:
    """Count one parsed turn."""
    finite = [one for one in tokens if FINITE in one.morph and one.pos in {"VERB", "AUX"}]
    heads = [tokens[one.head] if one.dep in HELPING else one for one in finite]
    return Turn(
        words=words,
        sentences=sum(one.sentence_start for one in tokens),
        clauses=len(finite),
        dependent=sum(one.dep in HANGING for one in heads),
        uses=tuple(one.structure for one in uses),
        slips=tuple(counted),
    )


def metrics(turns: Sequence[Turn], *, profiled: bool = True) -> tuple[Metric, ...]:
    """Every measure with its bounds; without a profile of structures none of them."""
    names = [one for one in MEASURES if profiled or one not in PROFILED]
    found = [_metric(turns, name, *MEASURES[name]) for name in names]
    found += [
        _metric(turns, f"{one}_errors_per_100_words", _errors_of(one), _words) for one in SEVERITIES
    ]
    return tuple(found)


def _metric(turns: Sequence[Turn], name: str, measure: Measure, size: Size) -> Metric:
    value, n = measure(turns) or 0.0, sum(map(size, turns))
    found = bounds(turns, measure)
    if found and name == "structure_variety":
        found = centred(value, found)
    elif found and name in RARE:
        found = rare(found, n, RARE[name])
    low, high = (round(one, 4) for one in found) if found else (None, None)
    return Metric(name=name, value=round(value, 4), n=n, low=low, high=high)


def _ratio(above: Callable[[Turn], float], below: Size) -> Measure:
    def measure(turns: Sequence[Turn]) -> float | None:
        total = sum(map(below, turns))
        return sum(map(above, turns)) / total if total else None

    return measure


def _weight(one: Turn) -> float:
    return 100 * sum(slips().weights[severity] for severity in one.slips)


def _errors_of(severity: Severity) -> Measure:
    return _ratio(lambda one: 100.0 * one.slips.count(severity), _words)


def _words(one: Turn) -> int:
    return one.words


def _sentences(one: Turn) -> int:
    return one.sentences


def _clauses(one: Turn) -> int:
    return one.clauses


def _uses(one: Turn) -> int:
    return len(one.uses)


def _together(turns: Sequence[Turn]) -> list[str]:
    return [name for one in turns for name in one.uses]


PROFILED = frozenset({"structure_variety", "upper_structure_share"})
MEASURES: dict[str, tuple[Measure, Size]] = {
    "errors_per_100_words": (_ratio(_weight, _words), _words),
    "structure_variety": (lambda turns: variety(_together(turns)), _uses),
    "upper_structure_share": (lambda turns: upper_share(_together(turns)), _uses),
    "dependent_clause_share": (_ratio(lambda one: one.dependent, _clauses), _clauses),
    "words_per_clause": (_ratio(lambda one: one.words, _clauses), _clauses),
    "mean_sentence_length": (_ratio(lambda one: one.words, _sentences), _sentences),
    "clauses_per_sentence": (_ratio(lambda one: one.clauses, _sentences), _sentences),
}
